"""The grid of RFM: how many buyers have which scores of recency and frequency, and their sales."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from predictions.features.rfm import SEGMENT_OF, SEGMENTS
from predictions.features.shop import Figures, ShopFigures
from predictions.history.columns import starts_of, sums
from predictions.statistics.ranks import PARTS, scores

SCORES = range(1, PARTS + 1)
PLACES = PARTS * PARTS


@dataclass(frozen=True)
class Part:
    """Some buyers, and the sum of their sales in units."""

    customers: int
    units: int


@dataclass(frozen=True)
class Cell(Part):
    """The buyers of two scores, who are all of one segment."""

    recency_score: int
    frequency_score: int
    segment: str


@dataclass(frozen=True)
class RfmGrid:
    """How many buyers have which scores, and their sales in units: 25 each, as `_at` has them."""

    customers: Sequence[int]
    units: Sequence[int]

    @classmethod
    def of(cls, figures: Figures, shop: ShopFigures) -> "RfmGrid":
        """Return the grid of those whom `figures` has taken in, by scores that `shop` gives."""
        recency, frequency, monetary = figures.buyers()
        places = _at(scores(recency, shop.recency), scores(frequency, shop.frequency))
        customers = np.bincount(places, minlength=PLACES)
        units = sums(monetary[np.argsort(places)], starts_of(customers))
        return cls(customers.tolist(), units.tolist())

    @property
    def all(self) -> Part:
        """All buyers."""
        return Part(sum(self.customers), sum(self.units))

    def cells(self) -> Iterator[Cell]:
        """Yield the 25 cells: those that bought last first, and of them those that did so often."""
        for recency in reversed(SCORES):
            for frequency in reversed(SCORES):
                at, pair = _at(recency, frequency), (recency, frequency)
                yield Cell(self.customers[at], self.units[at], *pair, SEGMENT_OF[pair])

    def segments(self) -> Iterator[tuple[str, Part]]:
        """Yield the code of each segment and who is in it, in the order of the segments."""
        for code, *_scores in SEGMENTS:
            cells = [cell for cell in self.cells() if cell.segment == code]
            units = sum(cell.units for cell in cells)
            yield code, Part(sum(cell.customers for cell in cells), units)


def _at(recency: Any, frequency: Any) -> Any:
    return (recency - 1) * PARTS + frequency - 1
