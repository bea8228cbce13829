"""The results of an experiment, as far as they may be shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from personalization.experiments.bandits.results import bandit_figures
from personalization.experiments.results.comparing import (
    Arm,
    Beside,
    Compared,
    adjusted_ps,
    compare_samples,
)
from personalization.experiments.results.samples import RATES, Samples, samples_of
from personalization.experiments.results.units import counts_of
from personalization.experiments.results.verdict import (
    Verdict,
    is_readable,
    of_all,
    srm_figures,
    verdict_of,
)
from personalization.models import Experiment, Method, Mode
from personalization.statistics import srm

# The fewest customers in an arm of a segment: smaller arms say more about single customers.
FEWEST_SHOWN = 10
DIFFERS = "sign_differs"


@dataclass(frozen=True)
class Results:
    """All figures of an experiment, as JSON has them."""

    experiment: Experiment
    as_of: datetime
    figures: dict[str, Any]


def results_of(
    experiment: Experiment,
    as_of: datetime,
    *,
    segments: Collection[str] = (),
    confidence_level: float | None = None,
) -> Results:
    """Return the results of `experiment` as of an aware instant.

    `segments` are codes: customers who were members at their assignment are compared with the
    control of the same segment. `confidence_level` (0 to 1) applies to the intervals that are
    shown; the verdict uses the experiment's alpha. With the fixed method, only sizes are shown
    before the planned size. On a sample ratio mismatch, nothing is compared.
    """
    if experiment.mode == Mode.BANDIT:
        codes = list(dict.fromkeys(segments))
        figures = bandit_figures(experiment, as_of, codes, confidence_level)
        return Results(experiment, as_of, figures)
    judging = _Judging(experiment, as_of, list(dict.fromkeys(segments)), confidence_level)
    return Results(experiment, as_of, judging.figures())


class _Judging:
    """The computation of an experiment's results."""

    def __init__(
        self,
        experiment: Experiment,
        as_of: datetime,
        segments: Sequence[str],
        level: float | None,
    ) -> None:
        self.experiment, self.as_of, self.segments = experiment, as_of, segments
        self.alpha = experiment.alpha if level is None else 1 - level
        self.codes = [one["code"] for one in experiment.variants]
        self.counts = counts_of(experiment, as_of)
        weights = [one["weight"] for one in experiment.variants]
        self.srm = srm([self.counts[code] for code in self.codes], weights)
        self.samples = samples_of(experiment, as_of, segments)
        self.primary = self._compared(experiment.primary_metric, self.samples, self.alpha)
        self.is_readable = is_readable(experiment, self.primary.arms)

    @property
    def is_hidden(self) -> bool:
        """Whether the results may show sizes only."""
        is_early = self.experiment.method == Method.FIXED and not self.is_readable
        return self.srm.alarm or is_early

    def figures(self) -> dict[str, Any]:
        """Return everything as JSON."""
        experiment = self.experiment
        verdicts = self._verdicts(self.primary, self.samples)
        whole = Verdict.SRM if self.srm.alarm else of_all(verdicts)
        return {
            "code": experiment.code,
            "name": experiment.name,
            "state": experiment.state,
            "mode": experiment.mode,
            "as_of": self.as_of,
            "method": experiment.method,
            "metric": experiment.primary_metric,
            "alpha": experiment.alpha,
            "confidence_level": 1 - self.alpha,
            "variants": self._variants(self.primary, self.samples, verdicts),
            "metrics": [self._further(name) for name in experiment.metrics],
            "batches": [],
            "planned_batches": None,
            "regret_estimate": None,
            "srm": srm_figures(self.srm, self.counts),
            "cuped": self._cuped(),
            "power": self._power(),
            "verdict": whole.value,
            "winner": self._winner(verdicts) if whole is Verdict.BETTER else None,
            "segments": self._by_segment(),
        }

    def _compared(self, metric: str, samples: Samples, alpha: float) -> Compared:
        return compare_samples(metric, samples, len(self.codes), alpha=alpha)

    def _verdicts(self, found: Compared, samples: Samples) -> list[Verdict]:
        if self.srm.alarm:
            return [Verdict.SRM for _one in found.beside]
        if self.alpha != self.experiment.alpha:
            # The verdict always uses the experiment's own alpha, also for a request with another
            # level.
            found = self._compared(found.metric, samples, self.experiment.alpha)
        readable = self.is_readable
        return [
            verdict_of(self.experiment, beside, (found.arms[0], arm), is_readable=readable)
            for beside, arm in zip(found.beside, found.arms[1:], strict=True)
        ]

    def _winner(self, verdicts: Sequence[Verdict]) -> str | None:
        """Return the better variant with the largest difference."""
        better = [
            (beside.comparison.difference or 0.0, code)
            for code, beside, verdict in zip(
                self.codes[1:], self.primary.beside, verdicts, strict=True
            )
            if verdict is Verdict.BETTER
        ]
        return max(better)[1] if better else None

    def _variants(
        self, found: Compared, samples: Samples, verdicts: Sequence[Verdict] | None
    ) -> list[dict[str, Any]]:
        control = self._arm(0, found)
        rows = [control]
        for place, beside in enumerate(found.beside, 1):
            row = self._arm(place, found) | self._beside(found.arms[0], beside)
            if verdicts is not None:
                row["verdict"] = verdicts[place - 1].value
            rows.append(row)
        return rows

    def _arm(self, place: int, found: Compared) -> dict[str, Any]:
        arm, code = found.arms[place], self.codes[place]
        figures: dict[str, Any]
        if found.metric in RATES:
            figures = {"conversions": round(arm.total), "rate": arm.mean}
        else:
            figures = {"mean": arm.mean, "variance": arm.variance}
        if self.is_hidden:
            figures = dict.fromkeys(figures)
        return {
            "code": code,
            "weight": self.experiment.variants[place]["weight"],
            "assigned": self.counts[code],
            "units": arm.units,
            "pending": self.samples.pending[place],
            **figures,
        }

    def _beside(self, control: Arm, beside: Beside) -> dict[str, Any]:
        one = beside.comparison
        names = (
            "difference",
            "relative",
            "interval",
            "p_value",
            "adjusted_p_value",
            "always_valid_interval",
        )
        if self.is_hidden:
            return dict.fromkeys(names)
        # With the sequential method, a plain p-value is only valid at the planned size.
        is_plain = self.is_readable
        has_interval = is_plain and one.low is not None
        relative = None
        if one.difference is not None and control.mean:
            relative = one.difference / control.mean
        always = None if beside.always is None else list(beside.always)
        values = (
            one.difference,
            relative,
            [one.low, one.high] if has_interval else None,
            one.p if is_plain else None,
            beside.adjusted_p if is_plain else None,
            always,
        )
        return dict(zip(names, values, strict=True))

    def _further(self, name: str) -> dict[str, Any]:
        """Return the figures of a further metric, which does not count for the verdict."""
        found = self._compared(name, self.samples, self.alpha)
        return {"metric": name, "variants": self._variants(found, self.samples, None)}

    def _cuped(self) -> dict[str, Any]:
        found = self.primary.cuped
        hidden = self.is_hidden
        return {
            "covariate": _("the same over the 90 days before the first exposure"),
            "theta": None if hidden else found.theta,
            "variance_reduction": None if hidden else found.reduction,
            "gain": None if hidden else "some" if found.is_used else "none",
        }

    def _power(self) -> dict[str, Any]:
        weighed = zip(self.experiment.variants, self.primary.arms, strict=True)
        return {
            "planned_size": self.experiment.planned_size,
            "smallest_arm": min(arm.units for one, arm in weighed if one["weight"]),
            "is_reached": self.is_readable,
        }

    def _by_segment(self) -> list[dict[str, Any]]:
        """Return the primary metric by segment, with p-values corrected by Holm over segments and
        variants.
        """
        if self.is_hidden:
            return [{"segment": code, "variants": [], "note": None} for code in self.segments]
        parts = [
            self._compared(
                self.primary.metric, self.samples.select(self.samples.segments[code]), self.alpha
            )
            for code in self.segments
        ]
        ps = iter(adjusted_ps([one.comparison for part in parts for one in part.beside]))
        found = []
        for code, part in zip(self.segments, parts, strict=True):
            beside = [Beside(one.comparison, next(ps), one.always) for one in part.beside]
            part = Compared(part.metric, part.arms, beside, part.cuped)
            found.append(self._segment(code, part))
        return found

    def _segment(self, code: str, part: Compared) -> dict[str, Any]:
        if min(arm.units for arm in part.arms) < FEWEST_SHOWN:
            return {"segment": code, "variants": [], "note": "too_few"}
        rows = self._variants(part, self.samples, None)
        for row in rows:
            # The numbers of assigned and pending customers are not known by segment.
            for name in ("assigned", "pending"):
                del row[name]
        differs = any(
            (one.comparison.difference or 0) * (whole.comparison.difference or 0) < 0
            for one, whole in zip(part.beside, self.primary.beside, strict=True)
        )
        return {"segment": code, "variants": rows, "note": DIFFERS if differs else None}
