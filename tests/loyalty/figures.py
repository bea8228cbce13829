"""Conditions whose values are stored for each customer, and one that reads its facts itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, ExpressionWrapper, F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.aggregates import FIGURES as FIGURES_OF_ROWS
from conditions.bases.elapsed import DaysSince
from conditions.bases.row_figures.derived import Derived
from conditions.language import types
from conditions.language.counted import days
from conditions.language.windows import ZonedRanges
from conditions.registry import Family
from conditions.sql.place import Context, Place
from conditions.sql.ranges import expression_within
from conditions.sql.sources import Read, Source, columns_on_path, join_source
from conditions.sql.truth import Truth
from tests.loyalty.models import PointsEntry, PointsRollup

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts

POINTS_IN_ALL = Derived(
    code="loyalty.points_in_all",
    label=_("Points in all"),
    type=types.NUMBER,
    over="points_entries",
    aggregate=FIGURES_OF_ROWS["sum"],
    of_code="points_entry.points",
    rollup=PointsRollup,
    columns=("points",),
    always_known=True,
    search_words=_("bonus stamps collected"),
)
ENTRIES = Derived(
    code="loyalty.entries",
    label=_("Number of entries"),
    type=types.INTEGER,
    over="points_entries",
    rollup=PointsRollup,
    columns=("entries",),
    always_known=True,
    minimum=0,
)
LAST_ENTRY = Derived(
    code="loyalty.last_entry_at",
    label=_("Last entry"),
    type=types.DATETIME,
    over="points_entries",
    aggregate=FIGURES_OF_ROWS["max"],
    of_code="points_entry.at",
    rollup=PointsRollup,
    columns=("last_entry_at",),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class PointsAtFirst(Attribute):
    """The points of a customer's first entry."""

    def reads(self, source: Source) -> Iterator[Read]:
        entries = join_source(source, "pk", PointsEntry, "customer")
        for path in ("customer", "points", "at"):
            yield from columns_on_path(entries, path)

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        (points,) = self.expressions(place, context)
        return expression_within(points, zoned[0][1])

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        entries = _in_order().filter(customer=OuterRef("pk"))
        points = ExpressionWrapper(F("points"), output_field=BigIntegerField())
        return [Subquery(entries.annotate(units=points).values("units")[:1])]

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        points = facts.loaded(points_at_first)
        return () if points is None else (points,)


def points_at_first(customers: Collection[int]) -> Mapping[int, Decimal]:
    """Return the points of the first entries of `customers`, by their ids."""
    entries = _in_order(last_first=True).filter(customer__in=customers)
    return dict(entries.values_list("customer", "points"))


def _in_order(*, last_first: bool = False) -> QuerySet[PointsEntry]:
    entries = PointsEntry.objects.order_by("at", "pk")
    return entries.reverse() if last_first else entries


FIGURES = Family(
    _("Loyalty"),
    attributes=[
        POINTS_IN_ALL,
        ENTRIES,
        LAST_ENTRY,
        DaysSince(
            code="loyalty.days_since_last_entry",
            label=_("Days since last entry"),
            type=types.INTEGER,
            unit=days,
            since="loyalty.last_entry_at",
        ),
        PointsAtFirst(
            code="loyalty.points_at_first",
            label=_("Points at first"),
            type=types.NUMBER,
        ),
    ],
)
