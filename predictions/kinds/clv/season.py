"""The season of a shop's repeat purchases: what its index is made of, and histories in its time."""

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from predictions.features.subjects import Subjects
from predictions.history.columns import Floats, Whole
from predictions.season import (
    FEWEST_MONTHS,
    ends_in_season,
    histories_in_season,
    index_of_json,
    month_index,
)

NEEDS_TWO_YEARS, NO_PURCHASES = "needs_two_years", "no_repeat_purchases"
MONTHS = 12
# A month is its year x 12 plus its number from 0.
Month = int


@dataclass(frozen=True)
class PurchaseSeason:
    """The index of each month of the year, 1 to 12; None where there is none, with the reason."""

    index: Mapping[int, float] | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the fields of a fitted version."""
        index = None
        if self.index is not None:
            index = {str(month): value for month, value in self.index.items()}
        return {"season": index, "season_reason": self.reason}

    @classmethod
    def of_json(cls, fitted: Mapping[str, Any]) -> "PurchaseSeason":
        """Return the season of a fitted version; versions of before have none."""
        found = fitted.get("season")
        index = None if found is None else index_of_json(found)
        return cls(index, fitted.get("season_reason"))

    def histories(self, histories: Floats, todays: Whole) -> Floats:
        """Return x, t_x, T (customers, 3), in season time where there is an index."""
        if self.index is None:
            return histories
        return histories_in_season(self.index, histories, todays)

    def time_after(self, today: int) -> Callable[[Floats], Floats]:
        """Return the function from days after `today` to the model's time that passes in them."""
        index = self.index
        if index is None:
            # SciPy comes with it, which no page needs that only shows a season.
            from predictions.statistics.bg_nbd import calendar_time

            return calendar_time
        return lambda days: ends_in_season(index, today, days)


NO_SEASON = PurchaseSeason()


class MonthCounts:
    """Counts, month by month, repeat purchase days and how many customers bought first."""

    def __init__(self) -> None:
        self._repeats: Counter[Month] = Counter()
        self._first: Counter[Month] = Counter()
        self._today: int | None = None

    def add(self, them: Subjects) -> None:
        """Take in some customers."""
        sales = them.sales
        # A month is complete once it is over in every time zone.
        todays = [int(them.todays.min())] if len(them) else []
        self._today = min([*todays, *([] if self._today is None else [self._today])], default=None)
        _count(self._first, sales.first_days[them.buyers])
        is_repeat = sales.opens_day & (sales.days != sales.first_days[sales.owners])
        _count(self._repeats, sales.days[is_repeat])

    def season(self) -> PurchaseSeason:
        """Return the season of the complete months, from that of the first sale on."""
        if self._today is None or not self._first:
            return PurchaseSeason(None, NEEDS_TWO_YEARS)
        today = date.fromordinal(self._today)
        current, first = today.year * MONTHS + today.month - 1, min(self._first)
        if current - first < FEWEST_MONTHS:
            return PurchaseSeason(None, NEEDS_TWO_YEARS)
        rows, buyers = [], 0
        for month in range(first, current):
            year, number = month // MONTHS, month % MONTHS + 1
            days = monthrange(year, number)[1]
            rows.append((f"{year}-{number:02}", self._repeats[month], buyers, days))
            buyers += self._first[month]
        index = month_index(rows)
        return PurchaseSeason(index, NO_PURCHASES if index is None else None)


def _count(into: Counter[Month], days: Whole) -> None:
    """Count days, by their number, in their months."""
    found, counts = np.unique(days, return_counts=True)
    for day, count in zip(found.tolist(), counts.tolist(), strict=True):
        at = date.fromordinal(day)
        into[at.year * MONTHS + at.month - 1] += count
