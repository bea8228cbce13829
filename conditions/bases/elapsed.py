"""Days since an instant of a customer, and days until an anniversary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Value

from conditions import registry
from conditions.attribute import Attribute, Flip
from conditions.bases.row_figures.derived import Derived
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
from conditions.sql.expressions import DayNumber, DaysAhead, LocalDate
from conditions.sql.place import Context, Place
from conditions.sql.ranges import by_zone, expression_within
from conditions.sql.sources import Read, Source
from conditions.sql.truth import Truth, any_of, complement

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts
    from customers.models.rollup import Rollup


NEVER_HAPPENED = Decimal("Infinity")


@dataclass(frozen=True, eq=False, kw_only=True)
class DaysSince(Attribute):
    """Calendar days since the instant of the attribute `since`, in the website's zone.

    With `infinite` a missing instant counts as infinitely long ago.
    """

    since: Attribute | str

    def stored_figures(self) -> Iterator[Derived]:
        return self._source().stored_figures()

    @property
    def stored_in(self) -> type[Rollup] | None:
        return self._source().stored_in

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
            # Many single days: the instants of each day in each zone would be too many for a
            # database.
            return expression_within(self.expressions(place, context)[0], ranges)
        truth = source.within(
            context.moment.per_zone(lambda clock: _instants(ranges, clock)), place, context
        )
        if self.infinite and any(high is None for _low, high in ranges):
            return any_of(
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
    """Return the ranges of instants that are so many days ago as `ranges` allow."""
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
    # Merchants mostly look for anniversaries that come soon.
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
