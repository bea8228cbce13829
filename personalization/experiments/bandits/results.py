"""The results of a bandit experiment, as far as they may be read by now."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from functools import cached_property
from typing import Any

from personalization.bandit import any_time, batched
from personalization.experiments.bandits.outcomes import outcomes_of, schedule_of, split_of, totals
from personalization.experiments.results.verdict import Verdict, of_all, srm_figures
from personalization.models import BanditBatch, Experiment, ExperimentState, Metric, Reward
from personalization.statistics import NOTHING, Comparison, holm

# The name of the reward's rate in results.
RATE_NAMES = {
    Reward.CLICK.value: Metric.CLICK_THROUGH_RATE.value,
    Reward.CONVERSION.value: Metric.CONVERSION_RATE.value,
    Reward.OPEN.value: "open_rate",
}


class BanditResults:
    """The figures of a bandit experiment at an aware instant; `alpha` applies to its intervals."""

    def __init__(self, experiment: Experiment, as_of: datetime, alpha: float) -> None:
        self.experiment, self.as_of, self.alpha = experiment, as_of, alpha
        self.codes = [one["code"] for one in experiment.variants]
        self.schedule = schedule_of(experiment)
        self.outcomes = outcomes_of(experiment, as_of)
        rows = BanditBatch.objects.filter(experiment=experiment, start__lte=as_of)
        self.batches = list(rows.order_by("number"))
        self.srm = split_of(self.outcomes, self.batches)
        self.units = totals(self.outcomes.units)
        self.successes = totals(self.outcomes.successes)

    @property
    def is_over(self) -> bool:
        """Whether all planned batches took place, so that fixed intervals may be read."""
        stopped = self.experiment.stopped_at
        was_cut_short = stopped is not None and stopped < self.schedule.end
        return self.schedule.end <= self.as_of and not was_cut_short

    @property
    def winner(self) -> str | None:
        """The variant that had won at the beginning of the newest batch; none on a sample ratio
        mismatch.
        """
        won = self.batches[-1].winner if self.batches else ""
        return won or None if not self.srm.alarm else None

    @property
    def regret(self) -> float | None:
        """The successes lost by not giving everybody the variant of the highest rate so far."""
        rates = [s / n for s, n in zip(self.successes, self.units, strict=True) if n]
        if self.srm.alarm or not rates:
            return None
        pairs = zip(self.successes, self.units, strict=True)
        return sum(n * max(rates) - s for s, n in pairs)

    @cached_property
    def comparisons(self) -> list[tuple[Comparison, float | None, list[float] | None]]:
        """Each variant behind the control: a comparison, its standard error, any-time interval.

        The comparison's p and interval are None before the planned batches are over.
        """
        return [self._compare(place) for place in range(1, len(self.codes))]

    @cached_property
    def adjusted_ps(self) -> list[float | None]:
        """Holm's p-values of the variants behind the control, None where there is no p."""
        found = [one.p for one, _error, _always in self.comparisons]
        known = iter(holm([p for p in found if p is not None]))
        return [None if p is None else next(known) for p in found]

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """The verdict on each variant after the control, by the experiment's alpha."""
        if self.srm.alarm:
            return [Verdict.SRM for _code in self.codes[1:]]
        judged = self
        if self.alpha != self.experiment.alpha:
            judged = BanditResults(self.experiment, self.as_of, self.experiment.alpha)
        return [
            self._verdict(one, p, always)
            for (one, _error, always), p in zip(judged.comparisons, judged.adjusted_ps, strict=True)
        ]

    @property
    def verdict(self) -> Verdict:
        """The verdict on the experiment: that of a winner, else the first one of any variant."""
        if self.srm.alarm:
            return Verdict.SRM
        if self.winner is not None:
            return Verdict.WORSE if self.winner == self.codes[0] else Verdict.BETTER
        return of_all(self.verdicts) if self.is_over else Verdict.NOT_ENOUGH

    def variant_rows(self) -> list[dict[str, Any]]:
        """Return the variants as JSON, the control first."""
        weights = self._current_weights()
        assigned, pending = totals(self.outcomes.assigned), self.outcomes.pending
        hidden = self.srm.alarm
        rows: list[dict[str, Any]] = []
        for place, code in enumerate(self.codes):
            units, successes = self.units[place], self.successes[place]
            rows.append(
                {
                    "code": code,
                    "weight": weights[place],
                    "assigned": assigned[place],
                    "units": units,
                    "pending": pending[place],
                    "conversions": None if hidden else successes,
                    "rate": None if hidden or not units else successes / units,
                }
            )
        control = rows[0]["rate"]
        found = zip(self.comparisons, self.adjusted_ps, self.verdicts, strict=True)
        for row, ((one, error, always), adjusted, verdict) in zip(rows[1:], found, strict=True):
            relative = one.difference / control if one.difference is not None and control else None
            row |= {
                "difference": one.difference,
                "relative": relative,
                "standard_error": error,
                "interval": None if one.low is None else [one.low, one.high],
                "p_value": one.p,
                "adjusted_p_value": adjusted,
                "always_valid_interval": always,
                "verdict": verdict.value,
            }
        return rows

    def batch_rows(self) -> list[dict[str, Any]]:
        """Return the planned batches that have begun as JSON, lists in the variants' order."""
        hidden = self.srm.alarm
        return [
            {
                "number": one.number,
                "start": one.start,
                "weights": one.weights,
                "units": self.outcomes.units[one.number],
                "successes": None if hidden else self.outcomes.successes[one.number],
                "winner": None if hidden else one.winner or None,
            }
            for one in self.batches
            if one.number < self.experiment.planned_batches
        ]

    def _current_weights(self) -> Sequence[int]:
        if self.batches:
            found: Sequence[int] = self.batches[-1].weights
            return found
        return [one["weight"] for one in self.experiment.variants]

    def _compare(self, place: int) -> tuple[Comparison, float | None, list[float] | None]:
        from scipy.special import ndtr, ndtri

        difference, error, batches = batched(self.outcomes.successes, self.outcomes.units, place, 0)
        if self.srm.alarm or difference is None or error is None:
            return NOTHING, None, None
        reach = error * any_time(batches, self.alpha)
        always = [difference - reach, difference + reach]
        z = difference / error
        if not self.is_over:
            return NOTHING._replace(difference=difference, statistic=z), error, always
        fixed = -float(ndtri(self.alpha / 2)) * error
        p = float(2 * ndtr(-abs(z)))
        comparison = Comparison(difference, z, None, p, difference - fixed, difference + fixed)
        return comparison, error, always

    def _verdict(self, one: Comparison, p: float | None, always: Sequence[float] | None) -> Verdict:
        if one.difference is None or always is None:
            return Verdict.NOT_ENOUGH
        is_different = (
            p < self.experiment.alpha if p is not None else not always[0] <= 0 <= always[1]
        )
        if is_different:
            return Verdict.BETTER if one.difference > 0 else Verdict.WORSE
        return Verdict.NO_DIFFERENCE if self.is_over else Verdict.NOT_ENOUGH


def bandit_figures(
    experiment: Experiment, as_of: datetime, segments: Sequence[str], level: float | None
) -> dict[str, Any]:
    """Return the results of a bandit as JSON, with the keys that all results have.

    The figures of a draft are zeros. Further metrics, CUPED and segments are left out: they would
    compare totals, which the weights bias.
    """
    alpha = experiment.alpha if level is None else 1 - level
    if experiment.state == ExperimentState.DRAFT:
        # A draft has no assignments yet; its schedule is that of a start now.
        experiment = copy(experiment)
        experiment.started_at = as_of
    found = BanditResults(experiment, as_of, alpha)
    return {
        "code": experiment.code,
        "name": experiment.name,
        "state": experiment.state,
        "mode": experiment.mode,
        "as_of": as_of,
        "method": experiment.method,
        "metric": RATE_NAMES[experiment.reward],
        "alpha": experiment.alpha,
        "confidence_level": 1 - alpha,
        "variants": found.variant_rows(),
        "metrics": [],
        "batches": found.batch_rows(),
        "planned_batches": experiment.planned_batches,
        "regret_estimate": found.regret,
        "srm": srm_figures(
            found.srm, dict(zip(found.codes, totals(found.outcomes.assigned), strict=True))
        ),
        "cuped": {"covariate": "", "theta": None, "variance_reduction": None, "gain": None},
        "power": {
            "planned_size": experiment.planned_size,
            "smallest_arm": min(found.units),
            "is_reached": found.is_over,
        },
        "verdict": found.verdict.value,
        "winner": found.winner,
        "segments": [{"segment": code, "variants": [], "note": None} for code in segments],
    }
