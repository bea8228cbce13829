"""Attribution of a shop: its journeys beside plain ones, what the API answers, sources of apps."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import BigIntegerField, Value
from django.test.utils import CaptureQueriesContext

from customers.models import Consent, ConsentState, Order, Purpose, Refund, Website
from predictions.api.throttles import one_at_a_time
from predictions.attribution import DIRECT, MODELS, TouchRow, journeys, markov, register_touches
from predictions.attribution.revenue import total_revenue
from predictions.attribution.sources import SOURCES
from predictions.models import Touch
from predictions.tests.attribution.test_attribution import in_units, markov_plainly, plainly
from predictions.tests.touching import (
    ADDRESS,
    answer,
    asked,
    client_with,
    make_campaign,
    make_touch,
    refused,
)

NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
FROM, TO = NOW - timedelta(days=60), NOW - timedelta(days=10)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def small_stretches(monkeypatch):
    monkeypatch.setattr(journeys, "STRETCH", 7)


@pytest.fixture
def shop(db, make_customer, make_order):
    """Forty customers; sales, refunds and touches on both sides of every boundary."""
    rng = random.Random(11)
    campaigns = [
        make_campaign("spring", "email", Decimal("40")),
        make_campaign("late", "email", Decimal("0.0001")),
        make_campaign("search", "ads", 0),
        make_campaign("typed", DIRECT, 5),
    ]
    edges = [FROM, TO, NOW, FROM - 30 * DAY]
    for number in range(40):
        customer = make_customer(is_active=number % 7 > 0)
        orders = [
            make_order(
                customer,
                rng.choice([*edges, NOW - rng.random() * 120 * DAY]),
                grand_total=Decimal(rng.choice([0, 1, 333, 99_999, -5000, 10**9])) / 100,
                state=rng.choice(["complete", "complete", "new", "canceled", "closed"]),
            )
            for _order in range(rng.choice([0, 0, 1, 2, 4]))
        ]
        for order in orders:
            for _refund in range(rng.choice([0, 0, 1, 2])):
                Refund.objects.create(
                    number=f"r{Refund.objects.count()}",
                    order=order,
                    customer=customer,
                    amount=Decimal(rng.choice([1, 150, 10**7])) / 100,
                    created_at=rng.choice([NOW, NOW + DAY, order.created_at]),
                )
        near = [*edges, *(one.created_at for one in orders)]
        for touch in range(rng.choice([0, 1, 3, 6])):
            at = rng.choice(near) - rng.choice([0, 0, 1, 30, 40, 3]) * DAY
            at += timedelta(microseconds=rng.choice([-1, 0, 1]))
            group = rng.choice(["contacted", "contacted", "contacted", "held_out"])
            make_touch(customer, rng.choice(campaigns), at, group, f"{number}/{touch}")
    store = Order.objects.first().store
    for at in (FROM, TO):
        Order.objects.create(
            number=f"nobody's {at}",
            store=store,
            created_at=at,
            updated_at=at,
            state="complete",
            grand_total=7,
        )


def plain_journeys(by, window, since, until, as_of):
    """Return touches (key, at) and revenue of each sale, and of who bought nothing."""
    refunds, touches = defaultdict(Decimal), defaultdict(list)
    for refund in Refund.objects.all():
        if refund.created_at <= as_of:
            refunds[refund.order_id] += refund.amount
    for touch in Touch.objects.select_related("campaign"):
        campaign = touch.campaign
        if touch.group == "contacted" and campaign.channel != "direct" and touch.at <= as_of:
            key = campaign.channel if by == "channel" else campaign.code
            touches[touch.customer_id].append(journeys.Touch(key, touch.at))
    found, bought = [], set()
    for order in Order.objects.all():
        at = order.created_at
        if order.state in {"canceled", "closed"} or at > as_of or not since <= at < until:
            continue
        bought.add(order.customer_id)
        own = touches[order.customer_id] if order.customer_id else []
        before = [touch for touch in own if at - window <= touch.at <= at]
        revenue = max(Decimal(0), order.grand_total - refunds[order.pk])
        found.append(journeys.Journey(before, revenue, at))
    for customer, own in touches.items():
        if customer not in bought:
            inside = [touch for touch in own if since <= touch.at < until]
            found.append(journeys.Journey(inside, None, until))
    return found


@pytest.mark.parametrize("by", journeys.BYS)
@pytest.mark.parametrize(
    ("days", "as_of"),
    [
        *(pytest.param(days, None, marks=pytest.mark.exhaustive) for days in (30, 1)),
        (40, TO - 5 * DAY),
    ],
)
def test_credits_are_those_of_plain_journeys(shop, clock, by, days, as_of):
    clock.at = NOW
    given = {"by": by, "window_days": days, "from_": FROM.isoformat(), "to": TO.isoformat()}
    if as_of is not None:
        given["as_of"] = as_of.isoformat()
    plain = plain_journeys(by, timedelta(days=days), FROM, TO, as_of or NOW)
    revenue = sum(one.revenue for one in plain if one.revenue is not None)
    assert sum(bool(one.touches) for one in plain) > 8
    for model in MODELS:
        found = asked("attribution", model=model, **given)
        credits = {row["key"]: Decimal(row["credit"]) for row in found["rows"]}
        assert Decimal(found["revenue"]) == revenue == sum(credits.values())
        if model == "markov":
            assert in_units(credits) == markov_plainly(plain)
        elif model != "time_decay":
            assert in_units(credits) == plainly(plain, model)
    order = [(-Decimal(row["credit"]), row["key"]) for row in found["rows"]]
    assert order == sorted(order)


def test_without_a_period_it_is_all_up_to_now(shop, clock):
    clock.at = NOW
    plain = plain_journeys("channel", 30 * DAY, FROM - 1000 * DAY, NOW + timedelta.resolution, NOW)
    found = asked("attribution")
    assert (found["model"], found["by"], found["window_days"]) == ("last_touch", "channel", 30)
    credits = {row["key"]: Decimal(row["credit"]) for row in found["rows"]}
    assert in_units(credits) == plainly(plain, "last_touch")
    assert found["causal"] is False and found["as_of"] is None
    assert all(row["cost"] is None and row["roi"] is None for row in found["rows"])


def test_what_is_later_than_as_of_changes_nothing(shop, make_order):
    given = {"model": "markov", "by": "campaign", "as_of": TO.isoformat()}
    before = asked("attribution", **given)
    make_order(Order.objects.first().customer, TO + timedelta.resolution)
    assert asked("attribution", **given) == before
    Order.objects.filter(created_at__gt=TO).delete()
    Refund.objects.filter(created_at__gt=TO).delete()
    Touch.objects.filter(at__gt=TO).delete()
    assert asked("attribution", **given) == before


@pytest.fixture
def buyer(make_customer, make_order):
    customer = make_customer("B")
    make_order(customer, NOW, grand_total=100)
    return customer


def by_key(**parameters):
    found = asked("attribution", as_of=NOW.isoformat(), **parameters)
    return {row["key"]: (row["credit"], row["cost"], row["roi"]) for row in found["rows"]}


def test_costs_and_returns_are_of_campaigns(buyer, settings):
    for number, (code, cost) in enumerate(
        [("a", "30"), ("b", "0"), ("c", "0.0003"), ("d", "7"), (DIRECT, "3")]
    ):
        make_touch(buyer, make_campaign(code, "email", Decimal(cost)), NOW - number * DAY)
    # Nobody was touched by it.
    make_campaign("e", "email", 9)
    Touch.objects.filter(campaign__code="d").update(at=NOW - 99 * DAY)
    rows = by_key(model="linear", by="campaign")
    assert rows == {
        "a": ("25.0000", "30.0000", "-0.1667"),
        "b": ("25.0000", "0.0000", None),
        "c": ("25.0000", "0.0003", "83332.3333"),
        DIRECT: ("25.0000", None, None),
    }
    settings.PREDICTIONS_MARGIN = 0.3
    assert by_key(model="linear", by="campaign")["a"] == ("25.0000", "30.0000", "-0.7500")
    assert by_key(model="linear") == {"email": ("100.0000", None, None)}


def test_who_pays_for_revenue_alone_is_told(buyer, settings):
    make_touch(buyer, make_campaign("a", "email", 1), NOW)
    at = NOW.isoformat()
    assert asked("attribution", by="campaign", as_of=at)["warnings"] == ["margin_unknown"]
    assert asked("attribution", as_of=at)["warnings"] == []
    settings.PREDICTIONS_MARGIN = 0.3
    assert asked("attribution", by="campaign", as_of=at)["warnings"] == []


def test_a_campaign_that_sold_nothing_stands_there_with_its_loss(buyer, make_customer):
    make_touch(make_customer(), make_campaign("a", "email", 8), NOW)
    assert by_key(by="campaign") == {
        DIRECT: ("100.0000", None, None),
        "a": ("0.0000", "8.0000", "-1.0000"),
    }


def test_who_refuses_personalization_is_in_the_books(buyer):
    make_touch(buyer, make_campaign("a", "email"), NOW)
    before = by_key()
    Consent.objects.create(
        customer=buyer,
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="test",
        at=NOW,
    )
    assert by_key() == before == {"email": ("100.0000", None, None)}


@pytest.fixture
def register(monkeypatch):
    """Return `register_touches`, undone afterwards."""
    monkeypatch.setattr(SOURCES, "_found", dict(SOURCES._found))
    return register_touches


def test_sources_of_apps_are_asked_for_stretches_of_customers(register, buyer, make_customer):
    others = [make_customer() for _number in range(20)]
    calls = []

    def clicks(*, first, last, since, until):
        calls.append((first, last, since, until))
        for customer in (buyer, others[0]):
            if first <= customer.pk <= last:
                yield TouchRow(customer.pk, NOW - DAY, "mail", "mail:spring")
                yield TouchRow(customer.pk, NOW - 2 * DAY, "shop window")
                yield TouchRow(customer.pk, NOW, DIRECT, "typed")

    register("mail.clicks", clicks)
    make_campaign("spring", "mail", 5)
    assert by_key(model="first_touch", from_="2026-04-01", to="2026-05-01") == {
        "shop window": ("100.0000", None, None),
        "mail": ("0.0000", None, None),
    }
    keys = [buyer.pk, *(one.pk for one in others)]
    assert [call[0] for call in calls] == [1, keys[6] + 1, keys[13] + 1]
    assert [call[1] for call in calls] == [*keys[6::7]]
    assert {call[2:] for call in calls} == {(datetime(2026, 3, 2, tzinfo=UTC), NOW)}
    # Of a campaign that nobody imported no cost is known.
    assert by_key(model="first_touch", by="campaign") == {
        "mail:spring": ("100.0000", None, None),
    }
    for name in ("mail.clicks", "imported", "Mail"):
        with pytest.raises(ValueError):
            register(name, clicks)


def test_a_date_is_the_first_instant_of_its_day_where_the_default_website_is(
    make_customer, make_order
):
    Website.objects.filter(code="default").update(timezone="Pacific/Apia")
    midnight = datetime(2026, 4, 2, tzinfo=ZoneInfo("Pacific/Apia"))
    customer = make_customer()
    make_order(customer, midnight - timedelta.resolution, grand_total=1)
    make_order(customer, midnight, grand_total=2)
    day, before = date(2026, 4, 2).isoformat(), date(2026, 4, 1).isoformat()
    assert Decimal(asked("attribution", from_=day)["revenue"]) == 2
    assert Decimal(asked("attribution", from_=before, to=day)["revenue"]) == 1
    assert Decimal(asked("attribution", to=day)["revenue"]) == 1


@pytest.mark.once
@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"model": "shapley"}, {"model": "invalid_choice"}),
        ({"model": ""}, {"model": "blank"}),
        ({"window_days": ""}, {"window_days": "blank"}),
        ({"by": "customer"}, {"by": "invalid_choice"}),
        *(
            ({"window_days": days}, {"window_days": "not_days"})
            for days in ("0", "-1", "3651", "1,000", "1e3", "30.0", " 30", "٣", "9" * 400)
        ),
        ({"from_": "yesterday", "to": "2026-13-01"}, {"from": None, "to": None}),
        ({"from_": "0001-01-01"}, {"from": "out_of_range"}),
        ({"to": "9999-12-31"}, {"to": "out_of_range"}),
        ({"from_": "2026-04-01", "to": "2026-04-01"}, {"to": "out_of_range"}),
        ({"from_": "2026-04-02", "to": "2026-04-01"}, {"to": "out_of_range"}),
        ({"window": "30"}, {"window": "unknown_field"}),
        ({"model": "\0"}, {"model": "nul"}),
    ],
)
def test_what_may_not_be_asked_is_refused_where_it_stands(db, given, codes):
    status, _code, found = refused("attribution", **given)
    assert status == 400 and set(found) == set(codes)
    assert all(code is None or found[path] == code for path, code in codes.items())


@pytest.mark.parametrize("as_of", ["0101-01-01T00:00:00Z", "2030-01-01T00:00:00Z"])
def test_the_ends_of_time_are_answered(buyer, as_of):
    make_touch(buyer, make_campaign("a"), NOW)
    found = asked("attribution", as_of=as_of, from_="0101-01-02", to="9899-12-30", window_days=3650)
    assert Decimal(found["revenue"]) == (100 if as_of > "2026" else 0)


def test_more_campaigns_than_a_chain_can_have_are_refused(buyer, monkeypatch):
    monkeypatch.setattr(markov, "MOST_KEYS", 1)
    for code in "ab":
        make_touch(buyer, make_campaign(code, "email"), NOW)
    given = {"model": "markov", "as_of": NOW.isoformat()}
    assert refused("attribution", by="campaign", **given)[:2] == (409, "too_many_keys")
    assert asked("attribution", **given)["rows"][0]["credit"] == "100.0000"


def test_only_who_may_see_scores_may_ask(buyer):
    for names in ((), ("customers.view_customer", "predictions.train_model")):
        found = client_with(*names).get(ADDRESS, {"view": "attribution"})
        assert found.status_code == 403


def test_it_waits_for_its_turn(buyer):
    with one_at_a_time():
        found = answer("attribution")
    assert (found.status_code, found.json()["code"]) == (503, "busy")


def test_questions_do_not_grow_with_touches_or_sales(buyer, make_order):
    campaign = make_campaign("a")
    make_touch(buyer, campaign, NOW)

    def questions():
        with CaptureQueriesContext(connection) as found:
            by_key(by="campaign")
        return len(found)

    questions()  # Whoever asks is made.
    few = questions()
    for number in range(20):
        make_touch(buyer, campaign, NOW - number * DAY, number=f"{number}")
        make_order(buyer, NOW - number * DAY)
    assert questions() == few


def test_sums_beyond_64_bits_are_exact(make_customer, make_order):
    customer, most = make_customer(), 2**63 - 1
    for _number in range(3):
        make_order(customer, NOW)
    rows = Order.objects.annotate(revenue=Value(most, output_field=BigIntegerField()))
    assert total_revenue(rows) == 3 * most
