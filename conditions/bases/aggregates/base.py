"""The classes of aggregates, and their rows for the database and for the evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from conditions.language.operators import Operator, Takes, Words
from conditions.language.types import INTEGER, ValueType
from conditions.language.windows import Ranges
from conditions.sql.place import Context, Relation, Rows
from conditions.sql.truth import Truth

if TYPE_CHECKING:
    from conditions.attribute import Attribute
    from conditions.bases.row_periods import RowPeriods
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    """The quantifier or figure by which a relation group judges the rows that it chooses."""

    name: str
    words: Words
    twin: str | None = None
    # It is about periods in which rows lie.
    needs_periods: bool = False

    @property
    def needs_of(self) -> bool:
        """Return whether the aggregate names an attribute of the rows."""
        return False

    @property
    def compares(self) -> bool:
        """Return whether the aggregate is compared with a value."""
        return False


@dataclass(frozen=True, kw_only=True)
class Quantifier(Aggregate):
    """A test whether there are chosen rows.

    `truth(rows, chosen)` gets the rows of the relation, and a function that returns the chosen rows
    (the others, if `negated`); `holds` gets for each row whether it is chosen. A quantifier about
    periods has neither (see `bases.stopped`).
    """

    truth: Callable[[Rows, Callable[..., Rows]], Truth] | None = None
    holds: Callable[[Iterator[bool]], bool] | None = None


@dataclass(frozen=True)
class Compiled:
    """The rows of a figure, for the database: all of them, or those with `only`.

    `column` is the value of `of`, `total` the function that makes the sum. `periods`: the rows lie
    in these periods.
    """

    of: Attribute | None
    rows: Rows
    context: Context
    only: Q | None
    total: Callable[..., Any]
    periods: RowPeriods | None = None

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
    periods: RowPeriods | None = None

    @cached_property
    def values(self) -> list[Any]:
        """The values of `of` in the rows, without missing ones."""
        return [value for row in self.rows for value in self.of_row(row)]

    def order_of(self, row: Any) -> tuple[Any, ...]:
        """Return the sort key for the order of the rows' times, a missing time first."""
        assert self.facts.relation is not None
        time = self.facts.relation.time_of(row)
        return (time is not None, time)

    def of_row(self, row: Any) -> tuple[Any, ...]:
        """Return the value of `of` for one row, or nothing."""
        assert self.of is not None
        return self.of.read(row, self.facts)


@dataclass(frozen=True, kw_only=True)
class Figure(Aggregate):
    """A figure that is compared with a value: `sql` returns whole units, `python` None if missing.

    `takes` decides from which type of values the figure can be computed; None: from the rows as
    such. `result` is the figure's type, by the type of those values.
    """

    # Its name in a sentence, with slots: `of` an attribute, `rows`, and `where` for conditions.
    said: Words = ""
    # Its name in a sentence where the values are dates.
    said_of_dates: Words = ""
    takes: Callable[[ValueType], bool] | None = None
    result: Callable[[ValueType], ValueType]
    sql: Callable[[Compiled], Any]
    python: Callable[[Loaded], Any]
    # 0 where no row has a value; otherwise missing.
    zero: bool = False
    minimum: int | None = None
    # It is the value of a single row, not computed from several.
    picks: bool = False
    # Chooses the row, where several rows have an equal value.
    picked: Callable[[Loaded], Any] | None = None
    # A note for users who choose it, and other words by which they may search for it.
    note: Words = ""
    search: Words = ""
    # Its value may be too large for a column.
    may_overflow: bool = False
    # The rows' own time decides which row has the value.
    needs_time: bool = False
    # The comparison as EXISTS, where that is equivalent; EXISTS is the cheaper form.
    as_existence: Callable[[Ranges, Rows, Callable[[], Truth]], Truth | None] | None = None

    @property
    def needs_of(self) -> bool:
        return self.takes is not None

    @property
    def compares(self) -> bool:
        return True

    def accepts(self, of: Attribute) -> bool:
        """Return whether the figure can be computed from the values of `of`."""
        return self.takes is not None and not of.many and self.takes(of.type)

    def rows_behind(self, value: Any, rows: Loaded) -> Sequence[Any]:
        """Return those of `rows` that have determined the figure's `value`: all, or its own."""
        if self.picked is not None:
            return [row for row in (self.picked(rows),) if row is not None]
        if not self.picks:
            return rows.rows
        return [row for row in rows.rows if value is not None and value in rows.of_row(row)]

    def is_offered(self, relation: Relation) -> bool:
        """Return whether the rows of `relation` have all that the figure needs."""
        return bool(relation.time) or not self.needs_time

    def choosing(self, of: Attribute | None) -> Attribute | None:
        """Return the attribute whose values it is compared with, such as codes; None: none."""
        return of if self.picks else None

    def result_type(self, of: Attribute | None) -> ValueType:
        """Return the type of its value."""
        return self.result(INTEGER if of is None else of.type)

    def operators(self, of: Attribute | None) -> Mapping[str, Operator]:
        """Return the figure's operators; those for missing values only if it may be missing."""
        return {
            name: operator
            for name, operator in self.result_type(of).operators.items()
            if not (self.zero and operator.takes is Takes.NOTHING)
        }
