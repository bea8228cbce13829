"""Cohorts: those whose first sale was in the same month or week, and what they did after it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Literal, get_args

from customers.fields import from_units
from predictions.existing import population
from predictions.histories import batches
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


def cohorts(*, as_of: datetime, by: By = "month", figure: Figure = "customers") -> Cohorts:
    """Return the cohorts of the population as of an aware instant.

    A period is one of the time zone of the customer's website. Cell k of a cohort is about the k-th
    period after it: its customers with a sale in it, their share of the cohort, the number of
    sales, their sum, or the sum of all up to it.
    """
    period_of, label = PERIODS[by]
    counted: dict[Period, dict[int, _Counted]] = defaultdict(lambda: defaultdict(_Counted))
    todays: set[int] = set()
    for batch in batches(population(as_of), as_of):
        for person in batch.people:
            todays.add(person.today)
            found = batch.sales.get(person.key)
            if not found:
                continue
            first = period_of(found[0].day)
            seen = set[Period]()
            for sale in found:
                period = period_of(sale.day)
                cell = counted[first][period - first]
                cell.customers += period not in seen
                seen.add(period)
                cell.orders += 1
                cell.units += sale.units
    # Where it is another period already in some zone, the one before is not over in others.
    current = sorted({period_of(today) for today in todays})
    rows = [
        (label(first), _cells(cells, current[-1] - first + 1, figure))
        for first, cells in sorted(counted.items())
    ]
    return Cohorts(rows, [label(period) for period in current])


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
