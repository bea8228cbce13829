"""Attributes that are a figure over rows: their SQL, and how it is grouped by owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Exists, Min, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from conditions.attribute import Attribute, Flip
from conditions.bases.aggregates import Compiled, Figure, Loaded, exact_total
from conditions.bases.category import category_codes
from conditions.bases.column import lookup, unit_wrap
from conditions.bases.row_periods import RowPeriods
from conditions.language.operators import Operator, Takes
from conditions.language.types import CATEGORY, RangeType
from conditions.language.windows import ZonedRanges, contains
from conditions.sql.place import Context, Place, Relation, Rows
from conditions.sql.ranges import path_within
from conditions.sql.truth import NEVER, Truth, complement, existing

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts

# The name of the grouped value among the rows' own columns.
VALUE = "_value"


@dataclass(frozen=True, eq=False, kw_only=True)
class Aggregated(Attribute):
    """The aggregate of rows, as a value; the subclass defines the rows."""

    aggregate: Figure

    def over_relation(self) -> Relation:
        """Return the relation whose rows are aggregated.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def of(self) -> Attribute | None:
        """Return the attribute of the rows that is aggregated; None for `count`.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def periods(self) -> RowPeriods | None:
        """Return the periods in which rows are counted; None where it is about no periods."""
        return None

    def rows(self, place: Place, context: Context) -> Rows:
        """Return the rows, for the database.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def chosen(self, row: Any, facts: Facts) -> Sequence[Any]:
        """Return the rows that belong to `row`, for the evaluator.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    @property
    def zero(self) -> bool:
        """Return whether the value is 0 where there are no rows."""
        return self.aggregate.zero

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        if isinstance(self.type, RangeType):
            return super().truth(operator, value, place, context)
        # The latest text, code or yes or no; it is never 0 where there are no rows.
        return self._looked_up(operator, value, self.rows(place, context), place, context)

    def _looked_up(
        self, operator: Operator, value: Any, rows: Rows, place: Place, context: Context
    ) -> Truth:
        if self.type is CATEGORY and operator.takes is not Takes.NOTHING:
            codes = category_codes(operator, value, context)
            having = Truth(Q(**{f"{VALUE}__in": codes}))
        else:
            having = Truth(lookup(VALUE, self.type, operator, value))
        return _group_truth(self.value(rows, context), having, rows, place)

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        """Return that the value lies in one of the ranges for the customer's website."""
        rows = self.rows(place, context)
        existence = self._by_existence(zoned, rows, context)
        if existence is not None:
            return existence
        return in_ranges_by_row(
            self.value(rows, context), zoned, rows, place, zero=self.zero, wrap=self.wrap
        )

    def _by_existence(self, zoned: ZonedRanges, rows: Rows, context: Context) -> Truth | None:
        """Return the test as EXISTS, the cheaper form, where EXISTS is equivalent."""
        as_existence = self.aggregate.as_existence
        if as_existence is None or not all(len(ranges) == 1 for _websites, ranges in zoned):
            return None

        def rows_in_window() -> Truth:
            of = self.of()
            assert of is not None
            return of.within(zoned, rows.place, context)

        return as_existence([ranges[0] for _websites, ranges in zoned], rows, rows_in_window)

    def crossed(self, zoned: ZonedRanges, place: Place, context: Context) -> Iterator[Flip]:
        # An index finds the row whose value it is.
        of = self.of()
        if of is not None and any(ranges for _websites, ranges in zoned):
            rows = place.rows_of(self.over_relation())
            yield rows.place, rows.where(of.within(zoned, rows.place, context)).truth

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        rows = self.rows(place, context)
        value = rows.scalar(self.value(rows, context))
        return [Coalesce(value, 0) if self.zero else value]

    def value(
        self,
        rows: Rows,
        context: Context,
        *,
        only: Q | None = None,
        total: Callable[..., Any] = exact_total,
    ) -> Any:
        """Return the aggregate as SQL, in whole units where the type counts in them.

        `only` restricts the rows; `total` is the function that makes the sum.
        """
        return self.aggregate.sql(Compiled(self.of(), rows, context, only, total, self.periods()))

    @property
    def wrap(self) -> Any:
        """The function that converts the SQL value to the type of whole units."""
        return unit_wrap(self.type) if self.aggregate.picks else _as_it_is

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        return self.read_rows(self.chosen(row, facts), facts)

    def rows_behind(
        self, value: tuple[Any, ...], rows: Sequence[Any], facts: Facts
    ) -> Sequence[Any]:
        """Return those of `rows` that have determined the figure's `value`."""
        return self.aggregate.rows_behind(next(iter(value), None), self._loaded(rows, facts))

    def read_rows(self, rows: Sequence[Any], facts: Facts) -> tuple[Any, ...]:
        """Return the value over `rows`, all rows that count; nothing where it is missing."""
        value = self.aggregate.python(self._loaded(rows, facts))
        if value is None:
            return (Decimal(0),) if self.zero else ()
        return (value,)

    def _loaded(self, rows: Sequence[Any], facts: Facts) -> Loaded:
        inside = facts.inside(self.over_relation())
        return Loaded(self.of(), rows, inside, self.periods())


def _as_it_is(value: Any) -> Any:
    return value


def in_ranges_by_row(
    value: Any,
    zoned: ZonedRanges,
    rows: Rows,
    place: Place,
    *,
    zero: bool,
    wrap: Any,
) -> Truth:
    """Return that `value`, grouped by the outer row, lies in the ranges for the customer's website.

    With `zero` the value is 0 for an outer row without rows: where 0 lies in the ranges, the test
    is that the outer row is *not* among those whose value lies outside.
    """
    zero_fits = zero and any(contains(bounds, 0) for bounds in zoned[0][1])
    # The website stands beside the value in one grouping; a grouping for each zone costs as many.
    having = path_within(VALUE, rows.website_of(place), zoned, wrap)
    if zero_fits:
        return complement(_group_truth(value, complement(having), rows, place))
    return NEVER if having is NEVER else _group_truth(value, having, rows, place)


def each_holds(rows: Rows, truth: Truth, place: Place) -> Truth:
    """Return the test that the outer row has `rows` and that `truth` holds for each of them.

    The rows are searched only once, which pays where an index alone cannot find them.
    """
    chosen = Case(When(truth.q, then=Value(1)), default=Value(0))
    return _group_truth(Min(chosen), Truth(Q(**{VALUE: 1})), rows, place)


def _group_truth(value: Any, having: Truth, rows: Rows, place: Place) -> Truth:
    """Return that the outer row's `value`, grouped as in `in_ranges_by_row`, satisfies `having`."""
    groups = (
        rows.filtered(**{f"{rows.link}__isnull": False})
        .values(rows.link)
        .alias(**{VALUE: value})
        .filter(having.q)
    )
    if not place.disjunctive:
        return Truth(Q(pk__in=groups), certain=True)
    # Under "any" PostgreSQL runs such a sub-select for each row, unless it stands in an EXISTS.
    return existing(Exists(place.model._default_manager.filter(pk__in=groups, pk=OuterRef("pk"))))
