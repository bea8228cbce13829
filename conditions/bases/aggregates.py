"""The aggregates of a relation group, one row each: what it takes, its words, and two readings.

A quantifier says that there are rows of the chosen kind, a figure is compared with a value. As with
operators, one that has a `twin` is the complement of it, formed in `tree.py` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Max, Min, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conditions.language.operators import Operator, Takes, Words
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
from conditions.sql.place import Context, Relation, Rows
from conditions.sql.truth import Truth, both, complement
from customers.fields import UNITS_PER_ONE, rounded
from customers.folding import fold

if TYPE_CHECKING:
    from conditions.attribute import Attribute
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    """What a relation group says of the rows that it chooses."""

    name: str
    words: Words
    twin: str | None = None

    @property
    def needs_of(self) -> bool:
        """Whether it names an attribute of the rows."""
        return False

    @property
    def compares(self) -> bool:
        """Whether it is compared with a value."""
        return False


@dataclass(frozen=True, kw_only=True)
class Quantifier(Aggregate):
    """Whether there are such rows.

    `said` is how the sentence begins, before where the rows are chosen. `truth(rows, chosen)` gets
    the rows of the relation, and what returns the chosen ones (the others, if `negated`); `holds`
    gets for each row whether it is chosen.
    """

    said: Words
    truth: Callable[[Rows, Callable[..., Rows]], Truth] | None = None
    holds: Callable[[Iterator[bool]], bool] | None = None


@dataclass(frozen=True)
class Compiled:
    """The rows of a figure, for the database: all of them, or those with `only`.

    `column` is the value of `of` there, `total` what adds up.
    """

    of: Attribute | None
    rows: Rows
    context: Context
    only: Q | None
    total: Callable[..., Any]

    @property
    def column(self) -> Any:
        """The value of `of`."""
        assert self.of is not None
        return self.of.expressions(self.rows.place, self.context)[0]


@dataclass(frozen=True)
class Loaded:
    """The rows of a figure, for the evaluator, in the order of their keys."""

    of: Attribute | None
    rows: Sequence[Any]
    facts: Facts

    @cached_property
    def values(self) -> list[Any]:
        """What the rows have for `of`, those left out that have nothing."""
        return [value for row in self.rows for value in self.of_row(row)]

    def order_of(self, row: Any) -> tuple[Any, ...]:
        """Return what puts rows in the order of their times, a missing one first."""
        assert self.facts.relation is not None
        time = self.facts.relation.time_of(row)
        return (time is not None, time)

    def of_row(self, row: Any) -> tuple[Any, ...]:
        """Return the value of `of` for one row, or nothing."""
        assert self.of is not None
        return self.of.read(row, self.facts)


@dataclass(frozen=True, kw_only=True)
class Figure(Aggregate):
    """What is compared with a value: `sql` gives it whole units, `python` None where it is missing.

    `takes` says of which values it is formed, None: of the rows as such. `result` is its type, by
    the type of those values.
    """

    takes: Callable[[ValueType], bool] | None = None
    result: Callable[[ValueType], ValueType]
    sql: Callable[[Compiled], Any]
    python: Callable[[Loaded], Any]
    # 0 where no row has a value; otherwise missing.
    zero: bool = False
    minimum: int | None = None
    # It is the value of one of the rows, not something made of several.
    picks: bool = False
    # It may be too large for a column.
    may_overflow: bool = False
    # Which row it is of depends on the rows' own time.
    needs_time: bool = False
    # The ranges in which it lies as EXISTS, where that says no more; it is the cheaper form.
    as_existence: Callable[[Ranges, Rows, Callable[[], Truth]], Truth | None] | None = None

    @property
    def needs_of(self) -> bool:
        return self.takes is not None

    @property
    def compares(self) -> bool:
        return True

    def accepts(self, of: Attribute) -> bool:
        """Whether it can be formed of the values of `of`."""
        return self.takes is not None and not of.many and self.takes(of.type)

    def is_offered(self, relation: Relation) -> bool:
        """Whether the rows of `relation` have what it needs."""
        return bool(relation.time) or not self.needs_time

    def choosing(self, of: Attribute | None) -> Attribute | None:
        """Return the attribute whose values it is compared with, such as codes; None: none."""
        return of if self.picks else None

    def result_type(self, of: Attribute | None) -> ValueType:
        """Return the type of its value."""
        return self.result(INTEGER if of is None else of.type)

    def operators(self, of: Attribute | None) -> Mapping[str, Operator]:
        """Return the operators that it is compared by: one that is never missing is not empty."""
        return {
            name: operator
            for name, operator in self.result_type(of).operators.items()
            if not (self.zero and operator.takes is Takes.NOTHING)
        }


def exact_total(column: Any, **only: Any) -> Any:
    """Return the sum, 0 where there is nothing to add up."""
    return Coalesce(WholeSum(column, **only), 0)


def average(of: Attribute, total: Any, number: Any) -> Any:
    """Return the average of `number` values of `of` whose sum is `total`, both as SQL."""
    units = UNITS_PER_ONE if of.type is INTEGER else 1
    return RoundedQuotient(total * units, number)


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


def _latest_of(rows: Loaded) -> Any:
    # They stand in the order of their keys: of equals the first one from the end.
    latest = max(reversed(rows.rows), key=rows.order_of, default=None)
    return None if latest is None else next(iter(rows.of_row(latest)), None)


def _different(rows: Compiled) -> Any:
    assert rows.of is not None
    empty = isinstance(rows.of.type, TextType | CodeType)
    value = NullIf(rows.column, Value("")) if empty else rows.column
    return Count(value, distinct=True, filter=rows.only)


def _number_of_different(rows: Loaded) -> int:
    assert rows.of is not None
    folds = isinstance(rows.of.type, TextType)
    return len({fold(value) if folds else value for value in rows.values})


def _is_number(type_: ValueType) -> bool:
    return isinstance(type_, NumberType)


def _has_order(type_: ValueType) -> bool:
    return isinstance(type_, RangeType)


def _is_any(_type: ValueType) -> bool:
    return True


def _same(type_: ValueType) -> ValueType:
    return type_


def _integer(_type: ValueType) -> ValueType:
    return INTEGER


def _all_chosen(chosen: Iterator[bool]) -> bool:
    return next(chosen, False) and all(chosen)


def _count_as_existence(bounds: Ranges, rows: Rows, _within: Callable[[], Truth]) -> Truth | None:
    if list(bounds) == [(1, None)]:
        return rows.some()
    return complement(rows.some()) if list(bounds) in ([(0, 0)], [(None, 0)]) else None


def _max_as_existence(bounds: Ranges, rows: Rows, within: Callable[[], Truth]) -> Truth | None:
    return rows.where(within()).some() if all(high is None for _low, high in bounds) else None


def _min_as_existence(bounds: Ranges, rows: Rows, within: Callable[[], Truth]) -> Truth | None:
    return rows.where(within()).some() if all(low is None for low, _high in bounds) else None


def _table(*aggregates: Any) -> dict[str, Any]:
    return {aggregate.name: aggregate for aggregate in aggregates}


QUANTIFIERS: Mapping[str, Quantifier] = _table(
    Quantifier(
        name="exists",
        words=_("there is one"),
        said=_("at least one%(where)s"),
        truth=lambda rows, chosen: chosen().some(),
        holds=any,
    ),
    Quantifier(name="not_exists", words=_("there is none"), said=_("none%(where)s"), twin="exists"),
    Quantifier(
        name="every",
        words=_("there are some, and each"),
        said=_("at least one, and each one of them%(where)s"),
        truth=lambda rows, chosen: both(rows.some(), complement(chosen(negated=True).some())),
        holds=_all_chosen,
    ),
)
FIGURES: Mapping[str, Figure] = _table(
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
        takes=_is_number,
        result=_same,
        sql=lambda rows: rows.total(rows.column, filter=rows.only),
        python=lambda rows: sum(rows.values, Decimal(0)),
        zero=True,
        may_overflow=True,
    ),
    Figure(
        name="avg",
        words=_("average"),
        takes=_is_number,
        result=lambda type_: NUMBER if type_ is INTEGER else type_,
        sql=_average,
        python=lambda rows: _average_of(rows.values),
    ),
    Figure(
        name="min",
        words=_("smallest"),
        takes=_has_order,
        result=_same,
        sql=lambda rows: Min(rows.column, filter=rows.only),
        python=lambda rows: min(rows.values, default=None),
        picks=True,
        as_existence=_min_as_existence,
    ),
    Figure(
        name="max",
        words=_("largest"),
        takes=_has_order,
        result=_same,
        sql=lambda rows: Max(rows.column, filter=rows.only),
        python=lambda rows: max(rows.values, default=None),
        picks=True,
        as_existence=_max_as_existence,
    ),
    Figure(
        name="median",
        words=_("median"),
        takes=_has_order,
        result=_same,
        sql=lambda rows: LowerMedian(rows.column, filter=rows.only),
        python=lambda rows: _lower_median(rows.values),
        picks=True,
    ),
    Figure(
        name="latest",
        words=_("latest value"),
        takes=_is_any,
        result=_same,
        sql=_latest,
        python=_latest_of,
        picks=True,
        needs_time=True,
    ),
    Figure(
        name="count_distinct",
        words=_("number of different values"),
        takes=_is_any,
        result=_integer,
        sql=_different,
        python=_number_of_different,
        zero=True,
        minimum=0,
    ),
)
AGGREGATES: Mapping[str, Aggregate] = {**QUANTIFIERS, **FIGURES}
