"""The page of a customer's profile in a browser: nothing is inaccessible, and it fits."""

from datetime import timedelta

import pytest
from django.urls import reverse

from customers.clock import now
from customers.models import Consent
from personalization.tests.test_profile import put_into
from segments.tests.browser.conftest import chromium, under_way
from segments.tests.browser.two_looks import visitor

__all__ = ["chromium", "under_way", "visitor"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_of_a_profile_is_accessible_and_fits(visitor, make_customer, doing):
    active, new, refusing = (make_customer(number) for number in "ABC")
    at = now()
    put_into(doing.product("shoe", price="50"), "shoes", brand="acme")
    put_into(doing.product("hat", price="10"), "hats", brand="best")
    for hours in (1, 2, 30, 31, 200):
        doing.view(active, at - timedelta(hours=hours))
        doing.behave(active, at - timedelta(hours=hours), "search", search_query=f"shoe {hours}")
    doing.order(active, at - timedelta(hours=1), skus=["shoe"])
    doing.view(new, at, sku="hat")
    Consent.objects.create(
        customer=refusing, purpose="personalization", state="refused", source="test", at=at
    )
    faults = []
    for customer in (active, new, refusing):
        visitor.open(reverse("admin:customers_customer_personalization", args=[customer.pk]))
        faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []
