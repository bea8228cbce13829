"""Cohorts: those whose first sale was in the same month or week, and what they did after it."""

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Literal, get_args

from customers.fields import from_units
from predictions.existing import population
from predictions.histories import Batch, batches
from predictions.values import rounded

By = Literal["month", "week"]
Figure = Literal["customers", "retention", "orders", "sales", "cumulative_sales"]
BYS: tuple[By, ...] = get_args(By)
FIGURES: tuple[Figure, ...] = get_args(Figure)

Cell = int | Decimal
# A period by its number: months since year 0, weeks since the calendar's first Monday.
Period = int


@dataclass
class _Counted:
    customers: int = 0
    orders: int = 0
    units: int = 0


@dataclass(frozen=True)
class Cohorts:
    """A row for each cohort, from the first: its label, and a cell for each period from its own on.

    `incomplete` are the labels of periods that `as_of` has not finished. Shares and money have 4
    decimals.
    """

    rows: Sequence[tuple[str, Sequence[Cell]]]
    incomplete: Sequence[str]


def month_of(day: int) -> Period:
    """Return the number of the month in which the day of this number lies."""
    found = date.fromordinal(day)
    return found.year * 12 + found.month - 1


def month_label(period: Period) -> str:
    """Return a month as `2010-12`."""
    return f"{period // 12:04}-{period % 12 + 1:02}"


def week_of(day: int) -> Period:
    """Return the number of the week, from Monday on, in which the day of this number lies."""
    return (day - 1) // 7  # Day 1 of the calendar is a Monday.


def week_label(period: Period) -> str:
    """Return a week as the date of its Monday."""
    return date.fromordinal(period * 7 + 1).isoformat()


PERIODS: Mapping[By, tuple[Callable[[int], Period], Callable[[Period], str]]] = {
    "month": (month_of, month_label),
    "week": (week_of, week_label),
}


def days_of_period(by: By, label: str, later: int) -> tuple[date, date]:
    """Return the first and the last day of the period that is so many later than one by its label.

    Raises ValueError where `label` is none.
    """
    if by == "week":
        first = date.fromisoformat(label) + timedelta(weeks=later)
        return first, first + timedelta(days=6)
    period = month_of(date.fromisoformat(f"{label}-01").toordinal()) + later
    first = date(period // 12, period % 12 + 1, 1)
    return first, first.replace(day=monthrange(first.year, first.month)[1])


class CohortCounts:
    """What cohorts did in each period, counted a batch of customers of the population at a time.

    A period is one of the time zone of the customer's website.
    """

    def __init__(self, by: By) -> None:
        self._period_of, self._label = PERIODS[by]
        self._counted: dict[Period, dict[int, _Counted]] = defaultdict(
            lambda: defaultdict(_Counted)
        )
        self._current: set[Period] = set()

    def add(self, batch: Batch) -> None:
        """Count the customers of `batch`."""
        for person in batch.people:
            self._current.add(self._period_of(person.today))
            found = batch.sales.get(person.key)
            if not found:
                continue
            first = self._period_of(found[0].day)
            seen = set[Period]()
            for sale in found:
                period = self._period_of(sale.day)
                cell = self._counted[first][period - first]
                cell.customers += period not in seen
                seen.add(period)
                cell.orders += 1
                cell.units += sale.units

    @property
    def current(self) -> Sequence[Period]:
        """The periods that are not over, in order.

        Where it is another period already in some zone, the one before is not over in others.
        """
        return sorted(self._current)

    def units(self) -> Mapping[Period, int]:
        """Return the sum of the sales of each period that has one, in units."""
        found = Counter[Period]()
        for first, cells in self._counted.items():
            for k, cell in cells.items():
                found[first + k] += cell.units
        return found

    def cohorts(self, figure: Figure) -> Cohorts:
        """Return the table of a figure.

        Cell k of a cohort is about the k-th period after it: its customers with a sale in it, their
        share of the cohort, the number of sales, their sum, or the sum of all up to it.
        """
        current = self.current
        return Cohorts(
            [
                (self._label(first), _cells(cells, current[-1] - first + 1, figure))
                for first, cells in sorted(self._counted.items())
            ],
            [self._label(period) for period in current],
        )


def cohorts(*, as_of: datetime, by: By = "month", figure: Figure = "customers") -> Cohorts:
    """Return the cohorts of the population as of an aware instant, as `CohortCounts` has them."""
    counts = CohortCounts(by)
    for batch in batches(population(as_of), as_of):
        counts.add(batch)
    return counts.cohorts(figure)


def _cells(cells: Mapping[int, _Counted], length: int, figure: Figure) -> list[Cell]:
    found = [cells.get(k, _Counted()) for k in range(length)]
    match figure:
        case "customers":
            return [one.customers for one in found]
        case "retention":
            return [rounded(Fraction(one.customers, found[0].customers), 4) for one in found]
        case "orders":
            return [one.orders for one in found]
        case "sales":
            return [from_units(one.units) for one in found]
        case "cumulative_sales":
            return [from_units(units) for units in accumulate(one.units for one in found)]
