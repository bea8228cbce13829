"""Attributes whose values stand in a roll-up: read from there, worked out for who is pending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    ExpressionWrapper,
    F,
    Func,
    Q,
    When,
)
from django.db.models.expressions import Combinable, RawSQL

from conditions.attribute import Attribute
from conditions.language.windows import ZonedRanges
from conditions.sql.place import Context, Place, Rows
from conditions.sql.ranges import WithinForWebsite, expression_within
from conditions.sql.truth import NEVER, Truth
from customers.fields import ExactDecimalField
from customers.models import CustomerRollup, DirtyCustomer
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
    """Return what paths from `place` to columns of `rollup` begin with: nothing at its own rows."""
    return "" if place.model is rollup else f"{path_to(rollup)}__"


def owner_in(rollup: type[Rollup]) -> str:
    """Return the path from a customer to their own id in `rollup`.

    A test that asks nothing but the roll-up is made while it is read, before it is joined.
    """
    return f"{path_to(rollup)}__customer_id"


def pending(path: str, rollup: type[Rollup]) -> Q:
    """Return that the customer id at `path` is dirty, or has an incomplete row in `rollup`.

    Asked within the query, so that its answer is exact at whatever moment it is run.
    """
    table = rollup._meta.db_table
    incomplete = f"SELECT customer_id FROM {table} WHERE NOT complete"
    return Q(**{f"{path}__in": RawSQL(f"{DIRTY} UNION ALL {incomplete}", ())})


def of_pending(rows: Rows, rollup: type[Rollup]) -> Rows:
    """Return only the rows of pending customers; `rows` are those of customers."""
    return rows.where(Truth(pending(rows.link, rollup)))


class RolledUp(Attribute):
    """An attribute that a column of a roll-up holds, or that follows from several of it."""

    @property
    def home(self) -> type[Rollup]:
        """The roll-up that has what it needs."""
        return CustomerRollup

    @property
    def is_stored(self) -> bool:
        """Whether the roll-up has what it needs."""
        raise NotImplementedError

    def stored(self, place: Place, context: Context) -> Combinable:
        """Return the value as the roll-up has it; `place` is the customer."""
        raise NotImplementedError

    def within_from_rows(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        """Return that the value of a pending customer lies in the ranges."""
        raise NotImplementedError

    def expressions_from_rows(self, place: Place, context: Context) -> Sequence[Any]:
        """Return the value as SQL, from the rows of one customer."""
        raise NotImplementedError

    @property
    def stored_in(self) -> type[Rollup] | None:
        return self.home if self.is_stored else None

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        if not self.is_stored or place.pending:
            return self.within_from_rows(zoned, place, context)
        of_rollup = replace(place, website=f"{beginning(place, self.home)}website_id")
        plain = _value_within(self.stored(of_rollup, context), of_rollup.website, zoned)
        if place.model is self.home:
            return plain
        home, owner = path_to(self.home), owner_in(self.home)
        if place.rolled_up:
            return Truth(Q(**{f"{home}__isnull": False}) & plain.q)
        from_rows = self.within_from_rows(zoned, place, context)
        # Everybody has a row; to say so lets the databases join without looking for missing ones.
        known = IfPending(pending(owner, self.home), from_rows.q, plain.q)
        return Truth(Q(**{f"{home}__isnull": False}) & Q(known))

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        if self.is_stored and place.rolled_up:
            return [self.stored(place, context)]
        from_rows = self.expressions_from_rows(place, context)
        if not self.is_stored or place.pending:
            return from_rows
        return [
            Case(
                When(pending(owner_in(self.home), self.home), then=value),
                default=self.stored(place, context),
            )
            for value in from_rows
        ]


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


class IfPending(Func):
    """CASE WHEN the first condition THEN the second ELSE the third END.

    Not said with AND and OR: a database then asks the second, which is dear, of nobody who is not
    pending, and thinks no worse of the query for it.
    """

    output_field = BooleanField()
    conditional = True

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        parts = [_compiled(part, compiler) for part in self.get_source_expressions()]
        (asked, _a), (from_rows, _b), (plain, _c) = parts
        params = tuple(param for _sql, its in parts for param in its)
        return f"(CASE WHEN {asked} THEN {from_rows} ELSE {plain} END)", params


def _compiled(condition: Any, compiler: Any) -> tuple[str, Sequence[Any]]:
    try:
        sql, params = compiler.compile(condition)
    except EmptyResultSet:
        return "(1 = 0)", ()
    except FullResultSet:
        return "(1 = 1)", ()
    return sql, params
