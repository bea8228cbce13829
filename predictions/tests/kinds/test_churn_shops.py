"""The model of churn over shops that are small, uniform or odd, and in any order of their rows."""

import math
from fractions import Fraction

import pytest

from conditions.tests.examples.awkward_values import NOW
from conditions.tests.examples.shops import awkward_shop
from customers.models import Customer, Order, Refund
from predictions.history.values import rounded
from predictions.kinds.churn.declaration import ALGORITHMS, AUTO, CHURN
from predictions.kinds.reasons import sorted_reasons
from predictions.lifecycle.train import train
from predictions.models import Gate, ModelVersion, VersionState
from predictions.refusals import Refused
from predictions.registry import deploy
from predictions.tests.churning import (
    AS_OF,
    METRICS,
    W,
    by_name,
    days,
    inputs,
    reasons_of,
    returning_shop,
    risks,
    said,
    scorer_of,
    subjects,
    trained,
)
from tests.cases import first

# Of the rows that the shop below gives, on every database.
HASH = "a618baf3163586cbeda07f5c995e6c0883ab11aff679c817ba3a432e6e4da30e"
OTHERS = [one for one in ALGORITHMS if one not in (AUTO, "logistic")]


@pytest.mark.parametrize(
    "algorithm",
    first(["logistic", *OTHERS]),
)
def test_rows_in_any_order_give_the_same(db, algorithm):
    found = []
    for shuffled in (None, 1):
        returning_shop(shuffled=shuffled)
        found.append(said(trained(algorithm=algorithm)))
        Order.objects.all().delete()
        Refund.objects.all().delete()
        Customer.objects.all().delete()
    one, other = found
    assert one == other
    assert one[2] == HASH


@pytest.mark.once
class TestSmallShops:
    @pytest.fixture
    def shop_of(self, db, make_customer, make_order):
        """Return a function that stores buyers, every second of whom has bought in each window."""

        def make(people, came_back=lambda n: n % 2):
            for n in range(people):
                customer = make_customer(f"S{n}")
                make_order(customer, AS_OF - days(2 * W + 1 + n % 7))
                if came_back(n):
                    for ago in (W + 3, 3):
                        make_order(customer, AS_OF - days(ago + n % 3))

        return make

    def test_nobody(self, shop_of, make_customer, make_order):
        shop_of(0)
        make_order(make_customer(), AS_OF)
        with pytest.raises(Refused) as refused:
            trained()
        assert refused.value.code == "too_few_buyers"
        assert not ModelVersion.objects.filter(model__code="churn").exists()

    @pytest.mark.parametrize(
        "people", [*(pytest.param(n, marks=pytest.mark.exhaustive) for n in (1, 2)), 99]
    )
    def test_too_few_to_measure(self, shop_of, people):
        shop_of(people)
        version = trained(algorithm=AUTO)
        assert (version.gate, version.metrics) == (Gate.NOT_EVALUATED, [])
        assert version.fitted == {"window_days": W, "algorithm": "logistic", "briers": {}}
        found = risks(version)
        assert len(found) == people
        assert all(0 <= risk <= 1 for risk in found.values())
        with pytest.raises(Refused) as refused:
            deploy(version)
        assert refused.value.code == "gate_failed"

    def test_just_enough(self, shop_of):
        shop_of(100)
        version = trained(algorithm=AUTO)
        assert version.gate != Gate.NOT_EVALUATED
        assert {(one["name"], one["baseline"]) for one in version.metrics} == METRICS

    @pytest.mark.parametrize("came_back", [0, 1])
    def test_all_did_the_same(self, shop_of, came_back):
        shop_of(120, came_back=lambda n: came_back)
        version = trained(algorithm=AUTO)
        assert version.fitted["algorithm"] == "logistic"
        assert (version.gate, version.state) == (Gate.FAILED, VersionState.REFUSED)
        assert version.warnings == ["one_outcome_only"]
        metrics = by_name(version)
        assert metrics["auc", "base_rate"]["value"] is None
        assert metrics["base_rate", "base_rate"]["value"] == 1 - came_back
        # As Laplace says of 120 times out of 120.
        expected = Fraction(1 if came_back else 121, 122)
        assert set(risks(version).values()) == {rounded(expected, 4)}
        row = inputs(subjects()[0])[0]
        (reasons,) = reasons_of(scorer_of(version), [row])
        assert sorted_reasons(reasons) == []
        assert scorer_of(version).intercept == pytest.approx(math.log(expected / (1 - expected)))

    @pytest.mark.parametrize(
        "algorithm",
        first(OTHERS),
    )
    def test_what_needs_both_outcomes_says_so(self, shop_of, algorithm):
        shop_of(120, came_back=lambda n: n >= 4)
        with pytest.raises(Refused) as refused:
            trained(algorithm=algorithm)
        assert refused.value.code == "too_few_outcomes"
        assert trained(algorithm=AUTO).fitted["algorithm"] == "logistic"

    def test_five_of_them_are_enough(self, shop_of):
        shop_of(120, came_back=lambda n: n >= 5)
        version = trained(algorithm=AUTO)
        assert set(version.fitted["briers"]) == set(ALGORITHMS) - {AUTO}

    def test_all_are_alike(self, db, make_customer, make_order):
        """But for who came back, which nothing tells beforehand."""
        for n in range(120):
            customer = make_customer(f"A{n}")
            make_order(customer, AS_OF - days(2 * W + 1))
            for ago in (W + 1, 1):
                if n % 3:
                    make_order(customer, AS_OF - days(ago), state="complete")
        Order.objects.filter(created_at=AS_OF - days(W + 1)).delete()
        version = trained(algorithm=AUTO)
        assert version.gate == Gate.FAILED
        before = risks(version, AS_OF - days(W))
        assert len(set(before.values())) == 1
        assert float(before["A0"]) == pytest.approx(1 / 3, abs=1e-3)


@pytest.mark.once
def test_what_may_be_missing(db):

    awkward_shop(1).store()
    columns = zip(*inputs(subjects(NOW)[0]), strict=True)
    missing = {
        one.name for one, column in zip(CHURN.inputs, columns, strict=True) if None in column
    }
    assert missing == {one.name for one in CHURN.inputs if one.may_be_missing}


def test_shops_with_the_oddest_values_can_be_learned_from(db, monkeypatch):
    monkeypatch.setattr("predictions.kinds.churn.training.FEWEST_BUYERS", 20)

    awkward_shop(2, customers=400).store()
    version = train("churn", as_of=NOW, parameters={"window_days": 14})
    assert version.metrics
    them, limits = subjects(NOW)
    found = scorer_of(version).columns(them, limits)["churn_risk"]
    assert [risk is not None for risk in found] == them.buyers.tolist()
