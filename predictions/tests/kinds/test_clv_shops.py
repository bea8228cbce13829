"""Lifetime value of small shops: too few, all alike, nothing bought; and the top percents."""

from datetime import timedelta

import numpy as np
import pytest

from conditions.tests.examples.awkward_values import NOW
from customers.models import Customer, Order
from predictions.kinds.clv.declaration import CLV
from predictions.lifecycle.train import train
from predictions.models import CustomerPrediction
from predictions.refusals import Refused
from predictions.registry import deploy, model_named
from predictions.scoring.runs import score
from predictions.statistics.ranks import limits, scores
from predictions.tests.churning import said_of
from tests.lazy import LazyModule

clv = LazyModule("predictions.kinds.clv.fit")

# Learned and predicted in Python, from features that test_features.py asks both databases for.
pytestmark = pytest.mark.once

REASON = "It is measured elsewhere."


@pytest.fixture
def repeat(db, make_customer, make_order):
    """Return a function that makes so many customers who came back, all alike."""

    def make(count):
        for number in range(count):
            customer = make_customer(f"R{number}")
            for days in (200, 100):
                make_order(customer, NOW - timedelta(days=days), grand_total="12.5")

    return make


def test_too_few_who_came_back_are_refused(repeat):
    repeat(49)
    with pytest.raises(Refused) as refusal:
        train("clv", as_of=NOW)
    assert refusal.value.code == "too_few_repeat_buyers"
    assert "49" in str(refusal.value)
    assert not model_named("clv").versions.exists()


def test_a_fit_that_shows_nothing_is_told_and_goes_on(repeat):
    repeat(120)
    version = train("clv", as_of=NOW)
    assert {"no_dropout_visible", "no_mean_value"} & set(version.warnings)
    deploy(version, reason=REASON)
    score("clv", as_of=NOW)
    row = CustomerPrediction.objects.first()
    assert row.clv > 0
    assert row.clv_top_percent == 1
    if "no_dropout_visible" in version.warnings:
        assert row.probability_alive is None


def test_who_has_not_bought_has_no_value(repeat, make_customer, make_order):
    repeat(60)
    visitor = make_customer("V")
    later = make_customer("L")
    make_order(later, NOW + timedelta(days=1))
    free = make_customer("F")
    for days in (50, 20):
        make_order(free, NOW - timedelta(days=days), grand_total="0")
    version = train("clv", as_of=NOW)
    deploy(version, reason=REASON)
    score("clv", as_of=NOW)
    for one in (visitor, later):
        row = CustomerPrediction.objects.get(customer=one)
        assert (row.clv, row.value_band, row.clv_version) == (None, "", None)
    row = CustomerPrediction.objects.get(customer=free)
    # Purchases at no price say nothing of what one is worth: the population's mean stands in.
    assert row.expected_order_value > 0


@pytest.mark.parametrize("values", [[], [5], [5, 5, 5], list(range(250)), [1] * 99 + [2]])
def test_percents_are_those_of_who_is_strictly_better(values):
    found = limits(sorted(-value for value in values), 100)
    for value in values:
        better = sum(other > value for other in values)
        assert scores(np.array([-value]), found)[0] == 1 + 100 * better // len(values)


def test_a_history_is_worth_the_same_alone_and_among_others(repeat):
    repeat(60)
    version = train("clv", as_of=NOW)
    scorer = clv.scorer_of(version.fitted, version.parameters)
    rows = [[1 + days % 5, days, 3 * days, days] for days in range(1, 60)]
    once = said_of(scorer, rows, CLV)
    for part in (rows[:30], rows[::-1], rows[10:11], rows[7:9] * 3):
        assert said_of(scorer, part, CLV) == [once[rows.index(row)] for row in part]


def test_nothing_that_is_later_changes_a_value(repeat, make_customer, make_order):
    as_of = NOW - timedelta(days=10)
    repeat(110)
    for customer in Customer.objects.order_by("pk")[:30]:
        make_order(customer, NOW - timedelta(days=5), grand_total="70")

    def values():
        version = train("clv", as_of=as_of)
        deploy(version, reason=REASON)
        score("clv", as_of=as_of)
        columns = ("customer", "clv", "expected_orders", "clv_top_percent", "clv_as_of")
        rows = CustomerPrediction.objects.order_by("pk").values_list(*columns)
        return version.fitted, version.metrics, version.data_hash, list(rows)

    before = values()
    later = Order.objects.filter(created_at__gt=as_of)
    assert later.update(grand_total="99999.0001") == 30
    garbled = values()
    later.delete()
    new = make_customer("New")
    make_order(new, NOW, grand_total="5000")
    deleted = values()
    assert garbled == before
    assert deleted[:3] == before[:3]
    assert [row for row in deleted[3] if row[0] != new.pk] == before[3]
