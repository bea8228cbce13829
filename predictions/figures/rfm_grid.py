"""The RFM grid: the number of buyers, and their sales, per score of recency and frequency."""

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
    """A number of buyers, and the sum of their sales in units."""

    customers: int
    units: int


@dataclass(frozen=True)
class Cell(Part):
    """The buyers with one pair of scores, which belongs to a single segment."""

    recency_score: int
    frequency_score: int
    segment: str


@dataclass(frozen=True)
class RfmGrid:
    """Numbers of buyers and their sales in units, for 25 pairs of scores by `_cell_number`."""

    customers: Sequence[int]
    units: Sequence[int]

    @classmethod
    def from_figures(cls, figures: Figures, shop: ShopFigures) -> "RfmGrid":
        """Return the grid of the buyers in `figures`, with the score limits of `shop`."""
        recency, frequency, monetary = figures.buyers()
        places = _cell_number(scores(recency, shop.recency), scores(frequency, shop.frequency))
        customers = np.bincount(places, minlength=PLACES)
        units = sums(monetary[np.argsort(places)], starts_of(customers))
        return cls(customers.tolist(), units.tolist())

    @property
    def all(self) -> Part:
        """All buyers."""
        return Part(sum(self.customers), sum(self.units))

    def cells(self) -> Iterator[Cell]:
        """Yield the 25 cells by descending recency score, then by descending frequency score."""
        for recency in reversed(SCORES):
            for frequency in reversed(SCORES):
                at, pair = _cell_number(recency, frequency), (recency, frequency)
                yield Cell(self.customers[at], self.units[at], *pair, SEGMENT_OF[pair])

    def segments(self) -> Iterator[tuple[str, Part]]:
        """Yield the code of each RFM segment with its buyers, in the order of the segments."""
        for code, *_scores in SEGMENTS:
            cells = [cell for cell in self.cells() if cell.segment == code]
            units = sum(cell.units for cell in cells)
            yield code, Part(sum(cell.customers for cell in cells), units)


def _cell_number(recency: Any, frequency: Any) -> Any:
    return (recency - 1) * PARTS + frequency - 1
