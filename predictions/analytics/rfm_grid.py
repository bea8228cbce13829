"""The grid of RFM: how many buyers have which scores of recency and frequency, and their sales."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from predictions.features.rfm import SEGMENT_OF, SEGMENTS, frequency_score, recency_score
from predictions.features.subjects import Subjects
from predictions.histories import Batch
from predictions.ranks import PARTS
from predictions.shop_figures import ShopFigures

SCORES = range(1, PARTS + 1)


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


class RfmGrid:
    """Counts buyers by their scores, which the figures of the shop give, a batch at a time."""

    def __init__(self, shop: ShopFigures) -> None:
        self._shop = shop
        self._customers = Counter[tuple[int | None, int | None]]()
        self._units = Counter[tuple[int | None, int | None]]()

    def add(self, batch: Batch) -> None:
        """Count the buyers of `batch`."""
        them = Subjects(batch, self._shop)
        places = zip(recency_score(them).units(0), frequency_score(them).units(0), strict=True)
        for place, units in zip(places, batch.sales.totals.tolist(), strict=True):
            if place[0] is not None:
                self._customers[place] += 1
                self._units[place] += units

    @property
    def all(self) -> Part:
        """All buyers."""
        return Part(self._customers.total(), self._units.total())

    def cells(self) -> Iterator[Cell]:
        """Yield the 25 cells: those that bought last first, and of them those that did so often."""
        for recency in reversed(SCORES):
            for frequency in reversed(SCORES):
                place = recency, frequency
                yield Cell(self._customers[place], self._units[place], *place, SEGMENT_OF[place])

    def segments(self) -> Iterator[tuple[str, Part]]:
        """Yield the code of each segment and who is in it, in the order of the segments."""
        for code, *_scores in SEGMENTS:
            cells = [cell for cell in self.cells() if cell.segment == code]
            units = sum(cell.units for cell in cells)
            yield code, Part(sum(cell.customers for cell in cells), units)
