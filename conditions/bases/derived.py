"""Derived attributes of a customer: fixed aggregates of their rows, and what follows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from conditions import registry
from conditions.attribute import Attribute, Flip
from conditions.bases.aggregated import Aggregated, grouped
from conditions.bases.aggregates import FIGURES, Figure, average
from conditions.bases.rolled_up import OWNER, RolledUp, column, of_pending
from conditions.language.operators import Operator
from conditions.language.types import RangeType
from conditions.language.windows import (
    LocalClock,
    Ranges,
    ZonedRanges,
    crossed_ranges,
    days_of_elapsed,
    days_until_anniversary,
    instants_of_days,
)
from conditions.sql.expressions import DayNumber, DaysAhead, LatestOf, LocalDate, RoundedQuotient
from conditions.sql.place import Context, Place, Relation, Rows, every_row
from conditions.sql.ranges import by_zone, expression_within, in_zone
from conditions.sql.sources import Read, Source, at_end, of_relation, reads_of, reads_of_relation
from conditions.sql.truth import Truth, both, complement, either
from customers.fields import UNITS_PER_ONE, rounded

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, eq=False, kw_only=True)
class Derived(RolledUp, Aggregated):
    """A fixed aggregate of the rows of relation `over`, those with `where` (in Python `keeps`).

    `columns` are those of the roll-up that hold it: one, or for an average the sum and the number.
    """

    over: str
    aggregate: Figure = FIGURES["count"]
    of_code: str = ""
    where: Q = field(default_factory=Q)
    keeps: Callable[[Any], bool] = every_row
    # An average is missing without rows, unless it is said to be 0.
    zero_if_none: bool = False
    columns: tuple[str, ...] = ()

    def stored_figures(self) -> Iterator[Derived]:
        # One of several columns is made of others' figures.
        if len(self.columns) == 1:
            yield self

    def over_relation(self) -> Relation:
        return registry.relation(self.over)

    def of(self) -> Attribute | None:
        return registry.attribute(self.of_code) if self.of_code else None

    @property
    def zero(self) -> bool:
        return self.aggregate.zero or self.zero_if_none

    def reads(self, source: Source) -> Iterator[Read]:
        relation, of = self.over_relation(), self.of()
        rows = of_relation(relation)
        yield from reads_of_relation(relation)
        yield from reads_of(rows, self.where)
        if of is not None:
            yield from of.reads(at_end(rows, relation.paths[of.prefix]))

    def rows(self, place: Place, context: Context) -> Rows:
        return place.rows_of(self.over_relation()).where(Truth(self.where))

    def chosen(self, row: Any, facts: Facts) -> Sequence[Any]:
        return [one for one in facts.rows(self.over_relation()) if self.keeps(one)]

    @property
    def is_stored(self) -> bool:
        return bool(self.columns)

    def stored(self, place: Place, context: Context) -> Any:
        if len(self.columns) == 1:
            return column(self.columns[0])
        of = self.of()
        assert of is not None
        value = average(of, *(column(name) for name in self.columns))
        return Coalesce(value, 0) if self.zero else value

    def within_anew(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        if not self.is_stored:
            return Aggregated.within(self, zoned, place, context)
        rows = of_pending(self.rows(place, context))
        value = self.value(rows, context)
        return grouped(value, zoned, rows, place, zero=self.zero, wrap=self.wrap, owner=OWNER)

    def expressions_anew(self, place: Place, context: Context) -> Sequence[Any]:
        return Aggregated.expressions(self, place, context)


@dataclass(frozen=True, eq=False, kw_only=True)
class AverageGap(RolledUp):
    """(newest - oldest, in calendar days of the website) / (number - 1): all of the same rows."""

    newest: Derived
    oldest: Derived
    number: Derived

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

    def within_anew(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        rows = of_pending(self.newest.rows(place, context))
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
                        owner=OWNER,
                    ),
                )
                for websites, clock in context.moment.clocks
                for _all, ranges in zoned
            )
        )

    def expressions_anew(self, place: Place, context: Context) -> Sequence[Any]:
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

    def within_anew(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        (value,) = self.expressions_anew(place, context)
        return either(*(expression_within(value, ranges) for _all, ranges in zoned))

    def expressions_anew(self, place: Place, context: Context) -> Sequence[Any]:
        (plus,), (minus,) = (
            part.expressions_anew(place, context) for part in (self.plus, self.minus)
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

    def stored(self, place: Place, context: Context) -> Any:
        return LatestOf(*(_stored(one, place, context) for one in self._attributes()))

    def within_anew(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
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
                _within_anew(source, [(None, ranges)], place, context)
                for source in self._attributes()
            )
        )

    def expressions_anew(self, place: Place, context: Context) -> Sequence[Any]:
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


def _within_anew(source: Attribute, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
    one = source.within_anew if isinstance(source, RolledUp) else source.within
    return one(zoned, place, context)


NEVER_HAPPENED = Decimal("Infinity")


@dataclass(frozen=True, eq=False, kw_only=True)
class DaysSince(Attribute):
    """Calendar days since the instant that attribute `since` is, in the website's zone.

    With `infinite` a missing instant counts as infinitely long ago.
    """

    since: Attribute | str

    def stored_figures(self) -> Iterator[Derived]:
        return self._source().stored_figures()

    def reads(self, source: Source) -> Iterator[Read]:
        return self._source().reads(source)

    @property
    def moves(self) -> bool:
        return True

    def flips(
        self, operator: Operator, value: Any, place: Place, earlier: Context, later: Context
    ) -> Iterator[Flip]:
        assert isinstance(self.type, RangeType)
        ((_all, ranges),) = self.type.zoned(operator, value, later.moment)
        before, after = (
            context.moment.per_zone(lambda clock: _instants(ranges, clock))
            for context in (earlier, later)
        )
        zoned = crossed_ranges(before, after, later.moment)
        yield from self._source().crossed(zoned, place, later)

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        (_all, ranges) = zoned[0]
        source = self._source()
        if len(ranges) > 1:
            # Many single days: instants of each in each zone would be more than a database takes.
            return expression_within(self.expressions(place, context)[0], ranges)
        truth = source.within(
            context.moment.per_zone(lambda clock: _instants(ranges, clock)), place, context
        )
        if self.infinite and any(high is None for _low, high in ranges):
            return either(
                truth, complement(source.within([(None, [(None, None)])], place, context))
            )
        return truth

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        (instant,) = self._source().expressions(place, context)
        return [
            by_zone(
                context,
                place,
                lambda clock: (
                    Value(clock.today.toordinal()) - DayNumber(LocalDate(instant, zone=clock.zone))
                ),
            )
        ]

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        instants = self._source().read(row, facts)
        if not instants:
            return (NEVER_HAPPENED,) if self.infinite else ()
        return ((facts.clock.today - facts.clock.date_of(instants[0])).days,)

    def _source(self) -> Attribute:
        return self.since if isinstance(self.since, Attribute) else registry.attribute(self.since)


def _instants(ranges: Ranges, clock: LocalClock) -> Ranges:
    """Return the instants whose days since lie in `ranges`."""
    found = []
    for low, high in ranges:
        days = days_of_elapsed(low, high, clock.today)
        span = None if days is None else instants_of_days(days[0], days[1], clock.zone)
        if span is not None:
            found.append(span)
    return found


@dataclass(frozen=True, eq=False, kw_only=True)
class DaysUntilAnniversary(Attribute):
    """Days from today (of the website) to the next anniversary of the date `of_code`."""

    of_code: str
    # Merchants ask who has it soon.
    usual: str = "lte"

    def reads(self, source: Source) -> Iterator[Read]:
        return registry.attribute(self.of_code).reads(source)

    @property
    def moves(self) -> bool:
        return True

    def flips(
        self, operator: Operator, value: Any, place: Place, earlier: Context, later: Context
    ) -> Iterator[Flip]:
        assert isinstance(self.type, RangeType)
        ((_all, ranges),) = self.type.zoned(operator, value, later.moment)
        source = registry.attribute(self.of_code)
        yield source.anniversary_flips(ranges, place, earlier, later)

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        (_all, ranges) = zoned[0]
        return registry.attribute(self.of_code).anniversary(ranges, place, context)

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        (day,) = registry.attribute(self.of_code).expressions(place, context)
        return [by_zone(context, place, lambda clock: DaysAhead(day, today=clock.today))]

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        return tuple(
            days_until_anniversary(born, facts.clock.today)
            for born in registry.attribute(self.of_code).read(row, facts)
        )
