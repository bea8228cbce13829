"""Derived attributes of a customer: fixed aggregates of their rows, and what follows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, DateTimeField, Max, Min, Q, Value
from django.db.models.functions import Coalesce, Greatest, NullIf

from conditions import registry
from conditions.attribute import Attribute, Flip, by_zone, expression_within, in_zone
from conditions.bases.aggregated import AGGREGATES, Aggregate, Aggregated, grouped
from conditions.expressions import DayNumber, DaysAhead, LocalDate, RoundedQuotient
from conditions.operators import Operator
from conditions.place import Context, Place, Relation, Rows, every_row
from conditions.truth import Truth, both, complement, either
from conditions.types import RangeType
from conditions.windows import (
    LocalClock,
    Ranges,
    ZonedRanges,
    changed_ranges,
    days_of_elapsed,
    days_until_anniversary,
    instants_of_days,
)
from customers.fields import UNITS_PER_ONE, rounded

if TYPE_CHECKING:
    from conditions.facts import Facts


@dataclass(frozen=True, eq=False, kw_only=True)
class Derived(Aggregated):
    """A fixed aggregate of the rows of relation `over`, those with `where` (in Python `keeps`)."""

    over: str
    aggregate: Aggregate = AGGREGATES["count"]
    of_code: str = ""
    where: Q = field(default_factory=Q)
    keeps: Callable[[Any], bool] = every_row
    # An average is missing without rows, unless it is said to be 0.
    zero_if_none: bool = False

    def over_relation(self) -> Relation:
        return registry.relation(self.over)

    def of(self) -> Attribute | None:
        return registry.attribute(self.of_code) if self.of_code else None

    @property
    def zero(self) -> bool:
        return self.aggregate.zero or self.zero_if_none

    def rows(self, place: Place, context: Context) -> Rows:
        return place.rows_of(self.over_relation()).where(Truth(self.where))

    def chosen(self, row: Any, facts: Facts) -> Sequence[Any]:
        return [one for one in facts.rows(self.over_relation()) if self.keeps(one)]


@dataclass(frozen=True, eq=False, kw_only=True)
class AverageGap(Attribute):
    """(newest - oldest, in calendar days of the website) / (n - 1) of the rows of `over`."""

    over: str
    at: str
    where: Q = field(default_factory=Q)
    keeps: Callable[[Any], bool] = every_row

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        rows = self._rows(place)
        return either(
            *(
                in_zone(
                    place.website,
                    websites,
                    grouped(
                        self._value(clock),
                        [(None, ranges)],
                        rows,
                        place,
                        zero=False,
                        wrap=lambda n: n,
                    ),
                )
                for websites, clock in context.moment.clocks
                for _all, ranges in zoned
            )
        )

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        rows = self._rows(place)
        return [by_zone(context, place, lambda clock: rows.scalar(self._value(clock)))]

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        days = sorted(
            facts.clock.date_of(getattr(one, self.at))
            for one in facts.rows(registry.relation(self.over))
            if self.keeps(one)
        )
        if len(days) < 2:
            return ()
        return (rounded(Decimal((days[-1] - days[0]).days) / (len(days) - 1)),)

    def _rows(self, place: Place) -> Rows:
        return place.rows_of(registry.relation(self.over)).where(Truth(self.where))

    def _value(self, clock: LocalClock) -> Any:
        newest = DayNumber(LocalDate(Max(self.at), zone=clock.zone))
        oldest = DayNumber(LocalDate(Min(self.at), zone=clock.zone))
        return RoundedQuotient((newest - oldest) * UNITS_PER_ONE, Count("pk") - 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class Difference(Attribute):
    """One aggregate minus another, each of the customer's rows."""

    plus: Derived
    minus: Derived

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        (value,) = self.expressions(place, context)
        return either(*(expression_within(value, ranges) for _all, ranges in zoned))

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        (plus,), (minus,) = (part.expressions(place, context) for part in (self.plus, self.minus))
        return [plus - minus]

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        (plus,), (minus,) = (part.read(row, facts) for part in (self.plus, self.minus))
        return (plus - minus,)


@dataclass(frozen=True, eq=False, kw_only=True)
class Latest(Attribute):
    """The latest of several instants, missing ones left out."""

    sources: tuple[str, ...]

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
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
            *(source.within([(None, ranges)], place, context) for source in self._attributes())
        )

    def crossed(self, zoned: ZonedRanges, place: Place, context: Context) -> Iterator[Flip]:
        for source in self._attributes():
            yield from source.crossed(zoned, place, context)

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        # SQLite's MAX(a, b) is NULL where one is: the oldest instant stands in for a missing one.
        oldest = Value(datetime(1, 1, 4, tzinfo=UTC), output_field=DateTimeField())
        values = [
            Coalesce(source.expressions(place, context)[0], oldest) for source in self._attributes()
        ]
        return [NullIf(Greatest(*values), oldest)]

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        values = [value for source in self._attributes() for value in source.read(row, facts)]
        return (max(values),) if values else ()

    def _attributes(self) -> list[Attribute]:
        return [registry.attribute(code) for code in self.sources]


NEVER_HAPPENED = Decimal("Infinity")


@dataclass(frozen=True, eq=False, kw_only=True)
class DaysSince(Attribute):
    """Calendar days since the instant that attribute `since` is, in the website's zone.

    With `infinite` a missing instant counts as infinitely long ago.
    """

    since: Attribute | str
    infinite: bool = False

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
        zoned = changed_ranges(before, after, later.moment)
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
