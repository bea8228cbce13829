"""A session that leaves a customer's interests has them computed again at once."""

from datetime import timedelta

import pytest

from customers.models import Category, ProductCategory
from personalization.models import CustomerInterest, Recalculation
from personalization.profiles import live
from personalization.signals import behavior_detected, personalization_recalculated
from personalization.tests.goals.conftest import DAY
from segments.models import WebhookDelivery
from segments.webhooks import delivery
from segments.webhooks.resource import WEBHOOKS

pytestmark = pytest.mark.django_db


@pytest.fixture
def signals():
    """The values of both signals, by the signal."""
    found = {behavior_detected: [], personalization_recalculated: []}

    def hear(sender, signal, **values):
        found[signal].append(values)

    for signal in found:
        signal.connect(hear)
    yield found
    for signal in found:
        signal.disconnect(hear)


@pytest.fixture
def viewing(clock, consenting, make_product, doing, track, django_capture_on_commit_callbacks):
    """Return what has a customer, who likes tea, view products of a category."""
    for code in ("tea", "shoes"):
        category = Category.objects.create(code=code, name=code.title())
        for number in range(6):
            product = make_product(f"{code}{number}")
            ProductCategory.objects.create(product=product, category=category)
    customer, other = consenting("C1"), consenting("C2")
    for number in range(3):
        for who, code in ((customer, "tea"), (other, "shoes")):
            at = (clock.at - 2 * DAY + timedelta(minutes=number)).isoformat()
            data = {"sku": f"{code}{number}"}
            track(
                {
                    "behavior_type": "product_viewed",
                    "customer_id": who.external_id,
                    "data": data,
                    "occurred_at": at,
                }
            )
    live.write_every_night()

    def view(code, *numbers):
        with django_capture_on_commit_callbacks(execute=True):
            for number in numbers:
                clock.advance(seconds=5)
                data = {"sku": f"{code}{number}"}
                track({"behavior_type": "product_viewed", "customer_id": "C1", "data": data})

    return view


def interests():
    rows = CustomerInterest.objects.filter(customer__external_id="C1").order_by("place")
    return list(rows.values_list("category__code", flat=True))


def test_five_views_elsewhere_are_significant(viewing, signals, django_user_model, client_with):
    author = django_user_model.objects.create_user("author")
    topics = {"kinds": [], "topics": ["personalization_recalculated"]}
    WEBHOOKS.create({"name": "W", "url": "https://shop.example/"} | topics, author=author)
    assert interests() == ["tea"]
    signals[behavior_detected].clear()
    viewing("shoes", 0, 1, 2, 3)
    found = [one["significance"] for one in signals[behavior_detected]]
    assert found == [0.2, 0.2, 0.6, 0.8]
    assert signals[personalization_recalculated] == [] and interests() == ["tea"]
    viewing("shoes", 4)
    (sent,) = signals[personalization_recalculated]
    assert (sent["customer"], sent["behavior_type"]) == ("C1", "product_viewed")
    assert sent["significance"] == signals[behavior_detected][-1]["significance"] == 1.0
    assert interests() == ["shoes", "tea"]
    (message,) = WebhookDelivery.objects.all()
    assert b'"personalization_recalculated"' in delivery._body(message)
    profile = client_with("personalization.view_profile").get("/api/v1/personalization/profile/C1/")
    assert profile.json()["interests"][0]["category"] == "shoes"
    # At most once a minute; interests follow all the same.
    viewing("shoes", 5)
    assert len(signals[personalization_recalculated]) == 1
    assert Recalculation.objects.get().at == sent["at"]


def test_views_of_known_interests_are_not(viewing, signals):
    signals[behavior_detected].clear()
    viewing("shoes", 0, 1, 2, 3)
    viewing("tea", 0)
    assert signals[behavior_detected][-1]["significance"] == 0.8
    viewing("tea", 1, 2, 3, 4)
    assert signals[behavior_detected][-1]["significance"] == 0.2
    assert signals[personalization_recalculated] == []
