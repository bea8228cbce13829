"""The page of a customer's scores in a browser, in each state: nothing is inaccessible."""

from datetime import timedelta

import pytest
from django.urls import reverse

from customers.clock import now
from customers.models import Consent, ConsentState, Purpose
from predictions.score import score
from segments.tests.browser.conftest import chromium, under_way
from segments.tests.browser.two_looks import visitor

__all__ = ["chromium", "under_way", "visitor"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_of_scores_is_accessible_and_fits(visitor, make_customer, make_order):
    buyer, looker, refusing = (make_customer(number) for number in "ABC")
    for days in (50, 10):
        make_order(buyer, now() - timedelta(days=days))
    Consent.objects.create(
        customer=refusing,
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="test",
        at=now(),
    )
    score()
    new = make_customer("D")
    faults = []
    for customer in (buyer, looker, refusing, new):
        visitor.open(reverse("admin:customers_customer_scores", args=[customer.pk]))
        faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []
