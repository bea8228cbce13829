"""Measured lift: a campaign's customers beside those it held out."""

import csv
import lzma
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Customer, Order, Refund, Store, Website
from predictions.attribution import lift
from predictions.attribution.touch_files import import_touches
from predictions.models import Touch
from predictions.statistics.welch import Sample, welch_interval
from predictions.tests.touching import (
    ADDRESS,
    asked,
    client_with,
    make_campaign,
    make_touch,
    refused,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)
NOW = AT + timedelta(days=90)
DAY = timedelta(days=1)


def sample_of(values):
    found = Sample()
    for value in values:
        found.add(value)
    return found


def welch(one, other):
    """Return scipy's confidence interval for the difference of two means."""
    from scipy import stats

    return stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)


VALUES = st.lists(st.integers(0, 10**6), min_size=2, max_size=40)


@pytest.mark.filterwarnings("ignore:Precision loss")  # Of the oracle, where all are equal.
@given(one=VALUES, other=VALUES)
def test_the_interval_is_that_of_welch(one, other):
    found = welch_interval(sample_of(one), sample_of(other))
    if len(set(one)) == 1 and len(set(other)) == 1:
        assert found is None
        return
    oracle = welch(one, other)
    assert found == pytest.approx((oracle.low, oracle.high), rel=1e-9, abs=1e-6)


@given(values=st.lists(st.integers(-(10**13), 10**13), min_size=2, max_size=9))
def test_mean_and_variance_are_exact(values):
    found = sample_of(values)
    mean = Fraction(sum(values), len(values))
    assert found.mean == mean
    assert found.variance == sum((value - mean) ** 2 for value in values) / (len(values) - 1)


@pytest.fixture
def groups(db, make_customer):
    """Thirty contacted and thirty held out customers of the campaign `test`."""
    campaign = make_campaign("test", cost=10)
    made = {
        group: [make_customer() for _number in range(30)] for group in ("contacted", "held_out")
    }
    for group, customers in made.items():
        for customer in customers:
            make_touch(customer, campaign, AT, group)
    return made


def lift_of(**parameters):
    return asked("lift", campaign="test", as_of=NOW.isoformat(), **parameters)


def test_revenue_counts_within_the_window_after_the_first_touch(groups, make_order, monkeypatch):
    monkeypatch.setattr(lift, "TOGETHER", 7)
    contacted, held_out = groups["contacted"], groups["held_out"]
    tick = timedelta.resolution
    sales = [
        *((contacted[0], AT, 10, "complete"), (contacted[0], AT - tick, 100, "complete")),
        *(
            (contacted[1], AT + 30 * DAY - tick, 20, "new"),
            (contacted[2], AT + 30 * DAY, 40, "new"),
        ),
        *((contacted[3], AT + DAY, 400, "canceled"), (contacted[4], AT + DAY, 400, "closed")),
        *((contacted[5], AT + DAY, -9, "complete"), (held_out[0], AT + DAY, 6, "complete")),
        (held_out[0], AT + 2 * DAY, "0.0003", "complete"),
    ]
    orders = [
        make_order(customer, at, grand_total=Decimal(total), state=state)
        for customer, at, total, state in sales
    ]
    for number, (order, amount, at) in enumerate(
        [(orders[0], 4, NOW), (orders[0], 1, NOW + tick), (orders[7], 60, NOW - tick)]
    ):
        Refund.objects.create(number=f"r{number}", order=order, amount=amount, created_at=at)
    spent = {"contacted": [6, 20, *[0] * 28], "held_out": [Decimal("0.0003"), *[0] * 29]}
    found = lift_of()
    means = {group: sum(map(Fraction, values)) / 30 for group, values in spent.items()}
    assert found["n"] == {"contacted": 30, "held_out": 30}
    assert found["means"] == {"contacted": "0.8667", "held_out": "0.0000"}
    assert Decimal(found["lift"]) == round(Decimal(26) / 30 - Decimal("0.00001"), 4)
    assert float(means["contacted"] - means["held_out"]) == pytest.approx(
        float(found["lift"]), abs=0.00005
    )
    one, other = ([float(value) for value in values] for values in spent.values())
    oracle = welch(one, other)
    assert [float(end) for end in found["interval"]] == pytest.approx(
        [oracle.low, oracle.high], abs=0.00006
    )
    assert (found["campaign"], found["causal"], found["window_days"]) == ("test", True, 30)
    assert Decimal(lift_of(window_days=31)["means"]["contacted"]) == round(Decimal(66) / 30, 4)


def test_the_first_touch_says_the_group_and_begins_the_window(groups, make_order):
    one, other = groups["contacted"][0], groups["held_out"][0]
    campaign = Touch.objects.first().campaign
    # Both had the other group later, and one also at the same instant: contacted.
    make_touch(one, campaign, AT, "held_out")
    make_touch(other, campaign, AT + DAY, "contacted")
    make_touch(one, make_campaign("another"), AT - DAY, "held_out")
    make_order(one, AT + 29 * DAY, grand_total=30)
    make_order(other, AT + 30 * DAY, grand_total=30)
    found = lift_of()
    assert found["n"] == {"contacted": 30, "held_out": 30}
    assert found["means"] == {"contacted": "1.0000", "held_out": "0.0000"}


def test_without_any_variance_there_is_no_interval(groups, make_order):
    assert lift_of()["interval"] is None and lift_of()["lift"] == "0.0000"
    for customer in groups["contacted"]:
        make_order(customer, AT, grand_total=5)
    found = lift_of()
    assert (found["lift"], found["interval"]) == ("5.0000", None)
    # One group that varies is enough.
    make_order(groups["held_out"][0], AT, grand_total=3)
    low, high = map(float, lift_of()["interval"])
    assert low < 4.9 < high


def test_twenty_nine_in_a_group_are_too_few(groups, make_customer):
    for group in groups:
        touch = Touch.objects.filter(group=group).first()
        touch.delete()
        assert refused("lift", campaign="test", as_of=NOW.isoformat()) == (409, "too_few", {})
        make_touch(make_customer(), touch.campaign, NOW, group)
        assert lift_of()["n"][group] == 30
        # Of whom nothing exists yet is not there.
        Touch.objects.filter(at=NOW).update(at=NOW + timedelta.resolution)
        assert refused("lift", campaign="test", as_of=NOW.isoformat())[1] == "too_few"
        Touch.objects.filter(at__gt=NOW).update(at=NOW)


@pytest.mark.once
@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({}, {"campaign": "required"}),
        ({"campaign": "none"}, {"campaign": "unknown_campaign"}),
        ({"campaign": ""}, {"campaign": "blank"}),
        ({"campaign": "test "}, {"campaign": "unknown_campaign"}),
        ({"campaign": "\0"}, {"campaign": "nul"}),
        ({"campaign": "test", "window_days": "0"}, {"window_days": "not_days"}),
        ({"campaign": "test", "from_": "2026-01-01"}, {"from": "unknown_field"}),
    ],
)
def test_what_may_not_be_asked_is_refused_where_it_stands(groups, given, codes):
    status, _code, found = refused("lift", **given)
    assert (status, found) == (400, codes)


@pytest.mark.once
def test_only_who_may_see_scores_may_ask(groups):
    found = client_with("customers.view_customer").get(
        ADDRESS, {"view": "lift", "campaign": "test"}
    )
    assert found.status_code == 403


# Hillstrom's experiment ---------------------------------------------------------------------------

FILE = Path(settings.BASE_DIR).parent / "shared" / "data" / "hillstrom_email_test.csv.xz"


@pytest.fixture
def hillstrom(db, tmp_path):
    """The experiment as a shop: customers by row number, what they spent, and two campaigns."""
    if not FILE.exists():
        pytest.skip("the data are not there")
    with lzma.open(FILE, "rt", newline="") as stream:
        rows = [(f"h{number}", row) for number, row in enumerate(csv.DictReader(stream))]
    website = Website.objects.get(code="default")
    store = Store.objects.get(code="default")
    group = Customer._meta.get_field("group").related_model.objects.get(code="general")
    Customer.objects.bulk_create(
        [
            Customer(external_id=number, website=website, store=store, group=group)
            for number, _row in rows
        ],
        batch_size=5_000,
    )
    keys = dict(Customer.objects.values_list("external_id", "pk"))
    Order.objects.bulk_create(
        Order(
            number=number,
            customer_id=keys[number],
            store=store,
            state="complete",
            created_at=AT + 3 * DAY,
            updated_at=AT,
            grand_total=Decimal(row["spend"]),
        )
        for number, row in rows
        if Decimal(row["spend"])
    )
    (tmp_path / "campaigns.csv").write_text(
        "code,name,channel,cost\nmens,M,email,1\nwomens,W,email,1\n"
    )
    codes = {
        "Mens E-Mail": ("mens",),
        "Womens E-Mail": ("womens",),
        "No E-Mail": ("mens", "womens"),
    }
    with (tmp_path / "touches.csv").open("w") as file:
        file.write("customer,campaign,at,group\n")
        for number, row in rows:
            part = "held_out" if row["segment"] == "No E-Mail" else "contacted"
            for code in codes[row["segment"]]:
                file.write(f"{number},{code},{AT:%Y-%m-%d},{part}\n")
    report = import_touches(tmp_path)
    assert [one.created for one in report.files] == [2, 64_000 + 21_306]
    return rows


# 64,000 customers; small shops are asked on both databases above.
@pytest.mark.once
@pytest.mark.exhaustive
def test_the_lift_of_hillstroms_mails(hillstrom):
    spent = {}
    for _number, row in hillstrom:
        spent.setdefault(row["segment"], []).append(float(row["spend"]))
    for code, segment in (("mens", "Mens E-Mail"), ("womens", "Womens E-Mail")):
        found = asked("lift", campaign=code, window_days=14, as_of=NOW.isoformat())
        one, other = np.array(spent[segment]), np.array(spent["No E-Mail"])
        oracle = welch(one, other)
        assert found["n"] == {"contacted": len(one), "held_out": 21_306}
        assert float(found["lift"]) == pytest.approx(one.mean() - other.mean(), abs=0.00005)
        assert [float(end) for end in found["interval"]] == pytest.approx(
            [oracle.low, oracle.high], abs=0.00005
        )
    # The contract (`personalization.md`, section 8) has the men's mail times 21,307 customers.
    mens = asked("lift", campaign="mens", as_of=NOW.isoformat())
    for value, expected in zip(
        [mens["lift"], *mens["interval"]], [16_402.71, 10_336.87, 22_468.54], strict=True
    ):
        assert float(value) * 21_307 == pytest.approx(expected, abs=21_307 * 0.00005)
    credits = asked("attribution", by="campaign", as_of=NOW.isoformat())["rows"]
    assert {row["key"]: row["credit"] for row in credits} == {
        "mens": "30311.6900",
        "womens": "23038.1100",
        "direct": "13908.3300",
    }
