"""Which tables a tree reads: all that its query names, and no others' changes are asked about."""

import re
from dataclasses import replace

import pytest
from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from hypothesis import given

from conditions import registry
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.sql.statement import statement_of
from conditions.tests.shops import awkward_shop
from conditions.tests.test_agreement import SETTINGS
from conditions.tests.test_every_condition import AS_OF, every_node
from conditions.tests.trees import trees
from conditions.upkeep.tables import TablesRead
from customers.changes.declared import rollups
from customers.models import Customer, DirtyCustomer, Login

# Everybody's row says whom a segment is about, and what is stored of rows follows these.
ALWAYS_READ = {model._meta.db_table for model in (Customer, DirtyCustomer, *rollups())}
TABLES = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}


def left_out(tree):
    """Return the tables that the query for `tree` names and that are not said to be read."""
    try:
        sql, _params = statement_of(matching_customers(parse_tree(tree), as_of=AS_OF))
    except EmptyResultSet:
        return set()
    read = TablesRead().of(tree)
    assert read is not None
    return (set(re.findall(r"\w+", sql)) & TABLES) - ALWAYS_READ - read


@pytest.fixture
def shop(db):
    awkward_shop(7).store()


def test_every_condition_says_all_that_its_query_reads(shop):
    wrong, read = {}, set()
    for node in every_node():
        tree = {"match": "all", "conditions": [node]}
        read |= TablesRead().of(tree)
        if found := left_out(tree):
            wrong[node["attribute"], node["operator"]] = found
    assert wrong == {}
    assert {"customers_order", "customers_productcategory", "customers_login"} <= read


def test_so_does_every_tree(shop):
    @SETTINGS
    @given(tree=trees())
    def says_all(tree):
        assert left_out(tree) == set()

    says_all()


@pytest.mark.parametrize(
    ("node", "read"),
    [
        (
            {"attribute": "customer.date_of_birth", "operator": "is_not_empty"},
            {"customers_customer"},
        ),
        ({"attribute": "lifetime.sales", "operator": "gte", "value": "5"}, {"customers_order"}),
        ({"relation": "product_views"}, {"customers_productview"}),
        (
            {
                "relation": "sales",
                "aggregate": "sum",
                "of": "order.grand_total",
                "operator": "gt",
                "value": {"attribute": "customer.date_of_birth"},
            },
            {"customers_order", "customers_customer"},
        ),
    ],
)
def test_a_tree_reads_no_more_than_it_asks_for(node, read):
    assert TablesRead().of({"match": "all", "conditions": [node]}) == read


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
    assert TablesRead().of(group) is None
    # Nor by an attribute of such rows.
    node = {"attribute": "product_view.viewed_at", "operator": "in_last_days", "value": 5}
    assert TablesRead().of({"match": "all", "conditions": [node]}) is None


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
    assert TablesRead().of(tree) is None
