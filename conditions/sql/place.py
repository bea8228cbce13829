"""The place of a condition: a customer, or one row of a relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import BooleanField, Exists, F, Func, Model, OuterRef, Q, QuerySet, Subquery

from conditions.language.operators import Words
from conditions.language.phrase import ROWS_NOT_SAID, RowsPhrase
from conditions.language.windows import Moment
from conditions.sql.portable import is_portable
from conditions.sql.truth import Truth, existing
from customers.models import Category, Customer

if TYPE_CHECKING:
    from conditions.sql.scope import Scope


def every_row(row: Any) -> bool:
    """Return True; the Python counterpart of an empty Q."""
    return True


@dataclass(frozen=True, eq=False)
class Relation:
    """Rows that belong to a customer, many to one.

    `link` is the path from a row to its customer; `paths` maps each prefix of attributes to the
    path to them from a row. `rows` and `keeps` decide (for the database and for Python) which rows
    there are, `top` and `top_keeps` which of them count directly under the customer; nested, as
    `inside` allows (relation → field that names the outer row), the outer row's own state does not
    matter. `written_as` names the relation that merchants mean when they choose one of these
    attributes. `time` is the path from a row to its own time, which decides which row is the
    latest; empty: none. For reading typed sentences: `amount` is the attribute that "an order over
    900" is about, `pieces` that of "an order of 5 items", `meant` the condition that the rows' name
    alone stands for; `buying` is how near to buying the rows are (`looked_at`, `chosen`, `bought`):
    "looked at shoes but did not buy", "in one order". Fields of rows `of_customer` refer to the
    customer ("in Berlin"). `phrase` words the relation for customers, `inner` for the rows that it
    is nested in; `left_out` says which rows that people might expect do not count. `permissions`
    are needed to see how many of its rows a customer has, or figures of these rows.
    """

    name: str
    label: Words
    same: Words
    model: type[Model]
    prefix: str
    link: str
    paths: Mapping[str, str]
    rows: Q = field(default_factory=Q)
    keeps: Callable[[Any], bool] = every_row
    top: Q = field(default_factory=Q)
    top_keeps: Callable[[Any], bool] = every_row
    inside: Mapping[str, str] = field(default_factory=dict)
    select_related: tuple[str, ...] = ()
    written_as: str = ""
    time: str = ""
    amount: str = ""
    pieces: str = ""
    meant: Mapping[str, Any] | None = None
    buying: str = ""
    of_customer: bool = False
    permissions: tuple[str, ...] = ()
    left_out: Words = ""
    phrase: RowsPhrase = ROWS_NOT_SAID
    inner: RowsPhrase = ROWS_NOT_SAID

    def time_of(self, row: Any) -> datetime | None:
        """Return the time of a row, for the evaluator; None where it has none."""
        found = row
        for step in self.time.split("__"):
            found = None if found is None else getattr(found, step)
        return found  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Place:
    """The row that conditions are about: the customer, or one row of `relation`."""

    model: type[Model]
    website: str
    relation: Relation | None = None
    # Within "any" PostgreSQL runs a grouped sub-select for each row (see `aggregates.grouped`).
    disjunctive: bool = False
    # In a tree with many nodes, sub-selects are kept out of joins (see `truth.walled`).
    crowded: bool = False
    # The ids of the only customers that the query is about, so that uncorrelated sub-selects read
    # no rows of others; None: all customers.
    only: QuerySet[Any] | None = None
    # Their roll-ups are known to be up to date, so that no fresh rows are computed.
    rolled_up: bool = False

    def path(self, prefix: str) -> str:
        """Return the path from this row to the row that has the attributes of `prefix`."""
        return "" if self.relation is None else self.relation.paths[prefix]

    def under(self, *, disjunctive: bool) -> Place:
        return replace(self, disjunctive=self.disjunctive or disjunctive)

    def link_of(self, relation: Relation) -> str:
        """Return the path from a row of `relation` to the row of this place."""
        return relation.link if self.relation is None else relation.inside[self.relation.name]

    def rows_of(self, relation: Relation) -> Rows:
        """Return the rows of `relation` that belong to the row of this place."""
        q = relation.rows & relation.top if self.relation is None else relation.rows
        return Rows(relation, self.link_of(relation), q, self.crowded, self.only)


def place_of_row(relation: Relation) -> Place:
    """Return the place of one row of `relation`."""
    return Place(relation.model, f"{relation.link}__website_id", relation)


AT_CUSTOMER = Place(Customer, "website_id")


class Keys(Subquery):
    """The keys that a query returns: on PostgreSQL an array, computed once for an outer row."""

    template = "ARRAY(%(subquery)s)"

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(subquery)s)", **extra)


class OneOf(Func):
    """Whether a key is in an array."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()
    conditional = True

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="(%(expressions)s)", arg_joiner=" IN ", **extra
        )


@dataclass(frozen=True)
class Rows:
    """The rows of a relation that belong to one outer row (found through `link`)."""

    relation: Relation
    link: str
    q: Q
    crowded: bool = False
    only: QuerySet[Any] | None = None
    # Where `q` has the first or last rows of each outer row: the conditions besides, and the query
    # for the keys of these rows of one outer row.
    ends: tuple[Q, Callable[[OuterRef], QuerySet[Any, Any]]] | None = None

    def where(self, truth: Truth) -> Rows:
        """Return only the rows for which `truth` holds."""
        ends = None if self.ends is None else (self.ends[0] & truth.q, self.ends[1])
        return replace(self, q=self.q & truth.q, ends=ends)

    @property
    def truth(self) -> Truth:
        """The condition that a row of the relation is one of these rows, of any outer row."""
        return Truth(self.q)

    @property
    def place(self) -> Place:
        """The place of one of these rows."""
        return replace(place_of_row(self.relation), crowded=self.crowded, only=self.only)

    def website_of(self, outer: Place) -> str:
        """Return the path from a row to the customer's website; `outer` is the outer place."""
        return f"{self.link}__{outer.website}"

    def filtered(self, **more: Any) -> QuerySet[Any]:
        """Return these rows, of all outer rows of the query, that match the lookups `more`."""
        if self.only is not None:
            more[f"{self.relation.link}__in"] = self.only
        return self.relation.model._default_manager.filter(self.q, **more)

    def scalar(self, value: Any) -> Subquery:
        """Return the aggregate `value` of these rows as SQL; NULL where there are none."""
        rows = self.filtered(**{self.link: OuterRef("pk")}).values(self.link)
        return Subquery(rows.annotate(_value=value).values("_value"))

    def some(self) -> Truth:
        """Return that the outer row has at least one of these rows."""
        if connection.vendor == "sqlite":
            # SQLite repeats a correlated EXISTS for each outer row; this sub-select runs once.
            owners = self.filtered(**{f"{self.link}__isnull": False}).values(self.link)
            return Truth(Q(pk__in=owners), certain=True)
        if self.ends is None or is_portable():
            return existing(Exists(self.filtered(**{self.link: OuterRef("pk")})))
        # An index finds the few rows of one outer row; the rows of all would have to be sorted.
        q, ends_of = self.ends
        rows = replace(self, q=q).filtered(**{self.link: OuterRef("pk")})
        return existing(
            Exists(rows.filter(OneOf(F("pk"), Keys(ends_of(OuterRef(OuterRef("pk")))))))
        )


@dataclass(frozen=True)
class Context:
    """The data of a compilation besides the tree: the clock, and the meaning of codes.

    `population` is the scope of the segment that the tree belongs to; None for other trees.
    """

    moment: Moment
    population: Scope | None = None
    # Results of lookups by attributes, so that each is made only once.
    looked_up: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def _categories(self) -> list[tuple[int, str, int | None]]:
        return list(Category.objects.values_list("id", "code", "parent_id"))

    def category_ids(self, codes: tuple[str, ...], *, below: bool) -> list[int]:
        """Return the ids of the categories `codes`, with those below them if `below`."""
        wanted = set(codes)
        found = {pk for pk, code, _parent in self._categories if code in wanted}
        grown = below
        while grown:
            children = {pk for pk, _code, parent in self._categories if parent in found} - found
            found |= children
            grown = bool(children)
        return sorted(found)

    def category_codes(self, codes: tuple[str, ...], *, below: bool) -> list[str]:
        """Return `codes`, which need not be stored, with those below them if `below`."""
        ids = set(self.category_ids(codes, below=True)) if below else set()
        if not ids:
            return sorted(codes)
        return sorted({*codes, *(code for pk, code, _parent in self._categories if pk in ids)})
