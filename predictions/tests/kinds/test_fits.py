"""What is fitted, on arrays alone: scales, risks, and how good they are."""

import math
import random

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from predictions.history.columns import Given
from predictions.kinds.churn.declaration import ALGORITHMS, AUTO
from predictions.kinds.fitting.matrix import Scaling
from predictions.kinds.fitting.sample import Sample
from tests.lazy import LazyModule

measures = LazyModule("predictions.kinds.fitting.measures")
risk_fits = LazyModule("predictions.kinds.churn.risks")

NOTHING = math.nan
# The candidates; the default tier fits the first one where all follow the same law.
ONE_CANDIDATE = [
    "logistic",
    *(
        pytest.param(name, marks=pytest.mark.exhaustive)
        for name in ALGORITHMS
        if name not in (AUTO, "logistic")
    ),
]
ROWS = np.array(
    [
        [0.0, 5.0, NOTHING, 7.0],
        [3.0, -20.0, 4.0, 7.0],
        [1e9, 0.5, NOTHING, 7.0],
        [8.0, 40.0, 2.0, 7.0],
    ]
)


def shop(rows=400):
    """Return rows of which the first feature and whether the third is missing say what happens."""
    rng = np.random.default_rng(1)
    found = np.exp(rng.normal(size=(rows, 5)) * 2)
    found[rng.random(rows) < 0.3, 2] = NOTHING
    odds = np.log(found[:, 0]) + 2 * np.isnan(found[:, 2]) - 0.5
    return found, rng.random(rows) < 1 / (1 + np.exp(-odds))


def test_there_is_a_candidate_for_each_algorithm():
    assert (AUTO, *risk_fits.CANDIDATES) == ALGORITHMS


class TestScaling:
    def test_what_is_missing_is_the_median_and_said(self):
        scaling = Scaling.fit(ROWS)
        assert scaling.medians.tolist() == [5.5, 2.75, 3, 7]
        filled = np.where(np.isnan(ROWS), scaling.medians, ROWS)
        scaled = scaling.scaled(ROWS)
        assert scaled.shape == (4, 8)
        assert scaled[:, :4].tolist() == scaling.scaled(filled)[:, :4].tolist()
        missing = scaled[:, 6]
        assert missing[0] == missing[2] == -missing[1] == -missing[3] == 1

    def test_mean_and_deviation_are_those_of_logarithms(self):
        scaled = Scaling.fit(ROWS).scaled(ROWS)
        varies = scaled[:, [0, 1, 2, 6]]
        assert varies.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-12)
        assert varies.std(axis=0) == pytest.approx(np.ones(4))
        logs = [math.log1p(value) for value in ROWS[:, 0]]
        mean = sum(logs) / 4
        deviation = math.sqrt(sum((one - mean) ** 2 for one in logs) / 4)
        assert scaled[:, 0] == pytest.approx([(one - mean) / deviation for one in logs])

    def test_below_zero_is_the_mirror_image_and_the_order_stays(self):
        values = np.array([[-20.0], [-0.5], [0.0], [0.5], [20.0]])
        column = Scaling.fit(values).scaled(values)[:, 0]
        assert sorted(column) == column.tolist()
        assert column == pytest.approx(-column[::-1])

    def test_what_never_varied_says_nothing_whatever_comes(self):
        scaling = Scaling.fit(ROWS)
        other = np.array([[1.0, 1.0, 1.0, 1e6], [NOTHING, 1.0, 1.0, NOTHING]])
        scaled = scaling.scaled(other)
        assert scaled[:, 3].tolist() == [0, 0]
        assert scaled[:, [4, 5, 7]].tolist() == [[0, 0, 0], [0, 0, 0]]

    def test_a_feature_that_all_lack(self):
        values = np.array([[NOTHING, 1.0], [NOTHING, 2.0]])
        scaling = Scaling.fit(values)
        assert scaling.medians.tolist() == [0, 1.5]
        assert scaling.scaled(values)[:, [0, 2, 3]].tolist() == [[0, 0, 0]] * 2

    def test_it_comes_back_as_it_was_kept(self):
        scaling = Scaling.fit(ROWS)
        again = Scaling.of_plain(scaling.as_plain())
        assert again.scaled(ROWS).tolist() == scaling.scaled(ROWS).tolist()

    def test_numbers_without_end(self):
        largest = float.fromhex("0x1.fffffffffffffp+1023")
        found = Given([None, 1, 10**400, -(10**400)]).floats()
        assert math.isnan(found[0])
        assert found[1:].tolist() == [1, largest, -largest]


class TestRisks:
    @pytest.mark.parametrize("name", ONE_CANDIDATE)
    def test_a_row_has_the_same_risk_alone_and_among_others(self, name):
        rows, happened = shop()
        risks = risk_fits.fit_candidates([name], rows, happened, 0)
        together = risks.predict(rows)
        assert 0 <= together.min() < together.max() <= 1
        assert [risks.predict(rows[place][None])[0] for place in range(50)] == together[
            :50
        ].tolist()
        assert risks.predict(rows[::-1]).tolist() == together[::-1].tolist()
        again = risk_fits.Risks.of_plain(risks.as_plain())
        assert again.predict(rows).tolist() == together.tolist()

    @pytest.mark.parametrize("name", ONE_CANDIDATE)
    def test_any_number_of_threads_gives_the_same(self, name):
        rows, happened = shop(1_000)
        found = []
        for threads in (1, 2):
            with threadpool_limits(limits=threads):
                found.append(
                    risk_fits.fit_candidates([name], rows, happened, 0).predict(rows).tolist()
                )
        assert found[0] == found[1]

    @pytest.mark.parametrize(
        "name", [pytest.param("gradient_boosting", marks=pytest.mark.exhaustive), "mlp"]
    )
    def test_the_seed_is_what_is_drawn_by(self, name):
        rows, happened = shop()
        one, same, other = (
            risk_fits.fit_candidates([name], rows, happened, seed).predict(rows)
            for seed in (0, 0, 1)
        )
        assert one.tolist() == same.tolist()
        assert one.tolist() != other.tolist()

    def test_the_ensemble_is_the_mean_of_two(self):
        rows, happened = shop()
        both = risk_fits.fit_candidates(risk_fits.CANDIDATES, rows, happened, 0)
        one, other = (
            both.candidate(name).predict(rows) for name in ("logistic", "gradient_boosting")
        )
        assert both.candidate("ensemble").predict(rows) == pytest.approx(
            (one + other) / 2, abs=1e-15
        )
        alone = risk_fits.fit_candidates(["logistic"], rows, happened, 0).predict(rows)
        assert alone.tolist() == one.tolist()

    @pytest.mark.parametrize("name", ONE_CANDIDATE)
    def test_they_find_what_there_is_to_find(self, name):
        rows, happened = shop(2_000)
        risks = risk_fits.fit_candidates([name], rows[:1_500], happened[:1_500], 0).predict(
            rows[1_500:]
        )
        assert measures.auc(happened[1_500:], risks) > 0.75
        assert measures.brier(happened[1_500:], risks) < 0.2

    def test_what_is_missing_has_its_part_in_the_effect(self):
        rows, happened = shop()
        effects = risk_fits.fit_candidates(["logistic"], rows, happened, 0).effects(rows)
        missing = np.isnan(rows[:, 2])
        assert effects[missing, 2].min() > 0 > effects[~missing, 2].max()

    def test_without_both_outcomes_only_the_regression_can_be_fitted(self):
        for happened in (
            np.zeros(9, np.bool_),
            np.arange(90) < risk_fits.FOLDS - 1,
            np.zeros(0, np.bool_),
        ):
            assert risk_fits.fittable(happened) == ["logistic"]
            assert risk_fits.fittable(~happened) == ["logistic"]
        assert risk_fits.fittable(np.arange(90) < risk_fits.FOLDS) == list(risk_fits.CANDIDATES)


class TestMeasures:
    HAPPENED = np.array([True, False, True, False, True])
    RISKS = np.array([0.9, 0.2, 0.1, 0.1, 1.0])

    def test_brier(self):
        expected = (0.01 + 0.04 + 0.81 + 0.01 + 0) / 5
        assert measures.brier(self.HAPPENED, self.RISKS) == pytest.approx(expected)

    def test_auc(self):
        pairs = [
            1 if one > other else 0.5 if one == other else 0
            for one in self.RISKS[self.HAPPENED]
            for other in self.RISKS[~self.HAPPENED]
        ]
        assert measures.auc(self.HAPPENED, self.RISKS) == pytest.approx(sum(pairs) / len(pairs))
        for happened in (np.ones(5, np.bool_), np.zeros(5, np.bool_)):
            assert measures.auc(happened, self.RISKS) is None

    def test_ece(self):
        # Bins from 0.1 (two), 0.2, and 0.9 on, which has the 1 too.
        expected = (2 * abs(0.1 - 0.5) + abs(0.2 - 0) + 2 * abs(0.95 - 1)) / 5
        assert measures.ece(self.HAPPENED, self.RISKS) == pytest.approx(expected)


class TestSample:
    def rows(self, numbers, most):
        sample = Sample(most)
        for number in numbers:
            if sample.wants(number):
                sample.add(number, f"row of {number}")
        return sample.rows()

    def test_it_is_the_same_in_any_order(self):
        numbers = [f"N{n}" for n in range(500)]
        found = self.rows(numbers, 40)
        assert [row for _number, row in found] == [f"row of {number}" for number, _row in found]
        assert len(found) == 40
        assert found == sorted(found)
        for seed in range(5):
            random.Random(seed).shuffle(numbers)
            assert self.rows(numbers, 40) == found
        # Nobody is kept because of where their number stands.
        assert {number for number, _row in found} != set(sorted(numbers)[:40])

    def test_all_are_kept_where_there_are_few(self):
        assert [number for number, _row in self.rows(["b", "a"], 2)] == ["a", "b"]
        assert self.rows([], 2) == []
