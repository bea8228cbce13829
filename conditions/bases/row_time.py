"""The time of a relation's rows: the relation's own, or a datetime attribute named by `at`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F

from conditions.attribute import Attribute
from conditions.language.windows import ZonedRanges
from conditions.sql.place import Context, Place, Relation
from conditions.sql.ranges import path_within
from conditions.sql.truth import Truth

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, eq=False)
class RowTime:
    """When a row of `relation` happened: at `Relation.time`, or at its value of `at`.

    `at` is a datetime attribute of the rows; without it the relation has a time of its own. A row
    may have no time.
    """

    relation: Relation
    at: Attribute | None = None

    @property
    def is_shared(self) -> bool:
        """Return whether the time belongs to another row that several share, such as an order."""
        if self.at is not None:
            return self.at.prefix != self.relation.prefix
        return "__" in self.relation.time

    def expression(self, place: Place, context: Context) -> Any:
        """Return the time of the row at `place`, a row of the relation, as SQL: an instant or NULL.

        Two rows are in order by it and, where it is equal, by their key `pk`.
        """
        return F(self.relation.time) if self.at is None else self.at.expressions(place, context)[0]

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        """Return that the time of the row at `place` lies in the ranges of its customer's website.

        Ranges are closed ranges of instants; unknown where the row has no time.
        """
        if self.at is not None:
            return self.at.within(zoned, place, context)
        return path_within(self.relation.time, place.website, zoned, lambda instant: instant)

    def is_known(self, place: Place, context: Context) -> Truth:
        """Return that the row at `place` has a time, for the database."""
        return self.within([(None, [(None, None)])], place, context)

    def of_row(self, row: Any, facts: Facts) -> datetime | None:
        """Return the time of `row` (an aware datetime), for the evaluator; None without one.

        `facts` are those of the row's customer, seen from a row of the relation.
        """
        if self.at is None:
            return self.relation.time_of(row)
        return next(iter(facts.read(self.at, row)), None)
