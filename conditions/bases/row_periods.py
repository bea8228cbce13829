"""The periods in which the rows of a relation lie by their time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Case, IntegerField, Value, When
from django.db.models.lookups import GreaterThanOrEqual

from conditions.attribute import Flip
from conditions.bases.row_time import RowTime
from conditions.language.periods import Periods
from conditions.language.windows import LocalClock, crossed_ranges
from conditions.sql.place import Context, Place
from conditions.sql.ranges import by_zone
from conditions.sql.truth import Truth

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, eq=False)
class RowPeriods:
    """`periods` of the customer's website, and the `time` by which rows lie in them."""

    time: RowTime
    periods: Periods

    def within(self, place: Place, context: Context) -> Truth:
        """Return that the row at `place` lies in one of the periods, for the database."""
        return self.time.within(self.periods.ranges(context.moment), place, context)

    def after(self, place: Place, context: Context) -> Truth:
        """Return that the row at `place` lies after the periods, for the database."""
        return self.time.within(self.periods.following(context.moment), place, context)

    def number(self, place: Place, context: Context) -> Any:
        """Return the number of the period, from 1, of a row at `place` in one of them, as SQL."""
        instant = self.time.expression(place, context)

        def number_in(clock: LocalClock) -> Case:
            starts = list(enumerate(self.periods.starts(clock)[:-1], start=1))
            # From the last period backwards: a day that the zone skips is empty and begins with the
            # next.
            return Case(
                *(
                    When(GreaterThanOrEqual(instant, start), then=Value(number))
                    for number, start in reversed(starts)
                ),
                output_field=IntegerField(),
            )

        return by_zone(context, place, number_in)

    def number_of(self, row: Any, facts: Facts) -> int | None:
        """Return the number of the period, from 1, in which `row` lies; None outside of all.

        `facts` are those of the row's customer, seen from a row of the relation.
        """
        instant = self.time.of_row(row, facts)
        return None if instant is None else self.periods.number_of(instant, facts.clock)

    def is_after(self, row: Any, facts: Facts) -> bool:
        """Return whether `row` lies after the periods; `facts` are as in `number_of`."""
        instant = self.time.of_row(row, facts)
        return instant is not None and self.periods.is_after(instant, facts.clock)

    def crossed(self, place: Place, earlier: Context, later: Context) -> Iterator[Flip]:
        """Yield the rows at `place` that have entered or left the periods between the two moments.

        The number of periods with rows, and whether the first and the last period have rows, change
        only with such rows.
        """
        before, after = (self.periods.ranges(one.moment) for one in (earlier, later))
        zoned = crossed_ranges(before, after, later.moment)
        if any(ranges for _websites, ranges in zoned):
            yield place, self.time.within(zoned, place, later)
