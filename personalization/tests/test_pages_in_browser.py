"""Pages of personalization in a browser: nothing is inaccessible, and they fit."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.clock import now
from customers.models import Consent
from personalization.models import ExposureCount, Offer, PersonalizationRule
from personalization.profiles import live
from personalization.tests.test_profile import put_into

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


def test_what_is_recommended_offered_and_was_worth_is_accessible_and_fits(
    visitor, make_customer, doing
):
    one, at = make_customer("A"), now()
    put_into(doing.product("shoe", price="50"), "shoes", brand="acme")
    doing.view(one, at - timedelta(hours=1))
    doing.order(one, at - timedelta(hours=1), skus=["shoe"])
    Consent.objects.create(customer=one, purpose="tracking", state="granted", source="test", at=at)
    live.write_every_night()
    rule = PersonalizationRule.objects.create(code="not-again", name="Not again")
    offer = Offer.objects.create(code="ten", kind="percent", value=10, legal_basis="law")
    for variant in ("", "banner-of-the-spring"):
        ExposureCount.objects.create(element="hero", variant=variant, day=at.date(), shown=7)

    def address(model, name, *arguments):
        return reverse(f"admin:personalization_{model}_{name}", args=arguments)

    inspector = address("recommendationversion", "changelist")
    pages = [
        address("engagementmetric", "changelist"),
        f"{address('engagementmetric', 'changelist')}?from=2026-04-10&to=2026-04-01",
        inspector,
        f"{inspector}?customer=A&sku=&context=",
        f"{inspector}?customer=&sku=shoe&context=",
        f"{inspector}?customer=nobody&sku=&context=",
        address("interestshare", "changelist"),
        address("personalizationrule", "changelist"),
        address("personalizationrule", "add"),
        address("personalizationrule", "change", rule.pk),
        address("offer", "changelist"),
        address("offer", "add"),
        address("offer", "change", offer.pk),
        reverse("admin:customers_consent_changelist"),
        reverse("admin:app_list", args=["personalization"]),
    ]
    faults = []
    for page in pages:
        visitor.open(page)
        visitor.settle()
        faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []
