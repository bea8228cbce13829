"""The index of the months of the year: how often customers come back in each, beside the mean.

Classical decomposition (M. Kendall, A. Stuart, The Advanced Theory of Statistics, volume 3): the
trend is a centred mean of twelve months, and the index is what remains beside the trend.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MONTHS = 12
# With fewer months, some month of the year has no trend around it.
FEWEST_MONTHS = 2 * MONTHS
# The mean of twelve months around a month reaches over thirteen, with half of both ends.
WEIGHTS = np.array([0.5, *[1.0] * (MONTHS - 1), 0.5]) / MONTHS


def month_index(rows: Iterable[tuple[str, float, float, float]]) -> dict[int, float] | None:
    """Return the index of each month of the year, 1 to 12; the mean of the twelve is 1.

    A row is a complete month: `2020-04`, the repeat purchase days in it, the customers who had
    bought before it, and its days. Rows are of months in a row, in any order. None below 24 months,
    and where nobody came back. Raises ValueError for a month that is missing between others.

    The first month of a shop has no earlier buyers. In the trend it counts as the same month of the
    next year does.
    """
    months = sorted((_number(month), done, buyers, days) for month, done, buyers, days in rows)
    numbers = [month[0] for month in months]
    if numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise ValueError("months are missing or stand twice")
    if len(months) < FEWEST_MONTHS:
        return None
    rates = np.array([_rate(done, buyers, days) for _, done, buyers, days in months])
    ratios = _ratios(rates)
    found = [
        _mean([ratios[n] for n, number in enumerate(numbers) if number % MONTHS == month])
        for month in range(MONTHS)
    ]
    total = math.fsum(found)
    if not total > 0:
        return None
    return {month + 1: value * MONTHS / total for month, value in enumerate(found)}


def index_of_json(document: Mapping[str, float]) -> dict[int, float]:
    """Return the index from its JSON object, whose keys are texts."""
    return {int(month): value for month, value in document.items()}


def _number(month: str) -> int:
    year, of_year = month.split("-")
    return int(year) * MONTHS + int(of_year) - 1


def _rate(done: float, buyers: float, days: float) -> float:
    """Return the repeat purchases of a buyer and day; NaN where nobody could come back."""
    return done / buyers / days if buyers > 0 else math.nan


def _ratios(rates: Floats) -> Floats:
    """Return each month's rate beside its trend; NaN where there is none."""
    found = np.full(len(rates), np.nan)
    half = MONTHS // 2
    for place in range(half, len(rates) - half):
        around = rates[place - half : place + half + 1].copy()
        # Both ends are the same month of the year: one stands in for the other.
        first, last = around[0], around[-1]
        around[0] = last if math.isnan(first) else first
        around[-1] = first if math.isnan(last) else last
        trend = float(around @ WEIGHTS)
        if trend > 0:
            found[place] = rates[place] / trend
    return found


def _mean(values: Sequence[float]) -> float:
    """Return the mean of the values that there are; NaN of none."""
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if known else math.nan
