"""Exposures and conversions, what follows for confidence, and content that suits."""

from datetime import timedelta

import pytest

from core.clock import now
from customers.models import Category, OrderItem
from customers.privacy import retention
from personalization.experiences.content.relevance import engagement_with, interest_in, score
from personalization.experiences.counting import count, count_exposures
from personalization.experiences.serving.confidence import Counts, confidence
from personalization.models import (
    BehaviorEvent,
    ContentItem,
    Exposure,
    ExposureCount,
    VariantCounter,
)
from personalization.tests.experiences.conftest import ask
from tests.factories.experiences import text

DAY = timedelta(days=1)


def exposed(customer, at, variant="", served_id=None, **values):
    row = {"element": "hero", "why": "audience", "page_type": "home"} | values
    served_id = served_id or f"S{Exposure.objects.count()}"
    return Exposure.objects.create(
        customer=customer, at=at, variant=variant, served_id=served_id, **row
    )


def behaved(customer, kind, at, **data):
    return BehaviorEvent.objects.create(
        customer=customer, behavior_type=kind, key=f"k{BehaviorEvent.objects.count()}",
        occurred_at=at, received_at=at, data=data,
    )  # fmt: skip


def test_the_contracts_example_of_confidence():
    assert confidence(Counts(10_000, 560), Counts(10_000, 500)) == 0.9708
    assert confidence(Counts(10_000, 500), Counts(10_000, 560)) == 0.0292
    assert confidence(Counts(), Counts(10, 1)) == 0.5
    assert confidence(Counts(20, 3), Counts(40, 10)) == 0.2155
    assert confidence(Counts(10**7, 10**6), Counts(10**7, 10**5)) == 1.0


@pytest.mark.django_db
def test_an_order_follows_the_last_exposure_before_it(make_customer, make_order, clock):
    customer, other = make_customer("C1"), make_customer("C2")
    start = clock.at - 60 * DAY
    exposed(customer, start, "a")
    exposed(customer, start + DAY, "b")
    make_order(customer, at=start + 2 * DAY)
    exposed(customer, start + 3 * DAY, "a")
    make_order(customer, at=start + 4 * DAY, state="canceled")
    exposed(other, start, "a")
    make_order(other, at=start + 14 * DAY)  # One day too late: the end is not included.
    exposed(other, start + 20 * DAY, "")
    make_order(other, at=start + 20 * DAY)
    exposed(other, start, "c", holdout=True, element="held")
    assert count_exposures(clock.at) == {
        ("hero", "a"): Counts(3, 0),
        ("hero", "b"): Counts(1, 1),
        ("hero", ""): Counts(1, 1),
    }


@pytest.mark.django_db
def test_what_is_told_of_the_same_answer_and_element_counts_once(make_customer, clock):
    customer = make_customer("C1")
    exposed(customer, clock.at - DAY, "a", "01J")
    told = ("experience_shown", clock.at - DAY)
    behaved(customer, *told, id="01J", element="hero", variant="a")
    behaved(customer, *told, id="01J", element="other", variant="a")
    behaved(customer, *told, element="hero", variant="a")
    assert count_exposures(clock.at) == {
        ("hero", "a"): Counts(2, 0),
        ("other", "a"): Counts(1, 0),
    }


@pytest.mark.django_db
def test_a_variant_that_is_worse_than_the_default_is_passed_over(
    page, settings, make_placement, make_variant
):
    settings.CONFIDENCE_THRESHOLD = 0.7
    place = make_placement()
    make_variant(place, "a")
    make_variant(place, "b", priority=1)
    rows = [("a", 999, 10), ("", 1_000, 100)]
    for variant, exposures, conversions in rows:
        VariantCounter.objects.create(
            element="hero", variant=variant, exposures=exposures, conversions=conversions,
            counted_at=now(),
        )  # fmt: skip
    make_variant(place, "c", priority=2)  # All is read anew.
    assert ask(page)["elements"][0]["variant"] == "a"
    VariantCounter.objects.filter(variant="a").update(exposures=1_000)
    make_variant(place, "d", priority=3)
    client = page
    assert ask(client)["elements"][0]["variant"] == "b"
    found = ask(client, preview={})["elements"][0]
    losers = {loser["variant"]: loser["why"]["code"] for loser in found["losers"]}
    assert (losers["a"], losers["c"]) == ("low_confidence", "outranked")
    settings.CONFIDENCE_THRESHOLD = 0
    shown = ask(page)["elements"][0]
    assert (shown["variant"], shown["confidence_score"]) == ("a", 0.0)


@pytest.mark.django_db
def test_what_is_counted_is_served_without_a_restart(
    page, make_customer, make_order, make_placement, make_variant, clock
):
    make_variant(make_placement(), "a")
    assert ask(page)["elements"][0]["confidence_score"] == 0.5
    customer = make_customer("C1")
    for variant in ("a", ""):
        exposed(customer, clock.at - DAY, variant, element="hero")
    make_order(customer, at=clock.at - DAY)
    count(clock.at)
    assert ask(page)["elements"][0]["confidence_score"] != 0.5


@pytest.mark.django_db
def test_what_was_shown_is_forgotten_in_time(make_customer, settings, clock):
    settings.KEEP_SERVED_DAYS = 30
    exposed(make_customer("C1"), clock.at - 31 * DAY)
    kept = exposed(make_customer("C2"), clock.at - 29 * DAY)
    ExposureCount.objects.create(element="hero", day=(clock.at - 31 * DAY).date(), shown=1)
    dict(retention.purge())
    assert list(Exposure.objects.all()) == [kept]
    assert not ExposureCount.objects.exists()


# Content by interest ---------------------------------------------------------------------------


def test_scores_of_content():
    assert interest_in(["a", "b"], {"a": 0.1, "b": 0.2, "c": 0.4}) == 0.5
    assert interest_in(["z"], {"a": 1.0}) == interest_in([], {}) == 0.0
    assert engagement_with(0, 0) == 0.5
    assert score(0.5, 0.5, 1.0, 0.0) == pytest.approx(0.55)


@pytest.mark.django_db
def test_content_that_suits_comes_first(
    page, say, interested, make_customer, make_placement, clock
):
    for code in ("shoes", "hats"):
        Category.objects.create(code=code, name=code.title())
    values = {"type": "video", "published_at": clock.at - DAY}
    ContentItem.objects.create(code="hat", categories=["hats"], **values)
    ContentItem.objects.create(code="shoe", categories=["shoes"], months=[4], **values)
    ContentItem.objects.create(code="late", **values | {"published_at": clock.at + DAY})
    ContentItem.objects.create(code="gone", expires_at=clock.at, **values)
    say(customer := make_customer("C1"), "tracking", "granted")
    make_placement(default={"type": "content_blocks", "blocks": {"video": 5, "blog_article": 1}})

    def shown():
        items = ask(page, customer_id="C1")["elements"][0]["content"]["items"]
        return [(item["code"], item["score"]) for item in items]

    # 0.3 x 1/2 and a season: 0.2 in April, else 0.1.
    assert shown() == [("shoe", "0.350000"), ("hat", "0.250000")]
    assert Exposure.objects.get().items == ["shoe", "hat"]
    interested(("hats", 0.6), ("shoes", 0.15))
    # Of 2 that were shown none was clicked: 0.3 x 1/4, and 0.4 of the interest.
    assert shown() == [("hat", "0.575000"), ("shoe", "0.375000")]
    behaved(customer, "content_viewed", clock.at, content="shoe")
    count(clock.at)
    # 2 of 6, and the trend: 0.1.
    assert shown() == [("hat", "0.600000"), ("shoe", "0.500000")]


@pytest.mark.django_db
def test_social_proof_has_real_counts_of_at_least_ten(
    page, make_product, make_customer, make_order, make_placement, clock
):
    product = make_product("shoe")
    ContentItem.objects.create(
        code="bought", type="social_proof", published_at=clock.at, body={"sku": "shoe"}
    )
    ContentItem.objects.create(code="vague", type="social_proof", published_at=clock.at)
    make_placement(default={"type": "content_blocks", "blocks": {"social_proof": 3}})

    def buy(number):
        order = make_order(make_customer(f"C{number}"), at=clock.at - DAY)
        for line in ("1", "2"):
            OrderItem.objects.create(
                order=order, line=line, product=product, sku="shoe", name="Shoe", quantity=1
            )

    for number in range(9):
        buy(number)
    assert ask(page)["elements"][0]["content"]["items"] == []
    buy(9)
    (item,) = ask(page)["elements"][0]["content"]["items"]
    assert (item["code"], item["count"]) == ("bought", 10)


@pytest.mark.django_db
def test_the_first_interest_stands_in_texts(page, interested, make_customer, make_placement):
    Category.objects.create(code="shoes", name="Shoes & boots")
    make_placement(default=text("More {top_interest|of all}"))
    make_customer("C1")
    interested(("shoes", 0.5))
    assert ask(page, customer_id="C1")["elements"][0]["content"] == text("More Shoes &amp; boots")
    assert ask(page)["elements"][0]["content"] == text("More of all")
