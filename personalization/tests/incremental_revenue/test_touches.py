"""What of this app is a touch, and the contract's example by both names of the call."""

from datetime import timedelta

import pytest

from personalization.behavior.touches import SOURCES
from personalization.models import Exposure, FactDetails
from personalization.tests.incremental_revenue.conftest import DAY, NOW

pytestmark = pytest.mark.django_db
EXAMPLE = {
    "first_touch": ("100.0000", "50.0000", "200.0000"),
    "last_touch": ("300.0000", "50.0000", "0.0000"),
    "linear": ("133.3333", "150.0000", "66.6667"),
    "position_based": ("160.0000", "110.0000", "80.0000"),
    "markov": ("164.2091", "144.5040", "41.2869"),
}


@pytest.fixture
def journeys(doing, make_customer, make_order):
    """The contract's journeys, each of a customer: with an order of that much, or without."""
    for number, (way, amount) in enumerate(
        (
            ("email>search>email", 100),
            ("search", 50),
            ("social>search>email", 200),
            ("email", 0),
            ("social", 0),
            ("search>social", 0),
        )
    ):
        customer = make_customer(external_id=f"J{number}")
        for place, channel in enumerate(way.split(">")):
            at = NOW - 10 * DAY + timedelta(hours=place)
            if channel == "email":
                doing.behave(customer, at, "email_clicked", data={"campaign": "spring"})
            else:
                doing.behave(customer, at, "page_viewed", context={"traffic_source": channel})
        if amount:
            make_order(customer, at=NOW - DAY, grand_total=amount)


@pytest.mark.parametrize("model", EXAMPLE)
def test_the_contracts_example(journeys, asked, client_with, model):
    told = {"model": model, "from": "2026-03-01", "to": "2026-04-10"}
    found = asked("personalization/attribution/", **told)
    credits = {row["key"]: row["credit"] for row in found["rows"]}
    assert (
        tuple(credits.get(key, "0.0000") for key in ("email", "search", "social")) == EXAMPLE[model]
    )
    other = client_with("predictions.view_scores").get(
        "/api/v1/clv/analytics/", {"view": "attribution"} | told
    )
    assert other.json() == found


def test_what_is_a_touch_and_what_is_none(doing, make_customer):
    customer = make_customer()
    at = NOW - DAY
    source = {"context": {"traffic_source": "search"}}
    for kind in ("page_viewed", "cart_removed", "of_the_shop", "experience_clicked"):
        doing.behave(customer, at, kind, **source)
    for kind in ("experience_shown", "recommendation_shown", "email_opened"):
        doing.behave(customer, at, kind, **source)
    doing.behave(customer, at, "search")
    doing.behave(customer, at, "search", context={"traffic_source": ""})
    doing.behave(customer, at, "search", context={"traffic_source": None})
    for campaign in ("spring", "mail:M1", "sequence:7", 7):
        doing.behave(customer, at, "email_clicked", data={"campaign": campaign}, **source)
    FactDetails.objects.create(
        customer=customer, behavior_type="login", occurred_at=at, context={"traffic_source": "ads"}
    )
    for number, variant in enumerate(("v", "")):
        Exposure.objects.create(
            served_id=str(number), element="hero", variant=variant, customer=customer, at=at,
            why="audience", page_type="home",
        )  # fmt: skip
    key = customer.pk

    def touches(since, until):
        return sorted(
            (row.channel, row.campaign)
            for rows in SOURCES.values()
            for row in rows(first=key, last=key, since=since, until=until)
        )

    expected = [
        ("ads", ""),
        ("email", ""),
        ("email", "spring"),
        ("personalization", "placement:hero"),
        *[("search", "")] * 4,
    ]
    assert touches(None, NOW) == touches(at, at) == expected
    moment = timedelta(microseconds=1)
    assert touches(at + moment, NOW) == touches(None, at - moment) == []
