"""Every feature of generated shops is what the contract's words give, one by one."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from conditions.tests.examples.awkward_values import NOW
from customers.models import Consent, ConsentState, Customer, Purpose, Website
from predictions.features.table import SETS, columns_of, features, names_of
from predictions.history.values import value_as_text
from predictions.refusals import Refused
from predictions.tests.plainly import Plain

MOMENTS = [NOW, NOW - timedelta(days=40), NOW + timedelta(days=700)]
AFTER = NOW + timedelta(days=30_000)


def cells(**asked):
    table = features(**asked)
    return {
        number: [value_as_text(value) for value in row]
        for number, row in zip(table.ids, table.rows, strict=True)
    }


@pytest.fixture(scope="module")
def plain_at(shop_for_all):
    """Return a function that returns the shop as of a moment, computed once."""
    return cache(Plain)


@pytest.mark.parametrize("as_of", MOMENTS, ids=str)
@pytest.mark.parametrize("name", SETS)
def test_each_is_what_the_contract_says(shop, plain_at, as_of, name):
    plain = plain_at(as_of)
    expected = {one.external_id: getattr(plain, name)(one) for one in plain.people}
    found = cells(as_of=as_of, sets=[name])
    assert len(SETS[name].features) == len(next(iter(found.values())))
    wrong = {key: (found.get(key), row) for key, row in expected.items() if found.get(key) != row}
    assert wrong == {}, [
        (key, [(n, a, b) for n, a, b in zip(names_of([name]), *pair, strict=True) if a != b])
        for key, pair in wrong.items()
    ]
    assert list(found) == list(expected)
    # The shop is one that asks something.
    assert len({tuple(row) for row in expected.values()}) > 2


def test_of_one_is_as_of_all(shop):
    everybody = cells(as_of=NOW, sets=list(SETS))
    for number in list(everybody)[:10]:
        assert cells(as_of=NOW, sets=list(SETS), ids=[number]) == {number: everybody[number]}


def test_who_refuses_is_inactive_or_not_there_yet_is_left_out_and_ranks_nobody(shop):
    before = features(as_of=NOW, sets=["rfm"])
    gone = Customer.objects.filter(external_id__in=before.ids[:3])
    refused, inactive, later = gone
    Consent.objects.create(
        customer=refused,
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="test",
        at=AFTER,
    )
    Customer.objects.filter(pk=inactive.pk).update(is_active=False)
    Customer.objects.filter(pk=later.pk).update(registered_at=NOW + timedelta(microseconds=1))
    found = cells(as_of=NOW, sets=["rfm"])
    assert set(before.ids) - set(found) == {one.external_id for one in gone}
    Customer.objects.filter(pk__in=[refused.pk, inactive.pk, later.pk]).update(is_active=False)
    plain = Plain(NOW)
    assert found == {one.external_id: plain.rfm(one) for one in plain.people}


def test_opt_in_leaves_out_who_has_said_nothing(shop, settings):
    settings.PERSONALIZATION_CONSENT = "opt_in"
    assert cells(as_of=NOW, sets=["rfm"]) == {}


def test_what_cannot_be_computed_is_refused_at_once(db, make_customer, make_order):
    make_order(make_customer("A"), NOW)
    make_order(make_customer("B"), NOW - timedelta(days=1), state="canceled")
    with pytest.raises(Refused) as refusal:
        columns_of(as_of=NOW - timedelta(microseconds=1), sets=["rfm"])
    assert refusal.value.code == "no_sales"
    with pytest.raises(Refused, match="rfm, activity, retail") as refusal:
        features(as_of=NOW, sets=["rfm", "nonsense"])
    assert refusal.value.code == "unknown_set"
    with pytest.raises(ValueError, match="time zone"):
        features(as_of=NOW.replace(tzinfo=None), sets=["rfm"])


def test_a_day_that_a_zone_skipped_is_no_day(db, make_customer, make_order):
    # Samoa had no 30 December 2011.
    zone = Website.objects.create(code="apia", name="Apia", timezone="Pacific/Apia")
    customer = make_customer("A", website=zone)
    make_order(customer, datetime(2011, 12, 30, 9, 59, tzinfo=UTC))  # 29 December, 23:59
    make_order(customer, datetime(2011, 12, 30, 10, 0, tzinfo=UTC))  # 31 December, 0:00
    ((row,)) = features(
        as_of=datetime(2011, 12, 30, 11, 0, tzinfo=UTC), sets=["rfm", "activity"]
    ).rows
    named = dict(
        zip([f.name for s in ("rfm", "activity") for f in SETS[s].features], row, strict=True)
    )
    assert (named["recency_days"], named["age_days"], named["purchase_days"]) == (0, 2, 2)
    assert (named["gap_days"], named["favourite_hour"]) == (2, 0)


def test_one_customer_is_in_the_middle_of_nobody(db, make_customer, make_order):
    make_order(make_customer("A"), NOW)
    assert cells(as_of=NOW, sets=["rfm"]) == {
        "A": ["0", "1", "10.000000", "1", "1", "1", "hibernating"]
    }
    make_customer("B")
    assert cells(as_of=NOW, sets=["rfm"])["B"] == ["", "0", "0.000000", "", "", "", ""]


def test_equal_customers_have_equal_scores(db, make_customer, make_order):
    for n in range(7):
        make_order(make_customer(f"E{n}"), NOW)
    assert {tuple(row[3:6]) for row in cells(as_of=NOW, sets=["rfm"]).values()} == {("1",) * 3}


def test_money_is_exact_beyond_64_bits(db, make_customer, make_order):
    customer = make_customer("A")
    most = 1_000_000_000
    for _n in range(3):
        make_order(customer, NOW, grand_total=most)
    assert cells(as_of=NOW, sets=["rfm"])["A"][2] == "3000000000.000000"
