"""Limits of a relation group: the first or the last rows of a relation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from conditions.bases.row_time import RowTime
from conditions.evaluator.facts import Facts
from conditions.evaluator.verdict import Verdict, over_rows
from conditions.nodes.tree import Group
from conditions.sql.place import Context, Rows

# The name of a row's place among its customer's rows, next to the rows' own columns.
NUMBER = "_number"
MOST_ROWS = 1_000


@dataclass(frozen=True, eq=False)
class RowLimit:
    """The `number` first or last rows (by `end`) of those that `group` chooses, by their `time`.

    Of rows at the same time, the row with the smaller key is the earlier one. Rows without a time
    are neither first nor last. Where there are fewer rows, all of them are taken. `is_group`: the
    tree has the group, with a path.
    """

    end: str
    number: int
    time: RowTime
    group: Group
    is_group: bool

    def limited(self, rows: Rows, context: Context) -> Rows:
        """Return these rows of each customer, out of `rows`, for the database."""
        if self.group.conditions:
            rows = rows.where(self.group.truth(rows.place, context))
        return ends_of(rows, self.end, self.number, self.time, context)

    def chosen(self, rows: Sequence[Any], facts: Facts) -> list[Any]:
        """Return these rows of a customer, in the order of their keys, for the evaluator.

        `facts` are those of the customer, seen from a row; `rows` are in the order of their keys.
        """
        timed = [
            (time, place)
            for place, row in enumerate(rows)
            if (time := self.time.of_row(row, facts)) is not None and self.group.holds(row, facts)
        ]
        timed.sort()
        kept = timed[-self.number :] if self.end == "last" else timed[: self.number]
        return [rows[place] for place in sorted(place for _time, place in kept)]

    def evaluate(self, rows: Sequence[Any], facts: Facts) -> Verdict:
        """Return the number of a customer's `rows` for which the group and its conditions hold."""
        verdicts = [self.group.evaluate(row, facts) for row in rows]
        (found,) = over_rows([self.group], [[verdict] for verdict in verdicts])
        return found


def ends_of(rows: Rows, end: str, number: int, time: RowTime, context: Context) -> Rows:
    """Return the `number` first or last (`end`) of the `rows` of each customer by their `time`.

    For the database. Rows without a time are neither first nor last.
    """
    rows = rows.where(time.is_known(rows.place, context))
    named = {NUMBER + "_time": time.expression(rows.place, context)}
    both = [F(NUMBER + "_time"), F("pk")]
    in_order = [key.desc() if end == "last" else key.asc() for key in both]
    place = Window(RowNumber(), partition_by=[F(rows.link)], order_by=in_order)
    numbered = (
        rows.filtered(**{f"{rows.link}__isnull": False})
        .annotate(**named)
        .annotate(**{NUMBER: place})
        .filter(**{f"{NUMBER}__lte": number})
    )

    def of_one(owner: OuterRef) -> QuerySet[Any, Any]:
        its = replace(rows, only=None).filtered(**{rows.link: owner})
        keys: QuerySet[Any, Any] = its.annotate(**named).order_by(*in_order).values("pk")
        return keys[:number]

    return replace(rows, q=Q(pk__in=numbered.values("pk")), ends=(Q(), of_one))
