"""The measured lifts of variants, once an experiment has its planned size and they may be shown for
one shopper.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from personalization.experiments.results.figures import results_of
from personalization.models import Experiment, ExperimentState, Mode

INTERVALS = {"fixed": "interval", "sequential": "always_valid_interval"}


def measure(as_of: datetime) -> None:
    """Store the lift of each variant of each running experiment that has its planned size."""
    for row in Experiment.objects.filter(state=ExperimentState.RUNNING).select_related("placement"):
        found = lifts_of(row, as_of)
        if found != row.lifts:
            row.lifts = found
            row.save(update_fields=["lifts"])


def lifts_of(experiment: Experiment, as_of: datetime) -> Mapping[str, Any]:
    """Return `metric`, `difference`, `relative` and `interval` by variant, without the control.

    Empty on a sample ratio mismatch, or below the planned size.
    """
    figures = results_of(experiment, as_of).figures
    if figures["srm"]["alarm"] or not figures["power"]["is_reached"]:
        return {}
    # For a bandit, only the fixed interval is valid, after the planned batches.
    name = "interval" if experiment.mode == Mode.BANDIT else INTERVALS[experiment.method]
    return {
        one["code"]: {
            "metric": figures["metric"],
            "difference": one["difference"],
            "relative": one["relative"],
            "interval": one[name],
        }
        for one in figures["variants"][1:]
        if one[name] is not None
    }
