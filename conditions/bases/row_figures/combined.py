"""Attributes computed from several figures: an average gap, a difference, the latest instant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.row_figures.derived import Derived
from conditions.bases.row_figures.rolled_up import RolledUp
from conditions.language.windows import LocalClock
from conditions.sql.expressions import DayNumber, LatestOf, LocalDate, RoundedQuotient
from conditions.sql.place import Context, Place
from conditions.sql.ranges import by_zone
from conditions.sql.sources import Read, Source
from core.database.fields import UNITS_PER_ONE, rounded
from customers.models.rollup import Rollup

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, eq=False, kw_only=True)
class AverageGap(RolledUp):
    """(newest - oldest, in calendar days of the website) / (number - 1), over the same rows."""

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

    def stored(self, place: Place, context: Context) -> Any:
        values = [part.stored(place, context) for part in (self.newest, self.oldest, self.number)]
        return by_zone(context, place, lambda clock: _average_gap(clock, *values))

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        ends = (*self.oldest.read(row, facts), *self.newest.read(row, facts))
        (number,) = self.number.read(row, facts)
        if number < 2:
            return ()
        first, last = (facts.clock.date_of(end) for end in ends)
        return (rounded(Decimal((last - first).days) / (number - 1)),)


def _average_gap(clock: LocalClock, newest: Any, oldest: Any, number: Any) -> Any:
    last, first = (DayNumber(LocalDate(end, zone=clock.zone)) for end in (newest, oldest))
    return RoundedQuotient((last - first) * UNITS_PER_ONE, number - 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class Difference(RolledUp):
    """One aggregate minus another, both over the customer's rows."""

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

    def stored(self, place: Place, context: Context) -> Any:
        return self.plus.stored(place, context) - self.minus.stored(place, context)

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
    def stored_in(self) -> type[Rollup] | None:
        homes = {one.stored_in for one in self._attributes()}
        return self.home if homes == {self.home} else None

    def stored(self, place: Place, context: Context) -> Any:
        return LatestOf(*(self._stored(one, place, context) for one in self._attributes()))

    def _stored(self, source: Attribute, place: Place, context: Context) -> Any:
        if isinstance(source, RolledUp) and source.home is self.home:
            return source.stored(place, context)
        return source.expressions(place, context)[0]

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        values = [value for source in self._attributes() for value in source.read(row, facts)]
        return (max(values),) if values else ()

    def _attributes(self) -> list[Attribute]:
        return [registry.attribute(code) for code in self.sources]
