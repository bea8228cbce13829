"""Shop snapshots have what conditions read, and no other column that is about anybody."""

from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest
from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.test import override_settings

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import AGGREGATES, Figure
from conditions.language.operators import Takes
from conditions.language.types import SEGMENT
from conditions.matching import matching_customers
from conditions.nodes.matching_customers import ids_of
from conditions.parse import parse_tree
from conditions.sql.statement import statement_of
from conditions.tests.agreement.test_every_condition import AS_OF, values_of
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import BARE, Every, every_attribute, pool
from conditions.upkeep.columns import ColumnsRead
from core.database.fields import FoldedTextField
from customers.models import Customer
from customers.privacy.holdings import HOLDINGS
from customers.snapshots.tables import TABLES
from segments.editing.saving import create_segment
from segments.models import Stay
from segments.rules.definition import Definition

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.exhaustive,
]

# What PostgreSQL itself says that a view reads.
READ_BY = """
SELECT DISTINCT c.relname, a.attname
FROM pg_depend d
JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_class c ON c.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
WHERE r.ev_class = 'asked'::regclass AND c.relname <> 'asked'
"""
AT_ONCE = 100
# An erasure finds by it who was a guest when the files were written.
NUMBER = ("customers_customer", "external_id")
# What trees ask of the database alone: what a shop says of behaviours in JSON of its own, and stays
# in segments, which are the database's.
LEFT_TO_THE_DATABASE = {
    *(
        ("personalization_behaviorevent", column)
        for column in ("data", "data_folded", "context", "context_folded")
    ),
    *(("segments_stay", field.column) for field in Stay._meta.concrete_fields),
    ("segments_segment", "id"),
    ("segments_segment", "code"),
    # Whether an address may get mail.
    ("customers_customer", "email"),
    ("customers_customer", "mailbox"),
}
# Mail is asked for as it is now: what is sent and reported between two snapshots is much.
TABLES_LEFT_OUT = {"campaigns_message", "campaigns_campaign", "campaigns_suppression"}


def nodes(every: Every) -> Iterator[dict]:
    """Yield each attribute with each operator and one value, and each figure of each relation."""
    for attribute in every:
        for operator in attribute.type.operators.values():
            node = {"attribute": attribute.code, "operator": operator.name}
            if operator.takes is Takes.NOTHING:
                yield node
            elif attribute.type is SEGMENT:
                many = operator.takes is Takes.LIST
                yield {**node, "value": ["other"] if many else "other"}
            else:
                values = values_of(attribute, operator, every)
                yield from ({**node, "value": value} for value in values[:1])
    yield from BARE
    for relation in registry.relations():
        own = [one for one in every if one.prefix == relation.prefix]
        for aggregate in AGGREGATES.values():
            node = {"relation": relation.name, "aggregate": aggregate.name}
            if aggregate.needs_periods:
                if not relation.time:
                    continue
                node["periods"] = {"unit": "month", "count": 3}
            if not isinstance(aggregate, Figure):
                yield node
            elif aggregate.is_offered(relation):
                fitting = [one for one in own if aggregate.accepts(one)]
                for of in fitting if aggregate.needs_of else [None]:
                    yield {**node, **_asked(aggregate, of), **({"of": of.code} if of else {})}


def _asked(aggregate: Figure, of: Attribute | None) -> dict:
    """Return an operator of a figure, and a value where it takes one."""
    operators = list(aggregate.operators(of).values())
    for operator in operators:
        if operator.takes is Takes.NOTHING:
            return {"operator": operator.name}
    (operator, *_others) = (one for one in operators if one.takes is Takes.ONE)
    values = pool(aggregate.result_type(of), operator, aggregate.choosing(of))
    return {"operator": operator.name, "value": values[0]}


def statements(every: Every) -> dict[str, tuple]:
    """Return the statements that ask for the customers of each node, with parameters for each."""
    found: dict[str, tuple] = {}
    scope = {"websites": ["default"], "customer_groups": ["general"]}
    for node in nodes(every):
        tree = parse_tree({"match": "all", "conditions": [node]})
        asked = matching_customers(tree, as_of=AS_OF, **scope if len(found) < 2 else {})
        ways = [asked.values("id")]
        if asked.in_rollup is not None:
            ways.append(ids_of(asked))
        for rows in ways:
            with suppress(EmptyResultSet):
                sql, params = statement_of(rows)
                found.setdefault(sql, params)
    return found


def columns_read(every: Every) -> set[tuple[str, str]]:
    """Return the columns, with their tables, that PostgreSQL's statements name."""
    found: set[tuple[str, str]] = set()
    asked = list(statements(every).items())
    assert len(asked) > 500
    connection.ensure_connection()
    client = psycopg.ClientCursor(connection.connection)
    with connection.cursor() as cursor:
        for number in range(0, len(asked), AT_ONCE):
            some = asked[number : number + AT_ONCE]
            union = " UNION ALL ".join(f"({client.mogrify(*one)})" for one in some)
            # Parameters are in it already.
            cursor.cursor.execute(f"CREATE TEMP VIEW asked AS {union}".encode())
            cursor.execute(READ_BY)
            found |= {(table, column) for table, column in cursor.fetchall() if column}
            cursor.execute("DROP VIEW asked")
    return found


def columns_said(every: Every) -> set[tuple[str, str]]:
    """Return the columns that attributes say that they read."""
    codes = [one.code for one in every]
    trees = [{"match": "all", "conditions": [{"attribute": code}]} for code in codes]
    read = ColumnsRead()
    found = {one for tree in trees for one in read.of(tree) or ()}
    return {(table, column) for table, column in found if column}


def check_tables() -> None:
    """Assert that what is registered is what conditions read; other apps ask it of theirs."""
    awkward_shop(7).store()
    # Lists and includes are asked of the database alone, as of now.
    create_segment(Definition("Other"), code="other", author=None)
    # Uplifts are asked by the campaigns that a model was trained for.
    apps.get_model("predictions", "PredictionModel").objects.create(
        code="uplift.spring", kind="uplift"
    )
    # Shares of values are asked by the codes that the shop names.
    with override_settings(VALUE_ATTRIBUTES=["organic"]):
        every = every_attribute()
        read, said = columns_read(every), columns_said(every)
    exported = {(one.name, column) for one in TABLES for column in one.columns}
    keys = {(one.name, column) for one in TABLES for column in (one.key, one.customer) if column}
    left = {one for one in read | said if one[0] in TABLES_LEFT_OUT}
    read, said = read - left, said - left
    assert read - exported <= LEFT_TO_THE_DATABASE
    assert exported - read - said - keys == set()
    # A text that is compared folded is there folded alone.
    raw = {
        (one.name, field.source)
        for one in TABLES
        for field in one.model._meta.concrete_fields
        if isinstance(field, FoldedTextField)
    }
    assert raw & exported == {NUMBER}


def test_tables_have_the_columns_that_conditions_read(db: None) -> None:
    check_tables()


def test_rows_about_customers_are_found_by_their_column() -> None:
    direct = {one.model: one.path for one in HOLDINGS if one.path and "__" not in one.path}
    known = {one.model: one.customer for one in TABLES if one.model in direct}
    assert len(known) > 10
    fields = {
        model: model._meta.get_field(direct[model]) for model in known if model is not Customer
    }
    assert known == {Customer: "id", **{model: field.column for model, field in fields.items()}}
