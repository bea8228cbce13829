"""The figures of chosen rows that conditions compare with a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Max, Min, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conditions.bases.aggregates.base import Compiled, Figure, Loaded
from conditions.language.types import (
    INTEGER,
    NUMBER,
    CodeType,
    NumberType,
    RangeType,
    TextType,
    ValueType,
)
from conditions.language.windows import Ranges
from conditions.sql.expressions import LatestValue, LowerMedian, RoundedQuotient, WholeSum
from conditions.sql.place import Rows
from conditions.sql.truth import Truth, complement
from core.database.fields import UNITS_PER_ONE, rounded
from core.text.folding import fold

if TYPE_CHECKING:
    from conditions.attribute import Attribute


def exact_total(column: Any, **only: Any) -> Any:
    """Return the sum; 0 where there are no values."""
    return Coalesce(WholeSum(column, **only), 0)


def average(of: Attribute, total: Any, number: Any, *, zero: bool = False) -> Any:
    """Return the average of `number` values of `of` whose sum is `total`, both as SQL.

    Without values it is 0 with `zero`, or else missing.
    """
    total = total * UNITS_PER_ONE if of.type is INTEGER else total
    return RoundedQuotient(total, number, zero=zero)


def _average(rows: Compiled) -> Any:
    assert rows.of is not None
    total = WholeSum(rows.column, filter=rows.only)
    return average(rows.of, total, Count(rows.column, filter=rows.only))


def _average_of(values: list[Any]) -> Decimal | None:
    return rounded(Decimal(sum(values)) / len(values)) if values else None


def _lower_median(values: list[Any]) -> Any:
    return sorted(values)[(len(values) - 1) // 2] if values else None


def _latest(rows: Compiled) -> Any:
    return LatestValue(rows.column, F(rows.rows.relation.time), F("pk"), filter=rows.only)


def _latest_row(rows: Loaded) -> Any:
    # The rows are in the order of their keys: of rows with equal times, `max` takes the last one.
    return max(reversed(rows.rows), key=rows.order_of, default=None)


def _latest_of(rows: Loaded) -> Any:
    latest = _latest_row(rows)
    return None if latest is None else next(iter(rows.of_row(latest)), None)


def _count_distinct(rows: Compiled) -> Any:
    assert rows.of is not None
    empty = isinstance(rows.of.type, TextType | CodeType)
    value = NullIf(rows.column, Value("")) if empty else rows.column
    return Count(value, distinct=True, filter=rows.only)


def _number_of_different(rows: Loaded) -> int:
    assert rows.of is not None
    folds = isinstance(rows.of.type, TextType)
    return len({fold(value) if folds else value for value in rows.values})


def _periods(rows: Compiled) -> Any:
    assert rows.periods is not None
    number = rows.periods.number(rows.rows.place, rows.context)
    return Count(number, distinct=True, filter=rows.only)


def _number_of_periods(rows: Loaded) -> int:
    assert rows.periods is not None
    return len({rows.periods.number_of(row, rows.facts) for row in rows.rows} - {None})


def _is_number(type_: ValueType) -> bool:
    return isinstance(type_, NumberType)


def _has_order(type_: ValueType) -> bool:
    return isinstance(type_, RangeType)


def _is_any(_type: ValueType) -> bool:
    return True


def _keep_type(type_: ValueType) -> ValueType:
    return type_


def _integer(_type: ValueType) -> ValueType:
    return INTEGER


def _count_as_existence(bounds: Ranges, rows: Rows, _within: Callable[[], Truth]) -> Truth | None:
    if list(bounds) == [(1, None)]:
        return rows.some()
    return complement(rows.some()) if list(bounds) in ([(0, 0)], [(None, 0)]) else None


def _max_as_existence(bounds: Ranges, rows: Rows, within: Callable[[], Truth]) -> Truth | None:
    return rows.where(within()).some() if all(high is None for _low, high in bounds) else None


def _min_as_existence(bounds: Ranges, rows: Rows, within: Callable[[], Truth]) -> Truth | None:
    return rows.where(within()).some() if all(low is None for low, _high in bounds) else None


FIGURES: Mapping[str, Figure] = {
    one.name: one
    for one in (
        Figure(
            name="count",
            words=pgettext_lazy("aggregate", "number"),
            result=_integer,
            sql=lambda rows: Count("pk", filter=rows.only),
            python=lambda rows: len(rows.rows),
            zero=True,
            minimum=0,
            as_existence=_count_as_existence,
        ),
        Figure(
            name="sum",
            words=_("sum"),
            said=_("the sum of %(of)s of %(rows)s%(where)s"),
            takes=_is_number,
            result=_keep_type,
            sql=lambda rows: rows.total(rows.column, filter=rows.only),
            python=lambda rows: sum(rows.values, Decimal(0)),
            zero=True,
            may_overflow=True,
        ),
        Figure(
            name="avg",
            words=_("average"),
            said=_("the average of %(of)s of %(rows)s%(where)s"),
            takes=_is_number,
            result=lambda type_: NUMBER if type_ is INTEGER else type_,
            sql=_average,
            python=lambda rows: _average_of(rows.values),
        ),
        Figure(
            name="min",
            words=_("smallest"),
            said=_("the smallest %(of)s of %(rows)s%(where)s"),
            said_of_dates=_("the earliest %(of)s of %(rows)s%(where)s"),
            takes=_has_order,
            result=_keep_type,
            sql=lambda rows: Min(rows.column, filter=rows.only),
            python=lambda rows: min(rows.values, default=None),
            picks=True,
            as_existence=_min_as_existence,
        ),
        Figure(
            name="max",
            words=_("largest"),
            said=_("the largest %(of)s of %(rows)s%(where)s"),
            said_of_dates=_("the latest %(of)s of %(rows)s%(where)s"),
            takes=_has_order,
            result=_keep_type,
            sql=lambda rows: Max(rows.column, filter=rows.only),
            python=lambda rows: max(rows.values, default=None),
            picks=True,
            as_existence=_max_as_existence,
        ),
        Figure(
            name="median",
            words=_("median"),
            said=_("the median of %(of)s of %(rows)s%(where)s"),
            takes=_has_order,
            result=_keep_type,
            sql=lambda rows: LowerMedian(rows.column, filter=rows.only),
            python=lambda rows: _lower_median(rows.values),
            picks=True,
            note=_("The value in the middle; of an even number of rows the lower of the two."),
            search=_("middle typical"),
        ),
        Figure(
            name="latest",
            words=_("latest value"),
            said=_("the latest value of %(of)s of %(rows)s%(where)s"),
            takes=_is_any,
            result=_keep_type,
            sql=_latest,
            python=_latest_of,
            picks=True,
            picked=_latest_row,
            needs_time=True,
            note=_(
                "The value of the latest of these rows. Who has none of them has no value, and "
                "negative conditions then hold."
            ),
            search=_("last newest most recent"),
        ),
        Figure(
            name="count_distinct",
            words=_("number of different values"),
            said=_("the number of different values of %(of)s of %(rows)s%(where)s"),
            takes=_is_any,
            result=_integer,
            sql=_count_distinct,
            python=_number_of_different,
            zero=True,
            minimum=0,
        ),
        Figure(
            name="active_periods",
            words=_("number of periods with some"),
            result=_integer,
            sql=_periods,
            python=_number_of_periods,
            zero=True,
            minimum=0,
            needs_periods=True,
            as_existence=_count_as_existence,
            note=_(
                "In how many of the latest complete days, weeks, months or quarters there are such "
                "rows; the one under way does not count."
            ),
            search=_("regularly every month habit"),
        ),
    )
}
