"""Moves on the journey: the numbers of customers by their stages at two instants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from predictions.features.shop import ShopFigures, shop_figures
from predictions.features.subjects import Subjects
from predictions.history.batches import Batch, batches, stretch_of
from predictions.history.columns import Whole
from predictions.history.population import population
from predictions.kinds.journey import journey_stages
from predictions.models import JourneyStage

STAGES = tuple(JourneyStage.values)
# The earlier stage of customers who were not yet in the population at the start.
NOT_THERE = "not_there"
BEFORE = (NOT_THERE, *STAGES)
NUMBERS = {stage: number for number, stage in enumerate(STAGES)}


@dataclass(frozen=True, eq=False)
class Moves:
    """The numbers of customers by stage before (rows, as BEFORE) and after (columns, as STAGES).

    `windows` are W, in days, at both instants; W decides which customers are lapsing or lost.
    """

    counts: Whole
    windows: tuple[int, int]

    def cells(self) -> Iterator[tuple[str, str, int]]:
        """Yield stage before, stage after and number of customers, including numbers of 0."""
        for before, row in zip(BEFORE, self.counts.tolist(), strict=True):
            for after, count in zip(STAGES, row, strict=True):
                yield before, after, count


def moves(start: datetime, end: datetime) -> Moves:
    """Return the moves of the population as of `end`, an aware instant not before `start`.

    A stage is the one that a scoring as of that instant computes. A customer who was not in the
    population at `start` moves from NOT_THERE. Customers never leave the population as time passes,
    so that there are no moves out.
    """
    shops = [shop_figures(batches(population(at), at)) for at in (start, end)]
    counts = np.zeros((len(BEFORE), len(STAGES)), dtype=np.int64)
    for batch in batches(population(end), end):
        # Each customer's row of the table: 0 is NOT_THERE.
        rows = np.zeros(len(batch), dtype=np.int64)
        earlier = stretch_of(population(start).filter(batch.whose("pk")), start)
        # A customer may have been erased since the batch was read; both are ordered by key.
        known, still = np.isin(batch.keys, earlier.keys), np.isin(earlier.keys, batch.keys)
        rows[known] = 1 + _stages(earlier, shops[0])[still]
        np.add.at(counts, (rows, _stages(batch, shops[1])), 1)
    return Moves(counts, (shops[0].window_days, shops[1].window_days))


def _stages(batch: Batch, shop: ShopFigures) -> Whole:
    """Return the position in STAGES of each customer's stage."""
    found = [NUMBERS[stage] for stage in journey_stages(Subjects(batch, shop))]
    return np.array(found, dtype=np.int64)
