"""The verdict on an experiment: the first one that applies."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from personalization.experiments.results.comparing import Arm, Beside
from personalization.models import Experiment, Method
from personalization.statistics import Srm

# The normal mixture is an approximation for large samples, and not valid below so many units.
FEWEST = 30


class Verdict(StrEnum):
    """The verdict on a variant compared with the control, or on the whole experiment."""

    SRM = "srm"
    NOT_ENOUGH = "not_enough"
    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no_difference"


def is_readable(experiment: Experiment, arms: Sequence[Arm]) -> bool:
    """Return whether every arm with a weight has the planned size of units that count."""
    planned = experiment.planned_size
    if planned is None:
        return False
    weighed = zip(experiment.variants, arms, strict=True)
    return all(arm.units >= planned for variant, arm in weighed if variant["weight"])


def verdict_of(
    experiment: Experiment, beside: Beside, arms: tuple[Arm, Arm], *, is_readable: bool
) -> Verdict:
    """Return the verdict on a variant; `arms` are the control and the variant."""
    if experiment.method == Method.SEQUENTIAL:
        if beside.always is None or min(one.units for one in arms) < FEWEST:
            return Verdict.NOT_ENOUGH
        low, high = beside.always
        return _side(low > 0, high < 0)
    difference, p = beside.comparison.difference, beside.adjusted_p
    if not is_readable or p is None or difference is None:
        return Verdict.NOT_ENOUGH
    is_different = p < experiment.alpha
    return _side(is_different and difference > 0, is_different and difference < 0)


def of_all(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict on the experiment: the first in the order that any variant has."""
    return next(one for one in Verdict if one in verdicts)


def srm_figures(test: Srm, counts: dict[str, int]) -> dict[str, Any]:
    """Return the test for a sample ratio mismatch as JSON; `counts` are assignments by variant."""
    return {
        "chi2": test.chi2,
        "df": test.df,
        "p_value": test.p,
        "alarm": test.alarm,
        "counts": counts,
    }


def _side(is_better: bool, is_worse: bool) -> Verdict:
    if is_better:
        return Verdict.BETTER
    return Verdict.WORSE if is_worse else Verdict.NO_DIFFERENCE
