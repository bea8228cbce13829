"""Every rule of a translation is needed, and noticed where it is wrong."""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import pytest
import sqlglot
from django.contrib.postgres.aggregates import ArrayAgg

from conditions.engines.duckdb import ENGINE
from conditions.engines.engine import EngineFailed, engine
from conditions.engines.translation import EngineCannot, statement_for, translate
from conditions.matching import matching_customers
from conditions.sql.portable import portable
from conditions.tests.engines.asking import asked_of, by_database
from conditions.tests.engines.needed import on_postgresql, with_spark
from conditions.tests.engines.rules import AS_OF, TREES, WRONG, spoiled
from conditions.tests.examples.rollups import roll_up_in_every_way
from conditions.tests.examples.shops import awkward_shop
from customers.models import Order

TABLES = {"customers_customer", "customers_order"}
CUSTOMERS = 'SELECT "customers_customer"."id" FROM "customers_customer" WHERE '


@pytest.fixture
def shop(db):
    awkward_shop(31, customers=200).store()
    roll_up_in_every_way()


def trees_of_averages():
    """Return trees about averages that are no whole number of units, as they are rounded."""
    found = set()
    for amounts in Order.objects.values("customer").values_list(ArrayAgg("grand_total")):
        (some,) = amounts
        average = sum(some) / len(some)
        if average != round(average, 4):
            found.add(str(average.quantize(Decimal("0.0001"), ROUND_HALF_UP)))
    assert len(found) > 5
    node = {"relation": "orders", "aggregate": "avg", "of": "order.grand_total"}
    return [
        {"match": "all", "conditions": [{**node, "operator": "is_one_of", "value": sorted(found)}]}
    ]


def differing(asked, dialect, expected):
    """Yield the trees about which an engine, which may refuse them, and the database differ."""
    for tree, ids in expected:
        try:
            found = asked.ids(tree, AS_OF, dialect)
        except EngineFailed:
            found = "an error"
        if found != ids:
            yield tree


def statements():
    """Return each tree's statement, and the names of the statement's nodes."""
    found = []
    for tree in [*trees_of_averages(), *TREES]:
        with portable():
            statement = statement_for(matching_customers(tree, as_of=AS_OF))
        nodes = sqlglot.parse_one(statement, read="postgres").walk()
        found.append((tree, statement, {type(one).__name__ for one in nodes}))
    return found


def places_of(name, asked):
    """Return a few places in `asked` whose statements have a node or a function of this name."""
    found = [
        place
        for place, (_, statement, names) in enumerate(asked)
        if name in names or name in statement
    ]
    # Spread over all of them: those that follow one another are alike.
    return found[:: max(1, len(found) // 6)]


def check_rules(engine, tmp_path):
    """Assert that every rule of an engine is needed, and noticed where it is wrong."""
    unnoticed, known = [], statements()
    with asked_of(engine, tmp_path) as asked:

        @cache
        def answer(place):
            """Return the tree and the ids that the engine and the database find."""
            tree = known[place][0]
            found = asked.ids(tree, AS_OF)
            # The engine may refuse a tree.
            assert found is None or found == by_database(tree, AS_OF), tree
            return tree, found

        for name, dialect in spoiled(engine.dialect):
            answers = map(answer, places_of(name, known))
            # Lazy: the first tree that notices the spoiled rule is the last one that is asked.
            expected = ((tree, ids) for tree, ids in answers if ids is not None)
            if next(differing(asked, dialect, expected), None) is None:
                unnoticed.append(name)
    assert not unnoticed
    assert set(WRONG) == set(engine.dialect.functions)


@on_postgresql
@pytest.mark.exhaustive
def test_without_a_rule_of_duckdb_some_answer_is_wrong(shop, tmp_path):
    check_rules(engine("duckdb"), tmp_path)


@on_postgresql
@pytest.mark.exhaustive
@with_spark
def test_without_a_rule_of_spark_some_answer_is_wrong(shop, tmp_path):
    check_rules(engine("spark"), tmp_path)


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ("\"id\" SIMILAR TO 'x'", "SimilarTo"),
        ("lower(\"kind\") = 'x'", "Lower"),
        ('pg_sleep("id") = 1', "function pg_sleep"),
        ('CAST("id" AS NUMERIC) = 1', "type DECIMAL"),
        ('EXTRACT(DOW FROM "registered_at") = 1', "part DOW"),
        ('"id" IN (SELECT "customer_id" FROM "customers_secret")', "table customers_secret"),
        ('"id" = ANY(ARRAY[1, 2])', "Any"),
        ('"id" IN (SELECT * FROM "customers_order")', "of columns"),
        ('"id" = ((', "duckdb"),
    ],
)
def test_what_is_not_on_the_list_is_refused_by_its_name(condition, named):
    with pytest.raises(EngineCannot, match=named):
        translate(CUSTOMERS + condition, ENGINE.dialect, tables=TABLES)


def test_a_table_keeps_its_own_name_for_rows_under_no_other():
    inner = 'SELECT 1 FROM "customers_customer" AS V0 WHERE V0."id" = "customers_customer"."id"'
    said = translate(f"{CUSTOMERS} EXISTS({inner})", ENGINE.dialect, tables=TABLES).sql
    assert 'FROM "shop_customers_customer" AS "customers_customer" WHERE' in said
    assert 'FROM "shop_customers_customer" AS "V0" WHERE' in said
