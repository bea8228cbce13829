"""Aggregates over rows: their SQL, and beside it their reading in Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conditions.attribute import Attribute, Flip, path_within
from conditions.bases.column import unit_wrap
from conditions.language.operators import Words
from conditions.language.types import INTEGER, NUMBER, CodeType, TextType, ValueType
from conditions.language.windows import Range, ZonedRanges
from conditions.sql.expressions import RoundedQuotient, WholeSum
from conditions.sql.place import Context, Place, Relation, Rows
from conditions.sql.truth import NEVER, Truth, complement, existing
from customers.fields import UNITS_PER_ONE, rounded
from customers.folding import fold

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True)
class Aggregate:
    """What a relation group says of the rows that it chooses."""

    name: str
    words: Words
    needs_of: bool = False
    compares: bool = True
    # 0 where no row has a value; otherwise missing.
    zero: bool = False


AGGREGATES = {
    aggregate.name: aggregate
    for aggregate in (
        Aggregate("exists", _("there is one"), compares=False),
        Aggregate("not_exists", _("there is none"), compares=False),
        Aggregate("every", _("there are some, and each"), compares=False),
        Aggregate("count", pgettext_lazy("aggregate", "number"), zero=True),
        Aggregate("sum", _("sum"), needs_of=True, zero=True),
        Aggregate("avg", _("average"), needs_of=True),
        Aggregate("min", _("smallest"), needs_of=True),
        Aggregate("max", _("largest"), needs_of=True),
        Aggregate("count_distinct", _("number of different values"), needs_of=True, zero=True),
    )
}


def exact_total(column: Any, **only: Any) -> Any:
    """Return the sum, 0 where there is nothing to add up."""
    return Coalesce(WholeSum(column, **only), 0)


def result_type(aggregate: Aggregate, of: Attribute | None) -> ValueType:
    """Return the type of what `aggregate` gives."""
    if aggregate.name in {"count", "count_distinct"} or of is None:
        return INTEGER
    if aggregate.name == "avg" and of.type is INTEGER:
        return NUMBER
    return of.type


@dataclass(frozen=True, eq=False, kw_only=True)
class Aggregated(Attribute):
    """The aggregate of rows, as a value; the rows are the subclass's business."""

    aggregate: Aggregate

    def over_relation(self) -> Relation:
        """Return the relation whose rows are aggregated."""
        raise NotImplementedError

    def of(self) -> Attribute | None:
        """Return the attribute of the rows that is aggregated; None for `count`."""
        raise NotImplementedError

    def rows(self, place: Place, context: Context) -> Rows:
        """Return the rows, for the database."""
        raise NotImplementedError

    def chosen(self, row: Any, facts: Facts) -> Sequence[Any]:
        """Return the rows that belong to `row`, for the evaluator."""
        raise NotImplementedError

    @property
    def zero(self) -> bool:
        """Whether the value is 0 where there are no rows."""
        return self.aggregate.zero

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        """Return that the value lies in one of the ranges for the customer's website."""
        rows = self.rows(place, context)
        existence = self._by_existence(zoned, rows, context)
        if existence is not None:
            return existence
        return grouped(
            self.value(rows, context), zoned, rows, place, zero=self.zero, wrap=self.wrap
        )

    def _by_existence(self, zoned: ZonedRanges, rows: Rows, context: Context) -> Truth | None:
        """Return the test as EXISTS where it says no more than that; it is the cheaper form."""
        if not all(len(ranges) == 1 for _websites, ranges in zoned):
            return None
        bounds = [ranges[0] for _websites, ranges in zoned]
        of = self.of()
        match self.aggregate.name:
            case "count" if bounds == [(1, None)]:
                return rows.some()
            case "count" if bounds in ([(0, 0)], [(None, 0)]):
                return complement(rows.some())
            case "max" if of is not None and all(high is None for _low, high in bounds):
                return rows.where(of.within(zoned, rows.place, context)).some()
            case "min" if of is not None and all(low is None for low, _high in bounds):
                return rows.where(of.within(zoned, rows.place, context)).some()
        return None

    def crossed(self, zoned: ZonedRanges, place: Place, context: Context) -> Iterator[Flip]:
        # The first or last instant is that of a row, which an index finds.
        of = self.of()
        if of is not None and any(ranges for _websites, ranges in zoned):
            rows = place.rows_of(self.over_relation())
            yield rows.place, rows.where(of.within(zoned, rows.place, context)).truth

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        rows = self.rows(place, context)
        value = rows.scalar(self.value(rows, context))
        return [Coalesce(value, 0) if self.zero else value]

    def value(
        self, rows: Rows, context: Context, *, only: Q | None = None, total: Any = exact_total
    ) -> Any:
        """Return the aggregate as SQL, in whole units where the type counts in them.

        `only` says which of the rows count; `total` is what adds up.
        """
        of = self.of()
        if of is None:
            return Count("pk", filter=only)
        column = of.expressions(rows.place, context)[0]
        match self.aggregate.name:
            case "sum":
                return total(column, filter=only)
            case "avg":
                return average(of, WholeSum(column), Count(column))
            case "min":
                return Min(column, filter=only)
            case "max":
                return Max(column, filter=only)
            case _:
                empty = isinstance(of.type, TextType | CodeType)
                value = NullIf(column, Value("")) if empty else column
                return Count(value, distinct=True, filter=only)

    @property
    def wrap(self) -> Any:
        """What makes the SQL value's own kind of a whole unit."""
        return unit_wrap(self.type) if self.aggregate.name in {"min", "max"} else _as_it_is

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        inside = facts.inside(self.over_relation())
        value = aggregate_value(self.aggregate, self.of(), self.chosen(row, facts), inside)
        if value is None:
            return (Decimal(0),) if self.zero else ()
        return (value,)


def average(of: Attribute, total: Any, number: Any) -> Any:
    """Return the average of `number` values of `of` whose sum is `total`, both as SQL."""
    units = UNITS_PER_ONE if of.type is INTEGER else 1
    return RoundedQuotient(total * units, number)


def _as_it_is(value: Any) -> Any:
    return value


def aggregate_value(
    aggregate: Aggregate, of: Attribute | None, rows: Sequence[Any], facts: Facts
) -> Any:
    """Return the aggregate of `rows` in Python; None where it is missing."""
    if of is None:
        return len(rows)
    values = [value for row in rows for value in of.read(row, facts)]
    match aggregate.name:
        case "sum":
            return sum(values, Decimal(0))
        case "count_distinct":
            folds = isinstance(of.type, TextType)
            return len({fold(value) if folds else value for value in values})
    if not values:
        return None
    match aggregate.name:
        case "avg":
            return rounded(Decimal(sum(values)) / len(values))
        case "min":
            return min(values)
        case _:
            return max(values)


def grouped(
    value: Any,
    zoned: ZonedRanges,
    rows: Rows,
    place: Place,
    *,
    zero: bool,
    wrap: Any,
    owner: str = "pk",
) -> Truth:
    """Return that `value`, grouped by the outer row, lies in the ranges for the customer's website.

    `owner` is the path from the outer row to the key by which its rows are grouped.

    With `zero` the value is 0 for an outer row without rows: where 0 lies in the ranges, the test
    is that the outer row is *not* among those whose value lies outside.
    """
    zero_fits = zero and any(_contains(bounds, 0) for bounds in zoned[0][1])
    truth = _among(value, zoned, rows, place, wrap, owner, outside=zero_fits)
    return complement(truth) if zero_fits else truth


def _contains(bounds: Range, value: int) -> bool:
    low, high = bounds
    return (low is None or low <= value) and (high is None or value <= high)


def _among(
    value: Any,
    zoned: ZonedRanges,
    rows: Rows,
    place: Place,
    wrap: Any,
    owner: str,
    *,
    outside: bool,
) -> Truth:
    """Return that the outer row's grouped value lies in the ranges, or `outside` them."""
    # The website stands beside the value in one grouping; a grouping for each zone costs as many.
    having = path_within("_value", rows.website_of(place), zoned, wrap)
    if outside:
        having = complement(having)
    elif having is NEVER:
        return NEVER
    groups = (
        rows.filtered(**{f"{rows.link}__isnull": False})
        .values(rows.link)
        .alias(_value=value)
        .filter(having.q)
    )
    if not place.disjunctive or owner != "pk":
        return Truth(Q(**{f"{owner}__in": groups}), certain=True)
    # Under "any" the planner asks such a sub-select row by row, unless it stands in an EXISTS.
    return existing(Exists(place.model._default_manager.filter(pk__in=groups, pk=OuterRef("pk"))))
