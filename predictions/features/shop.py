"""Figures of the whole shop as of a moment, by which each customer is judged."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from predictions.history.batches import Batch, Line
from predictions.history.columns import Whole, concatenate, whole
from predictions.history.product_lines import is_product
from predictions.statistics.ranks import limits, nearest_rank

# Days within which somebody who buys again has bought again, at least and at most.
SHORTEST_WINDOW, LONGEST_WINDOW = 14, 365


@dataclass(frozen=True)
class ShopFigures:
    """Figures of all buyers of the population.

    From which value on the scores 2 to 5 are given (`predictions.statistics.ranks.limits`): of
    recency in days, negative so that more is better; of frequency; of monetary in units.
    `median_gap`, `window_days`: the middle of the days between purchase days, and within how many
    nine of ten come back; None where nobody has come back. `last_day`: the latest day of any line.
    """

    buyers: int
    recency: tuple[int | None, ...]
    frequency: tuple[int | None, ...]
    monetary: tuple[int | None, ...]
    median_gap: int | None
    window_days: int
    last_day: int | None


class Figures:
    """Collects the figures of the shop from all customers by batches; 24 bytes a buyer."""

    def __init__(self, *, with_lines: bool = False) -> None:
        self._with_lines = with_lines
        self._recency, self._frequency, self._monetary = (list[Whole]() for _each in range(3))
        self._gaps = Counter[int]()
        self._last_day: int | None = None

    def add(self, batch: Batch) -> None:
        """Take in the customers of `batch`."""
        sales = batch.sales
        self._recency.append((sales.last_days - batch.todays)[sales.buyers])
        self._frequency.append(sales.counts[sales.buyers])
        self._monetary.append(sales.totals[sales.buyers])
        lengths, counts = np.unique(sales.gaps, return_counts=True)
        self._gaps.update(dict(zip(lengths.tolist(), counts.tolist(), strict=True)))
        if self._with_lines:
            for lines in batch.lines:
                self._last_day = _latest(self._last_day, lines)

    def as_json(self) -> dict[str, Any]:
        """Return the collected figures as JSON values, which `join` of another process reads."""
        return {
            **{name: concatenate(found).tolist() for name, found in self._columns().items()},
            "gaps": list(self._gaps.items()),
            "last_day": self._last_day,
        }

    def join(self, others: Mapping[str, Any]) -> None:
        """Add the figures that another process collected (its `as_json`)."""
        for name, column in self._columns().items():
            column.append(whole(others[name]))
        self._gaps.update(dict(others["gaps"]))
        self._last_day = _later(self._last_day, others["last_day"])

    def _columns(self) -> dict[str, list[Whole]]:
        found = (self._recency, self._frequency, self._monetary)
        return dict(zip(("recency", "frequency", "monetary"), found, strict=True))

    def buyers(self) -> tuple[Whole, Whole, Whole]:
        """Return recency, frequency and monetary of all buyers, as `ShopFigures` has them."""
        recency, frequency, monetary = (concatenate(found) for found in self._columns().values())
        return recency, frequency, monetary

    def figures(self) -> ShopFigures:
        """Return the figures, after all customers were added."""
        recency, frequency, monetary = (np.sort(column) for column in self.buyers())
        return ShopFigures(
            buyers=len(frequency),
            recency=limits(recency),
            frequency=limits(frequency),
            monetary=limits(monetary),
            median_gap=nearest_rank(self._gaps, 50),
            window_days=_window(self._gaps),
            last_day=self._last_day,
        )


def shop_figures(batches: Iterable[Batch], *, with_lines: bool = False) -> ShopFigures:
    """Return the figures of the customers of `batches`; `last_day` only `with_lines`."""
    found = Figures(with_lines=with_lines)
    for batch in batches:
        found.add(batch)
    return found.figures()


def _window(gaps: Counter[int]) -> int:
    days = nearest_rank(gaps, 90)
    return LONGEST_WINDOW if days is None else min(max(days, SHORTEST_WINDOW), LONGEST_WINDOW)


def _latest(day: int | None, lines: Iterable[Line]) -> int | None:
    days = (line.day for line in lines if is_product(line))
    return _later(day, max(days, default=None))


def _later(one: int | None, other: int | None) -> int | None:
    return max((day for day in (one, other) if day is not None), default=None)


# The figures without customers, for computations that use only each customer's own rows.
NOBODY = shop_figures([])
