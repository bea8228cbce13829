"""Cohorts: customers whose first sale was in the same month or week, and their later sales."""

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter
from typing import Any, Literal, get_args

import numpy as np

from core.database.fields import from_units
from predictions.history.batches import Batch, batches
from predictions.history.columns import Whole
from predictions.history.population import population
from predictions.history.values import rounded

By = Literal["month", "week"]
Figure = Literal["customers", "retention", "orders", "sales", "cumulative_sales"]
BYS: tuple[By, ...] = get_args(By)
FIGURES: tuple[Figure, ...] = get_args(Figure)

Cell = int | Decimal
EPOCH = date(1970, 1, 1).toordinal()
# A period by its number: months since year 0, weeks since the calendar's first Monday.
Period = int
# The most periods of a cohort, 50 years: an earlier sale has a wrong day.
LONGEST: Mapping[By, int] = {"month": 600, "week": 2_609}
# More than there are: two of them are one number, the first times this plus the second.
PERIODS_AT_MOST = 2**20


@dataclass
class _Counted:
    customers: int = 0
    orders: int = 0
    units: int = 0

    def add(self, customers: int, orders: int, units: int) -> None:
        """Add the counts."""
        self.customers += customers
        self.orders += orders
        self.units += units


@dataclass(frozen=True)
class Cohorts:
    """A row for each cohort, from the first: its label, and a cell for each period from its own on.

    `incomplete` are the labels of periods that `as_of` has not finished. Shares and money have 4
    decimals. `left_out`: how many of the first cohorts have too many periods, or make the table too
    large.
    """

    rows: Sequence[tuple[str, Sequence[Cell]]]
    incomplete: Sequence[str]
    left_out: int = 0


def months_of(days: Whole) -> Whole:
    """Return the numbers of the months in which the days of these numbers lie."""
    since_1970 = (days - EPOCH).astype("datetime64[D]").astype("datetime64[M]")
    return since_1970.astype(np.int64) + 1970 * 12


def month_label(period: Period) -> str:
    """Return a month as `2010-12`."""
    return f"{period // 12:04}-{period % 12 + 1:02}"


def weeks_of(days: Whole) -> Whole:
    """Return the numbers of the weeks, from Monday on, in which the days of these numbers lie."""
    return (days - 1) // 7  # Day 1 of the calendar is a Monday.


def week_label(period: Period) -> str:
    """Return a week as the date of its Monday."""
    return date.fromordinal(period * 7 + 1).isoformat()


PERIODS: Mapping[By, tuple[Callable[[Whole], Whole], Callable[[Period], str]]] = {
    "month": (months_of, month_label),
    "week": (weeks_of, week_label),
}


def days_of_period(by: By, label: str, later: int) -> tuple[date, date]:
    """Return the first and the last day of the period that is so many later than one by its label.

    Raises ValueError where `label` is none.
    """
    if by == "week":
        first = date.fromisoformat(label) + timedelta(weeks=later)
        return first, first + timedelta(days=6)
    begin = date.fromisoformat(f"{label}-01")
    period = begin.year * 12 + begin.month - 1 + later
    first = date(period // 12, period % 12 + 1, 1)
    return first, first.replace(day=monthrange(first.year, first.month)[1])


class CohortCounts:
    """Counts of cohorts in each period, added up one batch of the population at a time.

    Periods begin and end in the time zone of the customer's website.
    """

    def __init__(self, by: By) -> None:
        self._periods_of, self._label = PERIODS[by]
        self._longest = LONGEST[by]
        self._counted: dict[Period, dict[int, _Counted]] = defaultdict(
            lambda: defaultdict(_Counted)
        )
        self._current: set[Period] = set()

    def add(self, batch: Batch) -> None:
        """Count the customers of `batch`."""
        self._current.update(self._periods_of(batch.todays).tolist())
        sales = batch.sales
        period = self._periods_of(sales.days)
        first = self._periods_of(sales.first_days)[sales.owners]
        is_new = (np.diff(period, prepend=-1) != 0) | (np.diff(sales.owners, prepend=-1) != 0)
        cells, place = np.unique(first * PERIODS_AT_MOST + period - first, return_inverse=True)
        customers = np.bincount(place[is_new], minlength=len(cells))
        orders = np.bincount(place, minlength=len(cells))
        units = np.zeros(len(cells), dtype=np.int64)
        np.add.at(units, place, sales.units)
        counted = (one.tolist() for one in (cells, customers, orders, units))
        for cell, *numbers in zip(*counted, strict=True):
            cohort, k = divmod(cell, PERIODS_AT_MOST)
            self._counted[cohort][k].add(*numbers)

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON values, which `join` of another process reads."""
        cells = [
            (first, k, cell.customers, cell.orders, cell.units)
            for first, cells in self._counted.items()
            for k, cell in cells.items()
        ]
        return {"current": list(self._current), "cells": cells}

    def join(self, others: Mapping[str, Any]) -> None:
        """Add the counts of another process (its `as_json`)."""
        self._current.update(others["current"])
        for first, k, *numbers in others["cells"]:
            self._counted[first][k].add(*numbers)

    @property
    def current(self) -> Sequence[Period]:
        """The periods that are not over, in order.

        Where it is another period already in some zone, the one before is not over in others.
        """
        return sorted(self._current)

    @property
    def orders(self) -> int:
        """How many sales there are."""
        return sum(cell.orders for cells in self._counted.values() for cell in cells.values())

    def units(self) -> Mapping[Period, int]:
        """Return the sum of the sales of each period that has one, in units."""
        found = Counter[Period]()
        for first, cells in self._counted.items():
            for k, cell in cells.items():
                found[first + k] += cell.units
        return found

    def cohorts(self, figure: Figure, most: int | None = None) -> Cohorts:
        """Return the table of a figure, of the last cohorts that have at most `most` cells.

        Cohorts of more than 50 years are left out: one impossible day would make a table of 24,000
        months.

        Cell k of a cohort is about the k-th period after it: its customers with a sale in it, their
        share of the cohort, the number of sales, their sum, or the sum of all up to it.
        """
        current, chosen = self.current, sorted(self._counted)
        lengths = [current[-1] - first + 1 for first in chosen]
        left_out = sum(length > self._longest for length in lengths)
        total = sum(lengths[left_out:])
        while most is not None and total > most:
            total -= lengths[left_out]
            left_out += 1
        return Cohorts(
            [
                (self._label(first), _cells(self._counted[first], length, figure))
                for first, length in zip(chosen[left_out:], lengths[left_out:], strict=True)
            ],
            [self._label(period) for period in current],
            left_out,
        )


def cohorts(*, as_of: datetime, by: By = "month", figure: Figure = "customers") -> Cohorts:
    """Return the cohorts of the population as of an aware instant, as `CohortCounts` has them."""
    counts = CohortCounts(by)
    for batch in batches(population(as_of), as_of):
        counts.add(batch)
    return counts.cohorts(figure)


def _cells(cells: Mapping[int, _Counted], length: int, figure: Figure) -> list[Cell]:
    if figure == "cumulative_sales":
        return _sums(cells, length)
    value = _value_of(figure, cells)
    # Most periods have nothing: that is the same for all of them, and found once.
    found = [value(_Counted())] * length
    for k, one in cells.items():
        found[k] = value(one)
    return found


def _value_of(figure: Figure, cells: Mapping[int, _Counted]) -> Callable[[_Counted], Cell]:
    match figure:
        case "retention":
            whole = cells[0].customers
            return lambda one: rounded(Fraction(one.customers, whole), 4)
        case "sales":
            return lambda one: from_units(one.units)
    return attrgetter(figure)


def _sums(cells: Mapping[int, _Counted], length: int) -> list[Cell]:
    """Return for each period the sum of all up to it, which stays until the next with a sale."""
    found = list[Cell]()
    units = 0
    for k in sorted(cells):
        found += [from_units(units)] * (k - len(found))
        units += cells[k].units
    return found + [from_units(units)] * (length - len(found))
