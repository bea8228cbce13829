"""Translates PostgreSQL's statements for other engines: rules on syntax trees, with closed lists.

sqlglot parses the statement and writes it in the engine's dialect. In the middle stand our own
rules, for syntax that engines share but understand differently (LIKE's escape, `/` of whole
numbers), and a list of the kinds of nodes whose translation is known to be right. A node that is
not on the list raises EngineCannot: PostgreSQL then answers, so that no engine answers wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlglot
from django.db import connections
from django.db.models import QuerySet
from sqlglot import exp
from sqlglot.errors import SqlglotError

from conditions.nodes.matching_customers import ids_of
from conditions.sql.portable import portable
from conditions.sql.statement import Statement, statement_of
from customers.models import Customer

# The prefix of the shop's tables in an engine: so a table's own name is free as the alias of its
# rows; an engine could otherwise confuse the table with rows under that alias.
PREFIX = "shop_"

Rule = Callable[[exp.Expr], exp.Expr]


# Our SQL function that returns the local day of an instant in a zone.
DAY_IN = "tranche_local_date"


# The translation of a statement, and DuckDB's planning of it, cannot be interrupted: 80,000
# characters took 6 seconds, 230,000 took 50. PostgreSQL is faster there. The statements of our
# starter segments have up to 7,000 characters.
LONGEST = 50_000


class EngineCannot(Exception):
    """An engine may not give the right answer, or not in time; the message names the reason."""


@dataclass(frozen=True)
class Translated:
    """A statement in an engine's dialect. For each of `zones` it calls the function of `day_in`."""

    sql: str
    zones: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Dialect:
    """The syntax that an engine accepts, and the replacements for syntax that it does not.

    `kinds`: the kinds of nodes, of PostgreSQL's statement with our functions, that may be written
    for the engine. `rules`: the function that replaces a node, by the node's kind; applied from the
    leaves to the root. `functions`: the function that replaces a call of ours, by its name.
    """

    name: str
    kinds: frozenset[type[exp.Expr]]
    rules: Mapping[type[exp.Expr], Rule]
    functions: Mapping[str, Rule]


# Kinds of nodes that mean the same on every engine, or that each engine has a rule for.
COMMON: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Abs,
        exp.Add,
        exp.Alias,
        exp.And,
        exp.BitwiseRightShift,
        exp.Boolean,
        exp.ByteString,
        exp.Case,
        exp.Cast,
        exp.Coalesce,
        exp.Column,
        exp.Count,
        exp.DataType,
        exp.Distinct,
        exp.Div,
        exp.EQ,
        exp.Exists,
        exp.Extract,
        exp.Filter,
        exp.From,
        exp.GT,
        exp.GTE,
        exp.Greatest,
        exp.Group,
        exp.Having,
        exp.Identifier,
        exp.If,
        exp.In,
        exp.Is,
        exp.Join,
        exp.LT,
        exp.LTE,
        exp.Limit,
        exp.Like,
        exp.Literal,
        exp.Max,
        exp.Min,
        exp.Mod,
        exp.Mul,
        exp.NEQ,
        exp.Neg,
        exp.Not,
        exp.Null,
        exp.Nullif,
        exp.Or,
        exp.Paren,
        exp.Select,
        exp.Star,
        exp.Sub,
        exp.Subquery,
        exp.Sum,
        exp.Table,
        exp.TableAlias,
        exp.Union,
        exp.Var,
        exp.Where,
    }
)
# PostgreSQL's names of the types that a cast may name.
TYPES = frozenset({"BIGINT", "BOOLEAN", "DATE", "INT", "SMALLINT", "TEXT", "TIMESTAMPTZ"})
PARTS_OF_DATES = frozenset({"MONTH", "DAY"})


def statement_for(customers: QuerySet[Customer], *, using: str = "default") -> str:
    """Return PostgreSQL's statement for the internal ids of `customers`, with its parameters in it.

    The queryset must have been made in a block of `portable`, too. Raises EmptyResultSet where the
    queryset is always empty; EngineCannot where the database `using` is not PostgreSQL.
    """
    with portable():
        return whole(statement_of(ids_of(customers), using), using=using)


def whole(statement: Statement, *, using: str = "default") -> str:
    """Return a statement with its parameters in it; raises EngineCannot without PostgreSQL."""
    connection: Any = connections[using]
    if connection.vendor != "postgresql":
        raise EngineCannot("engines need a shop on PostgreSQL")
    composed: str = connection.ops.compose_sql(*statement)
    return composed


def translate(statement: str, dialect: Dialect, *, tables: Collection[str]) -> Translated:
    """Return PostgreSQL's `statement` in the dialect of `dialect`.

    `tables` are the existing tables, by PostgreSQL's names; the engine's names have `PREFIX` in
    front. Raises EngineCannot for syntax that may have another meaning, and for a statement that is
    too long.
    """
    if len(statement) > LONGEST:
        raise EngineCannot(f"{len(statement)} characters of SQL take {dialect.name} too long")
    try:
        tree = sqlglot.parse_one(statement, read="postgres")
    except (SqlglotError, RecursionError) as error:
        raise EngineCannot(f"{dialect.name}: {error}") from error
    for node in tree.walk():
        _refuse_unknown(node, dialect, tables)
    for node in list(tree.find_all(exp.Table)):
        _rename(node)
    days = [node for node in tree.find_all(exp.Anonymous) if node.name.lower() == DAY_IN]
    zones = frozenset(node.expressions[1].name for node in days)
    return Translated(_rewrite_tree(tree, dialect).sql(dialect=dialect.name, identify=True), zones)


def day_in(zone: str) -> str:
    """Return the name of the engine's function that returns the local day of an instant in `zone`.

    The function computes what `LocalDate` does. A session creates it when a statement first uses
    the zone: all of a zone's offsets, written out at each use, would be megabytes of SQL.
    """
    return f"{PREFIX}day_in_{zone.encode().hex()}"


def call_day_in(call: exp.Expr) -> exp.Expr:
    """Return the call of the engine's function (see `day_in`) for a call of ours."""
    instant, zone = call.expressions
    return exp.Anonymous(this=day_in(zone.name), expressions=[instant])


def _refuse_unknown(node: exp.Expr, dialect: Dialect, tables: Collection[str]) -> None:
    kind = type(node)
    if kind is exp.Anonymous:
        if node.name.lower() not in dialect.functions:
            raise EngineCannot(f"{dialect.name}: function {node.name}")
    elif kind not in dialect.kinds:
        raise EngineCannot(f"{dialect.name}: {kind.__name__}")
    elif kind is exp.DataType and node.sql("postgres") not in TYPES:
        raise EngineCannot(f"{dialect.name}: type {node.sql('postgres')}")
    elif kind is exp.Extract and node.name not in PARTS_OF_DATES:
        raise EngineCannot(f"{dialect.name}: part {node.name}")
    elif kind is exp.Star and not isinstance(node.parent, exp.Count):
        # A table of a shop snapshot may lack some columns.
        raise EngineCannot(f"{dialect.name}: * of columns")
    elif kind is exp.Table and node.name not in tables:
        raise EngineCannot(f"{dialect.name}: table {node.name}")


def _rename(table: exp.Expr) -> None:
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    table.set("this", exp.to_identifier(PREFIX + table.name))


def _rewrite_tree(tree: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Return `tree` with each node replaced that has a rule, children before their parents."""
    for node in reversed(list(tree.bfs())):
        rule = (
            dialect.functions[node.name.lower()]
            if isinstance(node, exp.Anonymous)
            else dialect.rules.get(type(node))
        )
        if rule is not None:
            new = rule(node)
            if node is tree:
                tree = new
            elif new is not node:
                node.replace(new)
    return tree


def whole_quotient(quotient: exp.Expr) -> exp.Expr:
    """Return the truncating division of whole numbers, as PostgreSQL divides them."""
    return exp.IntDiv(this=quotient.this, expression=quotient.expression)


def count_of(ids: Translated) -> Translated:
    """Return the statement for the number of ids, in one row."""
    return replace(ids, sql=f"SELECT count(*) FROM ({ids.sql}) AS chosen")


def count_and_first(ids: Translated, limit: int) -> Translated:
    """Return the statement for the first `limit` ids, each after the number of all ids.

    It has no row where there are no ids. The engine evaluates `ids` once.
    """
    return replace(
        ids,
        sql=f"WITH chosen AS ({ids.sql})"
        " SELECT (SELECT count(*) FROM chosen) AS found, id"
        f" FROM (SELECT id FROM chosen ORDER BY id LIMIT {limit:d}) AS first ORDER BY id",
    )
