"""What treating brought: the treated beside the hold-out, by formulas that are worked out anew."""

import csv
import lzma
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings as site

from core.clock import now
from customers.models import Consent, Customer, Order, Refund, Store
from personalization.assignment import bucket
from personalization.models import CustomerProfile, Exposure
from personalization.tests.incremental_revenue.conftest import DAY, NOW, SHARE
from predictions.models import Touch, TouchCampaign
from segments.engine.members.change_log import purge_changes
from segments.models import Membership, MembershipChange

pytestmark = pytest.mark.django_db
FILE = site.BASE_DIR.parent / "shared" / "data" / "hillstrom_email_test.csv.xz"


def incremental(asked, **parameters):
    return asked(metrics="incremental_revenue", **parameters)["incremental_revenue"]


def by_scipy(treated, held_out):
    import numpy as np
    from scipy import stats

    one, other = (np.array([float(x) for x in each]) for each in (treated, held_out))
    ends = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    return [(one.mean() - other.mean()) * len(one), ends.low * len(one), ends.high * len(one)]


@pytest.fixture
def hillstrom(db):
    """The men's mail against none: who got it by bucket, 21,307 and 21,306 customers."""
    if not FILE.exists():
        pytest.skip("the data are not there")
    spent = {"Mens E-Mail": [], "No E-Mail": []}
    with lzma.open(FILE, "rt", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["segment"] in spent:
                spent[row["segment"]].append(Decimal(row["spend"]))
    store = Store.objects.get(code="default")
    group = Customer._meta.get_field("group").related_model.objects.get(code="general")
    left = {False: list(spent["Mens E-Mail"]), True: list(spent["No E-Mail"])}
    sold = {}
    number = 0
    while any(left.values()):
        number += 1
        mine = left[bucket("holdout", f"H{number}") < SHARE]
        if mine:
            sold[f"H{number}"] = mine.pop()
    Customer.objects.bulk_create(
        (
            Customer(external_id=one, website=store.website, store=store, group=group)
            for one in sold
        ),
        batch_size=5_000,
    )
    keys = dict(Customer.objects.values_list("external_id", "pk"))
    Order.objects.bulk_create(
        Order(
            number=one,
            customer_id=keys[one],
            store=store,
            state="complete",
            created_at=NOW - 3 * DAY,
            updated_at=NOW,
            grand_total=amount,
        )
        for one, amount in sold.items()
        if amount
    )


# 42,613 customers; small groups are asked on both databases below.
@pytest.mark.once
@pytest.mark.exhaustive
def test_hillstroms_mens_mail(hillstrom, asked):
    found = incremental(asked)
    assert (found["treated"]["n"], found["holdout"]["n"]) == (21_307, 21_306)
    assert [round(float(one), 2) for one in (found["value"], *found["interval"])] == [
        16_402.71,
        10_336.87,
        22_468.54,
    ]
    assert (found["basis"], found["reason"], found["distinguishable"]) == ("eligible", None, True)


def test_who_is_eligible_and_what_counts(groups, make_order, make_customer, asked, clock):
    treated, held_out = groups(40, 35)
    amounts = {}
    for place, customer in enumerate([*treated, *held_out]):
        amounts[customer.pk] = Decimal(0)
        if place % 3 == 0:
            make_order(customer, at=NOW - (place % 28 + 1) * DAY, grand_total=10 + place)
            amounts[customer.pk] += 10 + place
    first = treated[0]
    refunded = make_order(first, at=NOW - DAY, grand_total=30)
    Refund.objects.create(
        number="r", order=refunded, customer=first, amount=12, created_at=NOW - DAY
    )
    amounts[first.pk] += 18
    # None of these counts: canceled, at the end, before the beginning, of no eligible customer.
    make_order(first, at=NOW - DAY, grand_total=99, state="canceled")
    make_order(first, at=NOW, grand_total=99)
    make_order(first, at=NOW - 30 * DAY - timedelta(microseconds=1), grand_total=99)
    (late,), _none = groups(1, 0, registered_at=NOW - 30 * DAY)
    (inactive,), _none = groups(1, 0, is_active=False)
    (refusing,), _none = groups(1, 0)
    Consent.objects.create(
        customer=refusing, purpose="personalization", state="refused", source="t", at=now()
    )
    for one in (late, inactive, refusing):
        make_order(one, at=NOW - DAY, grand_total=999)
    found = incremental(asked)
    one, other = ([amounts[each.pk] for each in some] for some in (treated, held_out))
    assert (found["treated"]["n"], found["holdout"]["n"]) == (40, 35)
    assert Decimal(found["treated"]["mean"]) == sum(one) / 40
    expected = by_scipy(one, other)
    assert [float(x) for x in (found["value"], *found["interval"])] == pytest.approx(
        expected, abs=1e-4
    )
    holds_0 = bool(expected[1] <= 0 <= expected[2])
    assert found["distinguishable"] is not holds_0
    assert ("not distinguishable from nothing" in found["sentence"]) is holds_0


def test_too_few_and_no_variance(groups, make_order, asked):
    groups(29, 9)
    found = incremental(asked)
    assert (found["value"], found["interval"], found["reason"]) == (None, None, "too_few")
    # A mean of few is theirs.
    assert found["treated"] == {"n": 29, "mean": "0.0000"}
    assert found["holdout"] == {"n": 9, "mean": None}
    groups(1, 21)
    found = incremental(asked)
    assert (found["value"], found["interval"], found["reason"]) == ("0.0000", None, "no_variance")


def test_exposed_are_who_was_shown_something_or_would_have_been(groups, make_order, asked):
    treated, held_out = groups(45, 45)
    for place, customer in enumerate(treated[:34]):
        make_order(customer, at=NOW - DAY, grand_total=20 + place % 3)
    shown = [
        *(("v", "", one) for one in treated[:31]),
        *(("", "v", one) for one in held_out[:30]),
        # Defaults for everybody, or nothing within the period: no exposure.
        *(("", "", one) for one in (treated[31], held_out[30])),
    ]
    for number, (variant, withheld, customer) in enumerate(shown):
        Exposure.objects.create(
            served_id=f"s{number}",
            element="hero",
            variant=variant,
            withheld=withheld,
            customer=customer,
            at=NOW - 2 * DAY,
            why="audience",
            page_type="home",
        )
    Exposure.objects.create(
        served_id="old", element="hero", variant="v", customer=treated[32], at=NOW - 31 * DAY,
        why="audience", page_type="home",
    )  # fmt: skip
    found = incremental(asked, basis="exposed")
    assert (found["treated"]["n"], found["holdout"]["n"]) == (31, 30)
    assert found["basis"] == "exposed"
    assert incremental(asked)["treated"]["n"] == 45
    cells = asked(metrics="revenue_lift,exposures", segmentation="placement")["cells"]
    assert [(one["key"], one["revenue_lift"]["units"]) for one in cells] == [
        ("hero", {"treated": 31, "holdout": 30})
    ]
    assert cells[0]["exposures"] == {"count": 31, "customers": 31}


def test_of_a_segment_its_members_when_the_period_began(groups, make_segment, asked, settings):
    segment = make_segment("VIP", code="vip")
    MembershipChange.objects.all().delete()
    Membership.objects.all().delete()
    treated, held_out = groups(33, 33)

    def change(customer, kind, at):
        MembershipChange.objects.create(
            segment=segment,
            customer_id=customer.pk,
            customer_external_id=customer.external_id,
            kind=kind,
            reason="refresh",
            at=at,
        )

    for customer in (*treated[:31], *held_out[:31]):
        change(customer, "entered", NOW - 60 * DAY)
    for customer in (treated[0], held_out[0]):  # Left before: they come to nothing.
        change(customer, "left", NOW - 40 * DAY)
    for customer in (treated[1], held_out[1]):  # Left in the period: they were in it.
        change(customer, "left", NOW - 10 * DAY)
    for customer in (treated[32], held_out[32]):  # Entered in the period: they were not.
        change(customer, "entered", NOW - 10 * DAY)
    for customer in (*treated[2:31], *held_out[2:31], treated[32], held_out[32]):
        last = MembershipChange.objects.filter(customer_id=customer.pk).latest("sequence")
        Membership.objects.create(segment=segment, customer=customer, entered_at=last.at)
    found = incremental(asked, segment="vip")
    assert (found["treated"]["n"], found["holdout"]["n"]) == (30, 30)
    cells = asked(metrics="revenue_lift", segmentation="segment")["cells"]
    assert [(one["key"], one["revenue_lift"]["units"]["treated"]) for one in cells] == [("vip", 30)]
    purge_changes(before=NOW - 50 * DAY)
    assert incremental(asked, segment="vip", from_="2026-03-05")["treated"]["n"] == 30
    for told in ({"segment": "vip"}, {"segmentation": "segment"}):
        found = asked(metrics="revenue_lift", from_="2026-02-15", status=409, **told)
        assert found["code"] == "not_kept"


def test_of_a_campaign_its_audience_and_the_return(groups, make_order, asked, settings):
    treated, held_out = groups(40, 40)
    campaign = TouchCampaign.objects.create(code="spring", name="Spring", cost=100)
    # Whom it held out is its own matter.
    for group, customers in (
        ("contacted", [*treated[:20], *held_out[:20]]),
        ("held_out", [*treated[20:], *held_out[20:]]),
    ):
        for place, customer in enumerate(customers):
            Touch.objects.create(
                customer=customer, campaign=campaign, at=NOW - 40 * DAY, group=group
            )
            total = {"contacted": 20, "held_out": 10}[group] + place % 2
            make_order(customer, at=NOW - DAY, grand_total=total)
    found = asked(metrics="incremental_revenue,roi", campaign="spring")
    assert found["incremental_revenue"]["value"] == "400.0000"
    assert (found["incremental_revenue"]["treated"]["n"], found["roi"]) == (40, None)
    settings.PREDICTIONS_MARGIN = 0.5
    assert asked(metrics="roi", campaign="spring")["roi"] == "1.0000"
    assert asked(metrics="roi")["roi"] is None
    TouchCampaign.objects.update(cost=0)
    assert asked(metrics="roi", campaign="spring")["roi"] is None


def test_lifts_beside_plain_ones(groups, make_order, asked):
    treated, held_out = groups(50, 40)
    for customer in (*treated[:20], *held_out[:10]):
        make_order(customer, at=NOW - DAY, grand_total=10)
    for customer in treated[:25]:
        CustomerProfile.objects.filter(pk=customer.pk).delete()
    found = asked(metrics="conversion_lift,revenue_lift,engagement_lift")
    rates = found["conversion_lift"]
    assert (rates["treated"], rates["holdout"], rates["difference"]) == (
        "0.400000",
        "0.250000",
        "0.150000",
    )
    error = (0.4 * 0.6 / 50 + 0.25 * 0.75 / 40) ** 0.5
    assert [float(end) for end in rates["interval"]] == pytest.approx(
        [0.15 - 1.959964 * error, 0.15 + 1.959964 * error], abs=1e-6
    )
    assert found["revenue_lift"]["difference"] == "1.5000"
    engaged = found["engagement_lift"]
    # Who bought yesterday has 10 * 2 ** (-1 / 14) points.
    raw = 10 * 2 ** (-1 / 14)
    score = 100 * raw / (raw + 20)
    assert float(engaged["treated"]) == pytest.approx(score * 0.4, abs=1e-4)
    assert float(engaged["difference"]) == pytest.approx(score * 0.15, abs=1e-4)


def test_a_lift_of_few_is_hidden(groups, asked):
    groups(9, 30)
    found = asked(metrics="conversion_lift,revenue_lift,engagement_lift")
    names = ("conversion_lift", "revenue_lift", "engagement_lift")
    assert [found[one] for one in names] == [None] * 3
    assert {one["metric"]: one["code"] for one in found["notes"]} == {
        "customer_satisfaction_impact": "not_measured",
        **dict.fromkeys(names, "too_few"),
    }
