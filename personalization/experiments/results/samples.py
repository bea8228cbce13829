"""The data of an experiment's results: an array over all units for each figure."""

from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from personalization.experiments.results.units import units_of
from personalization.models import Experiment, Method, Metric

Floats = NDArray[np.float64]
RATES = (Metric.CONVERSION_RATE.value, Metric.CLICK_THROUGH_RATE.value)


@dataclass(frozen=True)
class Samples:
    """All units that count: `arm` is the index of the variant, 0 for the control.

    `values` and `before` are by metric, `segments` say by code who was a member at assignment, and
    `pending` how many of each arm are left out because their window is not over.
    """

    arm: NDArray[np.int8]
    values: Mapping[str, Floats]
    before: Mapping[str, Floats]
    segments: Mapping[str, NDArray[np.bool_]]
    pending: Sequence[int]

    def select(self, mask: NDArray[np.bool_]) -> "Samples":
        """Return the samples at which `mask` is true."""
        return Samples(
            self.arm[mask],
            {name: values[mask] for name, values in self.values.items()},
            {name: values[mask] for name, values in self.before.items()},
            {},
            self.pending,
        )


def samples_of(experiment: Experiment, as_of: datetime, segments: Collection[str] = ()) -> Samples:
    """Return the samples as of an aware instant, with at most 17 bytes for each unit and metric.

    With the fixed method only units with a complete window count, with the sequential one all
    units.
    """
    places = {one["code"]: place for place, one in enumerate(experiment.variants)}
    metrics = (experiment.primary_metric, *experiment.metrics)
    # Arrays grow in place: a list of as many numbers would take four times the memory.
    arm = array("b")
    values = {name: array("d") for name in metrics}
    before = {name: array("d") for name in metrics}
    members = {code: array("b") for code in segments}
    pending = [0] * len(places)
    is_fixed = experiment.method == Method.FIXED
    for unit in units_of(experiment, as_of):
        place = places[unit.variant]
        pending[place] += not unit.is_over
        if is_fixed and not unit.is_over:
            continue
        arm.append(place)
        for name in metrics:
            values[name].append(unit.values[name])
            before[name].append(unit.before[name])
        for code, column in members.items():
            column.append(code in unit.segments)
    found = {name: _floats(column) for name, column in values.items()}
    revenue = Metric.REVENUE_PER_VISITOR.value
    if experiment.winsorize is not None and revenue in found and len(found[revenue]):
        # Pooled: both arms are winsorized at the same amount.
        most = np.percentile(found[revenue], experiment.winsorize)
        found[revenue] = np.minimum(found[revenue], most)
    return Samples(
        np.array(arm, dtype=np.int8),
        found,
        {name: _floats(column) for name, column in before.items()},
        {code: np.array(column, dtype=np.bool_) for code, column in members.items()},
        pending,
    )


def _floats(column: "array[float]") -> Floats:
    return np.array(column, dtype=np.float64)
