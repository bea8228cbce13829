"""What follows of several figures of a customer: an average gap, a difference, the latest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregated import grouped
from conditions.bases.derived import Derived
from conditions.bases.rolled_up import RolledUp, of_pending, owner_in
from conditions.language.windows import (
    LocalClock,
    Ranges,
    ZonedRanges,
)
from conditions.sql.expressions import DayNumber, LatestOf, LocalDate, RoundedQuotient
from conditions.sql.place import Context, Place, Rows
from conditions.sql.ranges import by_zone, expression_within, in_zone
from conditions.sql.sources import Read, Source
from conditions.sql.truth import Truth, both, complement, either
from customers.fields import UNITS_PER_ONE, rounded
from customers.models.rollup import Rollup

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, eq=False, kw_only=True)
class AverageGap(RolledUp):
    """(newest - oldest, in calendar days of the website) / (number - 1): all of the same rows."""

    newest: Derived
    oldest: Derived
    number: Derived

    @property
    def home(self) -> type[Rollup]:
        return self.newest.home

    def stored_figures(self) -> Iterator[Derived]:
        yield from (self.newest, self.oldest, self.number)

    def reads(self, source: Source) -> Iterator[Read]:
        for part in (self.newest, self.oldest, self.number):
            yield from part.reads(source)

    @property
    def is_stored(self) -> bool:
        return True

    def stored(self, place: Place, context: Context) -> Any:
        values = [part.stored(place, context) for part in (self.newest, self.oldest, self.number)]
        return by_zone(context, place, lambda clock: _average_gap(clock, *values))

    def within_from_rows(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        rows = of_pending(self.newest.rows(place, context), self.home)
        return either(
            *(
                in_zone(
                    place.website,
                    websites,
                    grouped(
                        self._value(rows, context, clock),
                        [(None, ranges)],
                        rows,
                        place,
                        zero=False,
                        wrap=lambda n: n,
                        owner=owner_in(self.home),
                    ),
                )
                for websites, clock in context.moment.clocks
                for _all, ranges in zoned
            )
        )

    def expressions_from_rows(self, place: Place, context: Context) -> Sequence[Any]:
        rows = self.newest.rows(place, context)
        return [
            by_zone(context, place, lambda clock: rows.scalar(self._value(rows, context, clock)))
        ]

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        ends = (*self.oldest.read(row, facts), *self.newest.read(row, facts))
        (number,) = self.number.read(row, facts)
        if number < 2:
            return ()
        first, last = (facts.clock.date_of(end) for end in ends)
        return (rounded(Decimal((last - first).days) / (number - 1)),)

    def _value(self, rows: Rows, context: Context, clock: LocalClock) -> Any:
        parts = (self.newest, self.oldest, self.number)
        return _average_gap(clock, *(part.value(rows, context) for part in parts))


def _average_gap(clock: LocalClock, newest: Any, oldest: Any, number: Any) -> Any:
    last, first = (DayNumber(LocalDate(end, zone=clock.zone)) for end in (newest, oldest))
    return RoundedQuotient((last - first) * UNITS_PER_ONE, number - 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class Difference(RolledUp):
    """One aggregate minus another, each of the customer's rows."""

    plus: Derived
    minus: Derived

    @property
    def home(self) -> type[Rollup]:
        return self.plus.home

    def stored_figures(self) -> Iterator[Derived]:
        yield from (self.plus, self.minus)

    def reads(self, source: Source) -> Iterator[Read]:
        yield from self.plus.reads(source)
        yield from self.minus.reads(source)

    @property
    def is_stored(self) -> bool:
        return self.plus.is_stored and self.minus.is_stored

    def stored(self, place: Place, context: Context) -> Any:
        return self.plus.stored(place, context) - self.minus.stored(place, context)

    def within_from_rows(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        (value,) = self.expressions_from_rows(place, context)
        return either(*(expression_within(value, ranges) for _all, ranges in zoned))

    def expressions_from_rows(self, place: Place, context: Context) -> Sequence[Any]:
        (plus,), (minus,) = (
            part.expressions_from_rows(place, context) for part in (self.plus, self.minus)
        )
        return [plus - minus]

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        (plus,), (minus,) = (part.read(row, facts) for part in (self.plus, self.minus))
        return (plus - minus,)


@dataclass(frozen=True, eq=False, kw_only=True)
class Latest(RolledUp):
    """The latest of several instants, missing ones left out."""

    sources: tuple[str, ...]

    def stored_figures(self) -> Iterator[Derived]:
        for one in self._attributes():
            yield from one.stored_figures()

    def reads(self, source: Source) -> Iterator[Read]:
        for one in self._attributes():
            yield from one.reads(source)

    @property
    def is_stored(self) -> bool:
        return True

    @property
    def stored_in(self) -> type[Rollup] | None:
        homes = {one.stored_in for one in self._attributes()}
        return self.home if homes == {self.home} else None

    def stored(self, place: Place, context: Context) -> Any:
        return LatestOf(*(_stored(one, place, context) for one in self._attributes()))

    def within_from_rows(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        return either(
            *(
                in_zone(place.website, websites, self._within(bounds, place, context))
                for websites, ranges in zoned
                for bounds in ranges
            )
        )

    def _within(self, bounds: tuple[Any, Any], place: Place, context: Context) -> Truth:
        low, high = bounds
        reached = self._any_within([(low, None)], place, context)
        if high is None:
            return reached
        above = self._any_within([(high + datetime.resolution, None)], place, context)
        return both(reached, complement(above))

    def _any_within(self, ranges: Ranges, place: Place, context: Context) -> Truth:
        return either(
            *(
                _within_from_rows(source, [(None, ranges)], place, context)
                for source in self._attributes()
            )
        )

    def expressions_from_rows(self, place: Place, context: Context) -> Sequence[Any]:
        return [LatestOf(*(one.expressions(place, context)[0] for one in self._attributes()))]

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        values = [value for source in self._attributes() for value in source.read(row, facts)]
        return (max(values),) if values else ()

    def _attributes(self) -> list[Attribute]:
        return [registry.attribute(code) for code in self.sources]


def _stored(source: Attribute, place: Place, context: Context) -> Any:
    if isinstance(source, RolledUp):
        return source.stored(place, context)
    return source.expressions(place, context)[0]


def _within_from_rows(
    source: Attribute, zoned: ZonedRanges, place: Place, context: Context
) -> Truth:
    one = source.within_from_rows if isinstance(source, RolledUp) else source.within
    return one(zoned, place, context)
