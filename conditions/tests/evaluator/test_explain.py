"""Explanations: the same answer as the query at every node, what was compared, and few queries."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings

from conditions import registry
from conditions.bases.column import Column
from conditions.evaluator.facts import facts_of
from conditions.explain import explain
from conditions.language.operators import Takes
from conditions.language.types import SEGMENT
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.tests.agreement.test_agreement import SETTINGS
from conditions.tests.agreement.test_every_condition import values_of
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.small_shop import condition
from conditions.tests.examples.trees import AS_OF, every_attribute, trees
from customers.models import (
    Customer,
    CustomerGroup,
    CustomerTag,
    Order,
    OrderItem,
    Product,
    Store,
    Website,
)
from tests.tiers import examples

NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def all_of(*nodes):
    return {"match": "all", "conditions": list(nodes)}


@pytest.fixture
def customer():
    return Customer.objects.create(
        external_id="C1",
        first_name="Anna",
        date_of_birth=date(1990, 4, 12),
        registered_at=datetime(2026, 4, 1, 10, 0, tzinfo=UTC),
        accepts_marketing=False,
        website=Website.objects.get(),
        store=Store.objects.get(),
        group=CustomerGroup.objects.get(),
    )


def buy(customer, *totals):
    product, _ = Product.objects.get_or_create(sku="A", defaults={"name": "A"})
    for total in totals:
        order = Order.objects.create(
            number=f"N{Order.objects.count()}",
            customer=customer,
            store=customer.store,
            state="complete",
            created_at=NOW,
            updated_at=NOW,
            grand_total=Decimal(total),
        )
        OrderItem.objects.create(order=order, line="1", product=product, sku="A", quantity=1)


def actual(customer, node):
    (explained,) = explain(all_of(node), customer, as_of=NOW).tree["conditions"]
    return explained["actual"]


# The same answer as the query --------------------------------------------------------------------
def matches(tree, as_of):
    found = matching_customers(tree, as_of=as_of, applies_to="both")
    return set(found.values_list("pk", flat=True))


def nodes_at_the_customer(node):
    """Yield the nodes of an explained tree that are about the customer, not about a row."""
    yield node
    if "relation" not in node:
        for child in node.get("conditions", ()):
            yield from nodes_at_the_customer(child)


def plain(node):
    """Return an explained node as it stands in the tree."""
    known = {key: value for key, value in node.items() if key not in {"holds", "actual"}}
    for key in {"conditions", "steps"} & set(known):
        known[key] = [plain(child) for child in known[key]]
    for key in {"first", "last"} & set(known):
        if isinstance(known[key], dict):
            known[key] = plain(known[key])
    return known


def test_every_node_holds_for_whom_the_query_finds_it_to_hold():
    awkward_shop(1, customers=12).store()
    related = Customer.objects.select_related("website", "store", "group", "wishlist")
    people = list(related.filter(is_active=True)[:3])
    seen = set()

    @settings(SETTINGS, max_examples=examples(12))
    @given(tree=trees(depth=2, every=every_attribute()), as_of=AS_OF)
    def agree(tree, as_of):
        for person in people:
            explained = explain(tree, person, as_of=as_of).tree
            assert plain(explained) == parse_tree(tree).json
            for node in nodes_at_the_customer(explained):
                seen.add(node["holds"])
                alone = plain(node) if "match" in node and "relation" not in node else None
                whole = alone or all_of(plain(node))
                assert node["holds"] == (person.pk in matches(whole, as_of))

    agree()
    assert seen == {True, False}


# What was compared -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("node", "shown"),
    [
        (condition("customer.first_name", "is", "x"), "Anna"),
        (condition("customer.last_name", "is", "x"), None),
        (condition("customer.accepts_marketing", "is", True), False),
        (condition("customer.date_of_birth", "is", "2000-01-01"), "1990-04-12"),
        (condition("customer.days_until_birthday", "is", 5), 2),
        (condition("customer.days_since_registration", "is", 5), 9),
        (condition("customer.website", "is", "default"), "default"),
        (condition("customer.registered_at", "in_last_days", 1), "2026-04-01T10:00:00+00:00"),
        (condition("lifetime.number_of_orders", "gte", 5), 0),
        (condition("activity.days_since_last_order", "is_not_empty"), None),
    ],
)
@pytest.mark.once
def test_a_single_value_is_shown_as_json(customer, node, shown):
    assert actual(customer, node) == shown


def test_an_amount_is_shown_as_a_decimal_in_a_string(customer):
    buy(customer, "0.1", "0.2")
    assert actual(customer, condition("lifetime.sales", "gt", "0.30")) == "0.3"


def test_a_set_is_shown_in_order(customer):
    for tag in ("vip", "new"):
        CustomerTag.objects.create(customer=customer, tag=tag)
    assert actual(customer, condition("customer.tags", "has", "vip")) == ["new", "vip"]


def test_of_many_rows_it_says_how_many_satisfy_and_shows_three_of_them(customer):
    buy(customer, "1", "20", "30", "40", "50")
    shown = actual(customer, condition("order.grand_total", "gte", 20))
    assert shown == {"count": 4, "rows": ["20", "30", "40"]}
    shown = actual(customer, condition("order.grand_total", "not_between", [20, 100]))
    assert shown["count"] == 4
    assert actual(customer, condition("order.grand_total", "gt", 99)) == {"count": 0, "rows": []}


def test_of_a_relation_group_it_says_how_many_rows_are_chosen_and_the_figure(customer):
    buy(customer, "1", "20", "30", "40", "50")
    chosen = [condition("order.grand_total", "gte", 20)]
    group = {"relation": "orders", "conditions": chosen}
    shown = actual(customer, group)
    assert (shown["count"], len(shown["rows"])) == (4, 3)
    total = {**group, "aggregate": "sum", "of": "order.grand_total", "operator": "gt", "value": 1}
    assert actual(customer, total)["value"] == "140"


def test_below_a_relation_group_it_says_for_how_many_rows_each_condition_holds(customer):
    buy(customer, "1", "20", "30", "40", "50")
    group = {
        "relation": "orders",
        "aggregate": "count",
        "operator": "is",
        "value": 4,
        "conditions": [
            condition("order.grand_total", "gte", 20),
            {"relation": "order_items", "conditions": [condition("order_item.sku", "is", "B")]},
        ],
    }
    (explained,) = explain(all_of(group), customer, as_of=NOW).tree["conditions"]
    totals, lines = explained["conditions"]
    assert (explained["holds"], explained["actual"]["count"]) == (False, 0)
    assert (totals["holds"], totals["actual"]["count"]) == (True, 4)
    assert (lines["holds"], lines["actual"]["count"]) == (False, 0)


def test_a_given_cart_is_explained_as_it_is_given(customer):
    Product.objects.create(sku="A", name="Hat")
    cart = {"coupon_code": "TEN", "items": [{"sku": "A", "quantity": 2, "price": "1.25"}]}
    tree = all_of(
        condition("cart.coupon_code", "is", "ten"), condition("cart_item.row_total", "gte", 3)
    )
    verdict = explain(tree, customer, as_of=NOW, cart=cart)
    coupon, total = verdict.tree["conditions"]
    assert not verdict.holds
    assert coupon["actual"] == {"count": 1, "rows": ["TEN"]}
    assert total["actual"] == {"count": 0, "rows": []}
    assert not explain(tree, customer, as_of=NOW).tree["conditions"][0]["holds"]


def test_an_anonymous_shopper_is_explained_by_the_cart_alone():
    store = Store.objects.select_related("website").get()
    shopper = Customer(kind="guest", website=store.website, store=store)
    tree = all_of(
        condition("cart.items_count", "is", 0),
        {"relation": "orders", "aggregate": "not_exists"},
        condition("customer.group", "is_empty"),
    )
    verdict = explain(tree, shopper, as_of=NOW, cart={})
    assert verdict.holds
    assert [node["holds"] for node in verdict.tree["conditions"]] == [True, True, True]


# How many queries --------------------------------------------------------------------------------
def everything():
    """Return trees that together use every attribute and every relation there is."""
    nodes = [
        {"relation": relation.name, "aggregate": "exists"} for relation in registry.relations()
    ]
    every = every_attribute()
    for attribute in every:
        if attribute.type is SEGMENT:  # another tree, with queries of its own
            continue
        operator = next(iter(attribute.type.operators.values()))
        node = {"attribute": attribute.code, "operator": operator.name}
        if operator.takes is not Takes.NOTHING:
            node["value"] = values_of(attribute, operator, every)[0]
        nodes.append(node)
    # One would have more nodes than a tree may.
    return [{"match": "any", "conditions": nodes[first::2]} for first in (0, 1)]


def queries_of(call):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        call()
    return len(captured)


@pytest.mark.parametrize("half", [0, 1])
def test_a_tree_of_every_condition_is_one_query(
    django_assert_num_queries, django_assert_max_num_queries, half
):
    awkward_shop(1, customers=6).store()
    root = parse_tree(everything()[half])
    assert 90 < len(list(root.walk())) <= 200
    # Two for the scope: the zones of its websites, the tree of categories. Two more for addresses:
    # which of them are suppressed, and which are valid, only Python can say.
    with django_assert_max_num_queries(4):
        found = matching_customers(root, as_of=NOW)
    with django_assert_num_queries(1):
        found.count()
    with django_assert_num_queries(1):
        list(found)


def test_a_scope_is_looked_up_by_one_query_each(django_assert_num_queries):
    root = parse_tree(all_of())
    with django_assert_num_queries(3):
        matching_customers(root, as_of=NOW, websites=["default"], customer_groups=["general"])


def test_a_longer_list_of_conditions_on_the_same_attribute_parses_with_no_more_queries():
    one = condition("customer.group", "is", "general")
    few, many = (queries_of(lambda n=n: parse_tree(all_of(*[one] * n))) for n in (2, 150))
    assert few == many == 1


@pytest.mark.parametrize("half", [0, 1])
def test_more_rows_are_explained_with_no_more_queries(customer, half):
    awkward_shop(1, customers=6).store()
    root = parse_tree(everything()[half])
    related = Customer.objects.select_related("website", "store", "group", "wishlist")

    def explained():
        return queries_of(lambda: explain(root, related.get(pk=customer.pk), as_of=NOW))

    buy(customer, "1")
    few = explained()
    buy(customer, *["2"] * 30)
    assert explained() == few


# How often a condition is asked ------------------------------------------------------------------
@pytest.fixture
def asked(monkeypatch):
    """Count how often each attribute is asked whether a condition on it holds."""
    counts = Counter()
    holds = Column.holds

    def counted(self, *args):
        counts[self.code] += 1
        return holds(self, *args)

    monkeypatch.setattr(Column, "holds", counted)
    return counts


def test_a_condition_is_asked_once_however_deep_it_stands(customer, asked):
    node = condition("customer.first_name", "is", "anna")
    for match in ["all", "any", "none", "not_all", "all", "any", "none", "not_all", "all"]:
        node = {"match": match, "conditions": [node]}
    assert explain(node, customer, as_of=NOW).holds
    assert asked == {"customer.first_name": 1}


@pytest.mark.parametrize(
    "said",
    [
        {"aggregate": "exists"},
        {"aggregate": "not_exists"},
        {"aggregate": "every"},
        {"aggregate": "count", "operator": "gte", "value": 2},
        {"aggregate": "avg", "of": "order.subtotal", "operator": "is_not", "value": 2},
        {"aggregate": "latest", "of": "order.state", "operator": "is", "value": "new"},
    ],
    ids=lambda said: said["aggregate"],
)
def test_a_condition_on_rows_is_asked_once_of_each(customer, asked, said):
    buy(customer, *["1"] * 30)
    inner = {"match": "any", "conditions": [condition("order.grand_total", "gte", 1)]}
    lines = {"relation": "order_items", "conditions": [condition("order_item.sku", "is", "A")]}
    tree = all_of({"relation": "orders", "match": "all", "conditions": [inner, lines], **said})
    verdict = explain(tree, customer, as_of=NOW)
    assert verdict.tree["conditions"][0]["actual"]["count"] == 30
    assert asked == {"order.grand_total": 30, "order_item.sku": 30}


def test_a_condition_directly_on_rows_is_asked_once_of_each(customer, asked):
    buy(customer, *["1"] * 30)
    assert explain(all_of(condition("order.grand_total", "gte", 1)), customer, as_of=NOW).holds
    assert asked == {"order.grand_total": 30}


@pytest.mark.once
def test_what_an_explanation_says_is_what_the_evaluator_says_without_one():
    awkward_shop(3, customers=12).store()
    people = Customer.objects.select_related("website", "store", "group", "wishlist")
    facts = facts_of(list(people), NOW)

    @SETTINGS
    @given(tree=trees(every=every_attribute()))
    def agree(tree):
        root = parse_tree(tree)
        for one in facts:
            verdict = root.evaluate(one.customer, one)
            assert verdict.holds == root.holds(one.customer, one)

    agree()
