"""The season clock: days that count by how often customers buy in their month.

A Poisson process whose rate has a season is homogeneous in the time of this clock, so models that
know no season hold in it.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
# Days are numbered as dates are (`date.toordinal`); numpy begins with 1970-01-01.
EPOCH = date(1970, 1, 1).toordinal()
MONTHS = 12


def clock(index: Mapping[int, float], day: date | int) -> float:
    """Return the season time at the begin of `day`: the sum of the index over the days before.

    `day` is a date, or the number of one (`date.toordinal`). The clock shows 0 on 1970-01-01, less
    on earlier days. `index` has a factor for each month of the year, 1 to 12.
    """
    number = day.toordinal() if isinstance(day, date) else day
    return float(clocks(index, np.array([number]))[0])


def clocks(index: Mapping[int, float], days: Whole) -> Floats:
    """Return the season time at the begin of each day, given by its number (`date.toordinal`)."""
    whole = np.asarray(days, dtype=np.int64) - EPOCH
    if not whole.size:
        return np.zeros(whole.shape)
    at = whole.astype("datetime64[D]")
    months = at.astype("datetime64[M]")
    into = (at - months.astype("datetime64[D]")).astype(np.int64)
    numbers = months.astype(np.int64)
    factors = np.array([index[month] for month in range(1, MONTHS + 1)], dtype=np.float64)
    first, last = min(int(numbers.min()), 0), max(int(numbers.max()), 0)
    every = np.arange(first, last + 2)
    begins = every.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    # The epoch is the begin of January, month number 0.
    sums = np.concatenate([[0.0], np.cumsum(np.diff(begins) * factors[every[:-1] % MONTHS])])
    found = (sums - sums[-first])[numbers - first] + into * factors[numbers % MONTHS]
    return np.asarray(found, dtype=np.float64)


def histories_in_season(index: Mapping[int, float], histories: Floats, todays: Whole) -> Floats:
    """Return x, t_x, T (customers, 3) with the days between purchases in season time.

    `todays` is the number of the day that it is for each customer. NaN stay.
    """
    counts = ~np.isnan(histories).any(axis=1)
    x, t_x, age = histories[counts].T
    first = todays[counts] - age.astype(np.int64)
    begun = clocks(index, first)
    found = np.full(histories.shape, np.nan)
    found[counts] = np.column_stack(
        [
            x,
            clocks(index, first + t_x.astype(np.int64)) - begun,
            clocks(index, todays[counts]) - begun,
        ]
    )
    return found


def ends_in_season(index: Mapping[int, float], today: int, ends: Floats) -> Floats:
    """Return how much season time passes from the begin of `today` over so many whole days each."""
    numbers = today + np.asarray(ends, dtype=np.int64)
    return clocks(index, numbers) - clock(index, today)
