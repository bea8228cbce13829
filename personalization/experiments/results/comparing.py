"""One metric of one experiment: each variant compared with the control."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from personalization.experiments.results.samples import RATES, Floats, Samples
from personalization.statistics import (
    FEWEST_OF_A_MEAN,
    NOTHING,
    Comparison,
    always_valid,
    cuped,
    holm,
    proportions,
    proportions_error,
    welch,
    welch_error,
)

# A covariate that explains a smaller share of the variance is not used.
LEAST_GAIN = 0.01


@dataclass(frozen=True)
class Arm:
    """A variant's sample: the number of units, and their sum, mean and variance (n - 1)."""

    units: int
    total: float
    mean: float | None
    variance: float | None


@dataclass(frozen=True)
class Cuped:
    """The variance explained by the same metric in the 90 days before; `is_used`: results are
    adjusted.

    Without units, or without variance, theta and reduction are 0.
    """

    theta: float
    reduction: float
    is_used: bool


@dataclass(frozen=True)
class Beside:
    """A variant compared with the control: plain or adjusted by CUPED, and an always-valid
    interval.

    `adjusted_p` is corrected by Holm over all variants of the metric.
    """

    comparison: Comparison
    adjusted_p: float | None
    always: tuple[float, float] | None


@dataclass(frozen=True)
class Compared:
    """All arms of a metric, the control first; `beside` has the comparisons of the others."""

    metric: str
    arms: Sequence[Arm]
    beside: Sequence[Beside]
    cuped: Cuped


def compare_samples(metric: str, samples: Samples, arms: int, *, alpha: float) -> Compared:
    """Return the comparisons of a metric in `samples`; `alpha` of each interval is between 0 and 1.

    Always-valid intervals divide `alpha` among the variants (Bonferroni), since each is looked at.
    """
    values, before = samples.values[metric], samples.before[metric]
    theta, adjusted, reduction = cuped(values, before)  # type: ignore[arg-type]
    is_used = reduction >= LEAST_GAIN
    judged = np.asarray(adjusted, dtype=np.float64) if is_used else values
    plain = [_arm(values[samples.arm == place]) for place in range(arms)]
    used = [_arm(judged[samples.arm == place]) for place in range(arms)]
    is_rate = metric in RATES and not is_used
    found = [_compare(used[0], one, alpha, is_rate=is_rate) for one in used[1:]]
    share = alpha / max(1, arms - 1)
    always = [_always(used[0], one, share, is_rate=is_rate) for one in used[1:]]
    return Compared(
        metric,
        plain,
        [
            Beside(one, p, interval)
            for one, p, interval in zip(found, adjusted_ps(found), always, strict=True)
        ],
        Cuped(theta, reduction, is_used),
    )


def adjusted_ps(comparisons: Sequence[Comparison]) -> list[float | None]:
    """Return p-values corrected by Holm; None for comparisons without one."""
    places = [place for place, one in enumerate(comparisons) if one.p is not None]
    adjusted: list[float | None] = [None] * len(comparisons)
    for place, p in zip(places, holm([comparisons[at].p or 0.0 for at in places]), strict=True):
        adjusted[place] = p
    return adjusted


def _arm(values: Floats) -> Arm:
    units = len(values)
    if not units:
        return Arm(0, 0.0, None, None)
    variance = float(values.var(ddof=1)) if units >= FEWEST_OF_A_MEAN else None
    return Arm(units, float(values.sum()), float(values.mean()), variance)


def _compare(control: Arm, arm: Arm, alpha: float, *, is_rate: bool) -> Comparison:
    if is_rate:
        return proportions(round(control.total), control.units, round(arm.total), arm.units, alpha)
    if control.mean is None or arm.mean is None:
        return NOTHING
    if control.variance is None or arm.variance is None:
        return NOTHING
    return welch(
        control.mean, control.variance, control.units, arm.mean, arm.variance, arm.units, alpha
    )


def _always(control: Arm, arm: Arm, alpha: float, *, is_rate: bool) -> tuple[float, float] | None:
    if control.mean is None or arm.mean is None:
        return None
    if is_rate:
        error = proportions_error(round(control.total), control.units, round(arm.total), arm.units)
    elif control.variance is None or arm.variance is None:
        return None
    else:
        error = welch_error(control.variance, control.units, arm.variance, arm.units)
    # Without variance the interval would have no width, and claim a certainty that there is not.
    if not error:
        return None
    return always_valid(arm.mean - control.mean, error, control.units + arm.units, alpha)
