"""Which columns a tree reads: all that its query does, and no others' changes are asked about."""

from dataclasses import replace

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from hypothesis import given

from conditions import registry
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.sql.statement import statement_of
from conditions.tests.agreement.test_agreement import SETTINGS
from conditions.tests.agreement.test_every_condition import AS_OF, every_node
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import every_attribute, trees
from conditions.tests.upkeep.columns_told import columns_told, needs_sqlite
from conditions.upkeep.columns import ColumnsRead
from customers.changes.declared import rollups
from customers.models import DirtyCustomer, Login

# What is stored of rows follows these.
FOLLOWS = {model._meta.db_table for model in (DirtyCustomer, *rollups())}
# Every segment is about some of them, and asked when these change.
OF_CUSTOMER = {("customers_customer", name) for name in (None, "is_active", "kind", "website_id")}


def left_out(tree, said=None):
    """Return the columns that the query for `tree` reads and that are not said to be read.

    `said`: the columns that are said to be read, where they are known.
    """
    try:
        sql, params = statement_of(matching_customers(parse_tree(tree), as_of=AS_OF).values("pk"))
    except EmptyResultSet:
        return set()
    with columns_told() as found, connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
    read = ColumnsRead().of(tree) if said is None else said
    assert read is not None
    assert ("customers_customer", "is_active") in found
    return {one for one in found if one[0] not in FOLLOWS} - OF_CUSTOMER - read


@pytest.fixture
def shop(db):
    awkward_shop(7).store()


@needs_sqlite
def test_every_condition_says_all_that_its_query_reads(shop, is_exhaustive):
    wrong, read = {}, set()
    for node in every_node(is_exhaustive):
        tree = {"match": "all", "conditions": [node]}
        said = ColumnsRead().of(tree)
        read |= said
        if found := left_out(tree, said):
            wrong[node["attribute"], node["operator"]] = found
    assert wrong == {}
    tables = {table for table, column in read if column is None}
    assert {"customers_order", "customers_productcategory", "customers_login"} <= tables


@needs_sqlite
def test_so_does_every_tree(shop):
    @SETTINGS
    @given(tree=trees(every=every_attribute()))
    def says_all(tree):
        assert left_out(tree) == set()

    says_all()


@pytest.mark.parametrize(
    ("node", "read"),
    [
        (
            {"attribute": "customer.date_of_birth", "operator": "is_not_empty"},
            {"customers_customer.date_of_birth"},
        ),
        (
            {"attribute": "customer.email", "operator": "is_not_empty"},
            {
                "customers_customer.email",
                "customers_customer.email_folded",
                "customers_customer.mailbox",
                "customers_customer.email_domain_folded",
            },
        ),
        (
            {"attribute": "lifetime.sales", "operator": "gte", "value": "5"},
            {
                "customers_order.customer_id",
                "customers_order.state",
                "customers_order.created_at",
                "customers_order.grand_total",
            },
        ),
        (
            {"relation": "product_views"},
            {"customers_productview.customer_id", "customers_productview.viewed_at"},
        ),
        (
            {
                "relation": "sales",
                "aggregate": "sum",
                "of": "order.grand_total",
                "operator": "gt",
                "value": {"attribute": "customer.date_of_birth"},
            },
            {
                "customers_order.customer_id",
                "customers_order.state",
                "customers_order.created_at",
                "customers_order.grand_total",
                "customers_customer.date_of_birth",
            },
        ),
    ],
)
def test_a_tree_reads_no_more_than_it_asks_for(node, read):
    found = ColumnsRead().of({"match": "all", "conditions": [node]})
    assert {f"{table}.{column}" for table, column in found if column} == read
    assert {table for table, column in found if not column} == {one.split(".")[0] for one in read}


@pytest.mark.parametrize("part", ["rows", "top"])
@pytest.mark.parametrize(
    "q",
    [
        Q(Exists(Login.objects.filter(customer=OuterRef("customer")))),
        Q(customer__in=Login.objects.values("customer")),
        Q(pk__in=RawSQL("SELECT id FROM customers_login", ())),
    ],
)
def test_a_sub_query_in_a_relation_is_not_taken_for_nothing(monkeypatch, part, q):
    views = registry.relation("product_views")
    monkeypatch.setitem(registry._relations, "product_views", replace(views, **{part: q}))
    group = {"match": "all", "conditions": [{"relation": "product_views"}]}
    assert ColumnsRead().of(group) is None
    # Nor by an attribute of such rows.
    node = {"attribute": "product_view.viewed_at", "operator": "in_last_days", "value": 5}
    assert ColumnsRead().of({"match": "all", "conditions": [node]}) is None


@pytest.mark.parametrize(
    "tree",
    [
        {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is", "value": "a"}]},
        {"match": "all", "conditions": [{"relation": "no_such"}]},
        {"match": "all", "conditions": ["no node"]},
        None,
        [],
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_told_is_not_guessed(tree):
    assert ColumnsRead().of(tree) is None
