"""What experiments have measured of their variants, once it is enough to be said of one shopper."""

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
    """Return by variant, without the control, `metric`, `difference`, `relative`, `interval`."""
    figures = results_of(experiment, as_of).figures
    if figures["srm"]["alarm"] or not figures["power"]["is_reached"]:
        return {}
    # Of a bandit only the fixed interval says a lift, once the planned batches are over.
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
