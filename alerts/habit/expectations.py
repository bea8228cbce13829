"""Expected sizes of each day, by three rules, and how far each rule was off.

Sizes are kept as x = ln(members + 1) in matrices of shape (segments, days), of float64. All rows
share the calendar of the columns; NaN stands on the days before a segment's first.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

WEEK = 7
# Weeks that the daily step (rule 1) and the level of a weekday (rule 2) are the medians of.
WEEKS_OF_STEPS, WEEKS_OF_LEVELS = 8, 4
# The median of four weeks lags two and a half weeks behind the day that is expected.
LAG = 2.5
# The first day, counted from 0, that has an error.
FIRST_ERROR = 8


@dataclass(frozen=True)
class SizeHistory:
    """The sizes of segments on consecutive days of the shop, and the size expected on each.

    `sizes` has shape (segments, days), `expected` and `errors` (3, segments, days): one layer for
    each rule; `errors` are sizes minus expectations, NaN before the 9th day of a segment.
    """

    first_day: date
    sizes: Matrix
    expected: Matrix
    errors: Matrix
    # The column of each segment's first day.
    starts: npt.NDArray[np.int64]

    @property
    def days_of_month(self) -> npt.NDArray[np.int64]:
        """The day of the month of each column."""
        days = range(self.sizes.shape[1])
        return np.array([(self.first_day + timedelta(days=day)).day for day in days])


def build_history(first_day: date, members: Matrix) -> SizeHistory:
    """Return the history of `members`, numbers of customers of shape (segments, days).

    NaN before a segment's first day; a later NaN carries the size before it.
    """
    sizes = np.log1p(_carry_sizes(members))
    known = ~np.isnan(sizes)
    starts = np.where(known.any(axis=1), known.argmax(axis=1), sizes.shape[1])
    expected = np.stack([_before(sizes, 1), _expect_by_steps(sizes), _expect_by_levels(sizes)])
    columns = np.arange(sizes.shape[1])
    errors = np.where(columns >= starts[:, None] + FIRST_ERROR, sizes - expected, np.nan)
    return SizeHistory(first_day, sizes, expected, errors, starts)


def median_of(values: Matrix, axis: int) -> Matrix:
    """Return the median of the numbers along `axis`, without the NaNs; NaN where all are NaN.

    Much faster than `numpy.nanmedian` on short axes of big arrays.
    """
    if not values.shape[axis]:
        return np.full(np.delete(values.shape, axis), np.nan)
    ordered = np.sort(values, axis=axis)
    counts = (~np.isnan(values)).sum(axis=axis, keepdims=True)
    lower = np.take_along_axis(ordered, np.maximum(counts - 1, 0) // 2, axis=axis)
    upper = np.take_along_axis(ordered, np.minimum(counts // 2, values.shape[axis] - 1), axis=axis)
    middle: Matrix = np.squeeze((lower + upper) / 2, axis=axis)
    return middle


def _carry_sizes(members: Matrix) -> Matrix:
    columns = np.arange(members.shape[1])
    latest = np.maximum.accumulate(np.where(np.isnan(members), -1, columns), axis=1)
    carried: Matrix = np.take_along_axis(members, np.maximum(latest, 0), axis=1)
    return np.where(latest < 0, np.nan, carried)


def _before(sizes: Matrix, days: int) -> Matrix:
    """Return what stood `days` columns earlier; NaN where that is before the first column."""
    shifted = np.full_like(sizes, np.nan)
    shifted[:, days:] = sizes[:, :-days]
    return shifted


def _expect_by_steps(sizes: Matrix) -> Matrix:
    """Expect yesterday's size and the usual step from the weekday before to this weekday."""
    steps = sizes - _before(sizes, 1)
    usual = median_of(
        np.stack([_before(steps, WEEK * week) for week in range(1, WEEKS_OF_STEPS + 1)]), axis=0
    )
    return _before(sizes, 1) + usual


def _expect_by_levels(sizes: Matrix) -> Matrix:
    """Expect the usual size of this weekday, and its trend once five weeks are known."""
    weeks = [_before(sizes, WEEK * week) for week in range(1, WEEKS_OF_LEVELS + 2)]
    level = median_of(np.stack(weeks[:-1]), axis=0)
    trend = median_of(
        np.stack([later - earlier for later, earlier in pairwise(weeks)]),
        axis=0,
    )
    return level + np.where(np.isnan(weeks[-1]), 0, LAG * trend)
