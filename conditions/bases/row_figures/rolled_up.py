"""Attributes whose values a roll-up stores; for pending customers they are computed afresh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import BigIntegerField, BooleanField, ExpressionWrapper, F, Func, Q, QuerySet
from django.db.models.expressions import Col, Combinable, RawSQL

from conditions.attribute import Attribute
from conditions.bases.row_figures.fresh_rows import fresh
from conditions.language.windows import ZonedRanges
from conditions.sql.place import Context, Place
from conditions.sql.ranges import WithinForWebsite, expression_within
from conditions.sql.statement import Statement, statement_of
from conditions.sql.truth import NEVER, Truth
from core.database.fields import ExactDecimalField
from customers.models import Customer, CustomerRollup, DirtyCustomer
from customers.models.rollup import Rollup

# Customers whose shop data have changed since their figures were computed.
DIRTY = (
    f"SELECT customer_id FROM {DirtyCustomer._meta.db_table}"
    " WHERE segment_id IS NULL AND customer_id IS NOT NULL AND NOT is_rolled_up"
)


def path_to(rollup: type[Rollup]) -> str:
    """Return the path from a customer to their row in `rollup`."""
    key: Any = rollup._meta.pk
    return str(key.related_query_name())


def beginning(place: Place, rollup: type[Rollup]) -> str:
    """Return the prefix of paths from `place` to columns of `rollup`; "" at the roll-up's rows."""
    return "" if place.model is rollup else f"{path_to(rollup)}__"


def _owner(place: Place, rollup: type[Rollup]) -> str:
    """Return the path from `place` to the customer's id in `rollup`.

    It is a column of the roll-up, so that a test on the roll-up alone can run while the database
    scans it, before a join.
    """
    return f"{beginning(place, rollup)}customer_id"


def pending(path: str, rollup: type[Rollup]) -> Q:
    """Return that the customer id at `path` is dirty, or has an incomplete row in `rollup`.

    The test is part of the query, so that it is exact at the moment when the query runs.
    """
    return Q(**{f"{path}__in": RawSQL(pending_in(rollup), ())})


def pending_in(rollup: type[Rollup]) -> str:
    """Return the query for the ids of customers that are `pending`."""
    table = rollup._meta.db_table
    return f"{DIRTY} UNION ALL SELECT customer_id FROM {table} WHERE NOT complete"


class RolledUp(Attribute):
    """An attribute that is a column of a roll-up, or computed from several of its columns."""

    @property
    def home(self) -> type[Rollup]:
        """The roll-up that has the columns it needs."""
        return CustomerRollup

    @property
    def is_stored(self) -> bool:
        """Return whether the roll-up has the columns that the attribute needs."""
        return True

    def stored(self, place: Place, context: Context) -> Combinable:
        """Return the value as the roll-up has it; `place` is the customer.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    @property
    def stored_in(self) -> type[Rollup] | None:
        return self.home if self.is_stored else None

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        website = f"{beginning(place, self.home)}website_id"
        value = self.stored(replace(place, website=website), context)
        return exact_for_pending(self.home, _value_within(value, website, zoned), place)

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        value = self.stored(place, context)
        if not place.rolled_up:
            value = UpToDate(F(_owner(place, self.home)), value, rollup=self.home)
        return [value]


def exact_for_pending(rollup: type[Rollup], plain: Truth, place: Place) -> Truth:
    """Return `plain`, a condition on stored roll-up rows, made exact for pending customers too."""
    if place.rolled_up:
        return plain
    known = IfPending(F(_owner(place, rollup)), plain.q, rollup=rollup, only=place.only)
    if place.model is rollup:
        return Truth(Q(known))
    # Every customer has a row; stating that lets the database join without outer rows.
    return Truth(Q(**{f"{path_to(rollup)}__isnull": False}) & Q(known))


def column(name: str, rollup: type[Rollup], place: Place) -> Combinable:
    """Return the column `name` of `rollup`, seen from `place`; a decimal in whole units."""
    path = F(f"{beginning(place, rollup)}{name}")
    if isinstance(rollup._meta.get_field(name), ExactDecimalField):
        return ExpressionWrapper(path, output_field=BigIntegerField())
    return path


def _value_within(value: Any, website: str, zoned: ZonedRanges) -> Truth:
    if len(zoned) == 1:
        return expression_within(value, zoned[0][1])
    some = [(ids, ranges) for ids, ranges in zoned if ranges]
    return Truth(Q(WithinForWebsite(value, F(website), zoned=some))) if some else NEVER


class _Fresh(Func):
    """An expression about a row of `rollup` that also applies to a fresh row; compiled only once.

    The first source expression is the customer's id in the row. The compiled expression names the
    roll-up by its alias: inside a sub-query whose fresh rows have the same alias it reads these.
    """

    def __init__(
        self, *said: Any, rollup: type[Rollup], only: QuerySet[Any] | None = None, **extra: Any
    ) -> None:
        self.rollup, self.only = rollup, only
        super().__init__(*said, **extra)

    def chosen(self, using: str) -> Statement:
        """Return the query for the pending customers among those that the query is about."""
        pending = pending_in(self.rollup)
        if self.only is None:
            return pending, ()
        ids, of_chosen = statement_of(self.only, using)
        return f"SELECT customer_id FROM ({pending}) AS p WHERE customer_id IN ({ids})", of_chosen

    def fresh_rows(self, chosen: Statement, compiler: Any) -> Statement:
        """Return the fresh rows of the chosen customers under the alias, for a FROM clause."""
        owner, *said = self.get_source_expressions()
        read = (one for part in said for one in _columns(part) if one.alias == owner.alias)
        columns = {str(one.target.column) for one in read}
        using = compiler.connection.alias
        sql, params = fresh(self.rollup, columns - {"customer_id"}, chosen, using)
        # Quote the alias as Django does in the compiled expression: Django leaves the alias of a
        # sub-query (U1) without quotes, and PostgreSQL distinguishes U1 from "U1".
        return f"({sql}) AS {compiler.quote_name_unless_alias(owner.alias)}", params


class IfPending(_Fresh):
    """A condition on a row of the roll-up; pending customers are judged by a fresh row.

    CASE takes the place of AND and OR: the database then computes fresh rows, which is expensive,
    for pending customers alone, and plans the query no worse for it. The sub-query of fresh rows
    does not depend on the outer row: PostgreSQL runs it once and can scan the roll-up in parallel.
    """

    output_field = BooleanField()
    conditional = True

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        owner, plain = self.get_source_expressions()
        key, _none = compiler.compile(owner)
        said, its = compiler.compile(plain)
        rows, of_rows = self.fresh_rows(self.chosen(connection.alias), compiler)
        customers = {one.alias for one in _columns(plain) if one.target.model is Customer}
        for alias in map(compiler.quote_name_unless_alias, customers):
            rows += f" JOIN {Customer._meta.db_table} AS {alias} ON {alias}.id = {key}"
        return (
            f"(CASE WHEN {key} IN ({pending_in(self.rollup)})"
            f" THEN {key} IN (SELECT {key} FROM {rows} WHERE {said}) ELSE {said} END)"
        ), (*of_rows, *its, *its)


class UpToDate(_Fresh):
    """A value of a row of the roll-up; for pending customers, of a fresh row."""

    def _resolve_output_field(self) -> Any:
        return self.get_source_expressions()[1].output_field

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        owner, value = self.get_source_expressions()
        key, _none = compiler.compile(owner)
        said, its = compiler.compile(value)
        rows, of_rows = self.fresh_rows((key, ()), compiler)
        return (
            f"(CASE WHEN {key} IN ({pending_in(self.rollup)})"
            f" THEN (SELECT {said} FROM {rows}) ELSE {said} END)"
        ), (*its, *of_rows, *its)


class UpToDateAtOnce(_Fresh):
    """A whole number of a row of the roll-up where `plain` holds; for pending customers, fresh.

    Unlike `UpToDate` it computes the numbers of all pending customers by one sub-query, which does
    not depend on the outer row: PostgreSQL runs it once and can scan the roll-up in parallel.
    """

    output_field = BigIntegerField()

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        owner, number, plain = self.get_source_expressions()
        key, _none = compiler.compile(owner)
        value, of_value = compiler.compile(number)
        said, its = compiler.compile(plain)
        rows, of_rows = self.fresh_rows(self.chosen(connection.alias), compiler)
        fresh_numbers = f"(SELECT jsonb_object_agg({key}, {value}) FROM {rows} WHERE {said})"
        return (
            f"(CASE WHEN {key} IN ({pending_in(self.rollup)})"
            f" THEN ({fresh_numbers} ->> {key}::text)::bigint WHEN {said} THEN {value} END)"
        ), (*of_value, *of_rows, *its, *its, *of_value)


def stored_and_fresh(rows: QuerySet[Any, Any], using: str) -> Statement:
    """Return the statement of `rows` of a roll-up, with fresh rows of the pending customers.

    A union, unlike a `CASE` for each row, can be read in parallel.
    """
    query = rows.query
    rollup: type[Rollup] = rows.model
    said = [query.where, *query.annotation_select.values()]
    columns = {str(one.target.column) for part in said for one in _columns(part)}
    pending_ids = pending_in(rollup)
    stored, its = statement_of(rows.exclude(pk__in=RawSQL(pending_ids, ())), using)
    again, of_again = statement_of(rows, using)
    sql, of_fresh = fresh(rollup, columns - {"customer_id"}, (pending_ids, ()), using)
    # Within the second part the name of the roll-up's table means the fresh rows.
    named = f'WITH "{rollup._meta.db_table}" AS ({sql})'
    return f"{stored} UNION ALL ({named} {again})", (*its, *of_fresh, *of_again)


def _columns(said: Any) -> Iterator[Col]:
    """Yield the columns of a resolved expression, as often as they occur in it."""
    if isinstance(said, Col):
        yield said
    for part in getattr(said, "get_source_expressions", list)():
        yield from _columns(part)
