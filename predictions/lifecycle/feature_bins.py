"""Distributions of the buyers' features: the bins of a training, and later counts in these bins."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from predictions.features.subjects import Subjects
from predictions.history.columns import Column
from predictions.kinds.fitting.rows import buyers
from predictions.kinds.inputs import need_lines
from predictions.kinds.trained import Input, Wanted
from predictions.statistics.psi import Bins, Numbers, count_by_bin
from segments.models import Segment

Note = Callable[[int, int | None], None]


def bins_of(inputs: Sequence[Input], wanted: Wanted, note: Note) -> dict[str, dict[str, Any]]:
    """Return the bins of each of `inputs` over all buyers of a training, as JSON by name.

    The features are as of the training's own instant, whatever cut the model was fitted at. Needs 8
    bytes of memory per feature and buyer. `note` is called with the number of buyers read and the
    total.
    """
    found = [list[Numbers]() for _input in inputs]
    for columns in _buyers(inputs, wanted.as_of, wanted.segment, note):
        for values, column in zip(found, columns, strict=True):
            values.append(column)
    empty = np.empty(0)
    return {
        one.name: Bins.fit(np.concatenate([empty, *values])).plain()
        for one, values in zip(inputs, found, strict=True)
    }


class Moved:
    """Current counts of a feature in the bins of a training, with its minimum and maximum."""

    def __init__(self, bins: Bins) -> None:
        self.bins = bins
        self.counts = np.zeros(len(bins.edges) + 2, dtype=np.int64)
        self.least: float | None = None
        self.most: float | None = None

    def add(self, values: Numbers) -> None:
        """Count the values of a feature for some buyers; NaN is a missing value."""
        self.counts += count_by_bin(self.bins.edges, values)
        known = values[~np.isnan(values)]
        if len(known):
            low, high = float(known.min()), float(known.max())
            self.least = low if self.least is None else min(self.least, low)
            self.most = high if self.most is None else max(self.most, high)


def count_in_bins(
    pairs: Sequence[tuple[Input, Bins]], as_of: datetime, segment: Segment | None, note: Note
) -> list[Moved]:
    """Return the counts of each feature in its bins, over the buyers as of an aware instant.

    All features are computed in a single pass, in batches of customers.
    """
    found = [Moved(bins) for _input, bins in pairs]
    for columns in _buyers([one for one, _bins in pairs], as_of, segment, note):
        for counts, column in zip(found, columns, strict=True):
            counts.add(column)
    return found


def _buyers(
    inputs: Sequence[Input], as_of: datetime, segment: Segment | None, note: Note
) -> Iterator[list[Numbers]]:
    """Yield the features of buyers as floats, in batches."""
    shop, everybody = buyers(as_of, segment, with_lines=need_lines(inputs))
    done = 0
    for them in everybody:
        note(done, shop.buyers)
        done += int(them.buyers.sum())
        # Several models may use the same feature: compute each feature once.
        columns = {one.of: _floats(one.of(them), them) for one in inputs}
        yield [columns[one.of] for one in inputs]


def _floats(column: Column, them: Subjects) -> Numbers:
    floats: Numbers = column.floats()[them.buyers]
    return floats
