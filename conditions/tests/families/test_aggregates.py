"""Figures over rows: the middle value, the latest one, and all of them by query and evaluator."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from conditions import registry
from conditions.bases.aggregates import FIGURES
from conditions.evaluator.facts import FactStore, facts_of
from conditions.explain import explain
from conditions.language.operators import Takes
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.tests.agreement.test_agreement import by_evaluator, by_query
from conditions.tests.agreement.test_every_condition import AS_OF
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import offered, pool
from customers.models import (
    Cart,
    Customer,
    CustomerGroup,
    Order,
    OrderItem,
    Product,
    Refund,
    RefundItem,
    Store,
    Website,
)
from tests.cases import half

NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def figure(relation, aggregate, of, operator, *value, **more):
    node = {"relation": relation, "aggregate": aggregate, "of": of, "operator": operator, **more}
    return node | ({"value": value[0]} if value else {})


def all_of(*nodes):
    return {"match": "all", "conditions": list(nodes)}


def matches(node):
    """Return who matches; the query and the evaluator must say the same."""
    root = parse_tree(all_of(node))
    found = matching_customers(root, as_of=NOW).values_list("external_id", flat=True)
    facts = facts_of(list(Customer.objects.select_related("website")), NOW)
    held = {one.customer.external_id for one in facts if root.holds(one.customer, one)}
    assert set(found) == held
    return held


@pytest.fixture
def person(db):
    """Return a function that makes a customer."""

    def make(name):
        return Customer.objects.create(
            external_id=name,
            website=Website.objects.get(),
            store=Store.objects.get(),
            group=CustomerGroup.objects.get(),
        )

    return make


def buy(customer, days_ago, **values):
    at = NOW - timedelta(days=days_ago)
    number = f"N{Order.objects.count()}"
    values = {"state": "complete", "grand_total": 1, "updated_at": at, "created_at": at} | values
    return Order.objects.create(number=number, customer=customer, store=customer.store, **values)


# The middle value --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amounts", "median"),
    [
        (["7"], "7"),
        (["9", "1"], "1"),
        (["9", "1", "5"], "5"),
        (["9", "1", "5", "7"], "5"),
        (["9", None, "1", None, "5", "7", "8"], "7"),
        (["-0.0001", "0", "0", "0.0001"], "0"),
        (["1000000000", "-1000000000", "0.0001", "0.0002"], "0.0001"),
    ],
)
def test_the_median_is_value_number_half_of_them_rounded_up(person, amounts, median):
    ann = person("ann")
    for amount in amounts:
        buy(ann, 1, subtotal=None if amount is None else Decimal(amount))
    below = str(Decimal(median) - Decimal("0.0001"))

    assert matches(figure("orders", "median", "order.subtotal", "is", median)) == {"ann"}
    assert matches(figure("orders", "median", "order.subtotal", "lte", below)) == set()
    assert matches(figure("orders", "median", "order.subtotal", "gt", median)) == set()


def test_days_instants_and_whole_numbers_have_a_median(person):
    ann = person("ann")
    for days, lines in ((1, 5), (10, 2), (30, 3), (40, 8)):
        buy(ann, days, lines_count=lines)

    assert matches(figure("orders", "median", "order.lines_count", "is", 3)) == {"ann"}
    median = figure("orders", "median", "order.created_at", "is", "2026-03-11")
    assert matches(median) == {"ann"}
    instants = ("2026-03-11T12:00:00Z", "2026-03-11T12:00:00.000001Z")
    for instant, found in zip(instants, ({"ann"}, set()), strict=True):
        assert matches({**median, "operator": "on_or_after", "value": instant}) == found
    lately = {**median, "operator": "in_last_days"}
    assert matches({**lately, "value": 29}) == set()
    assert matches({**lately, "value": 30}) == {"ann"}


# The latest value --------------------------------------------------------------------------------
def test_the_latest_value_is_that_of_the_row_with_the_latest_time(person):
    ann, bob = person("ann"), person("bob")
    buy(ann, 1, coupon_code="Late", state="complete")
    buy(ann, 2, coupon_code="EARLY", state="canceled")
    buy(bob, 2, coupon_code="Late", created_at=NOW)
    buy(bob, 2, coupon_code="", created_at=NOW + MICROSECOND, state="new")

    latest = figure("orders", "latest", "order.coupon_code", "is", "LATE")
    assert matches(latest) == {"ann"}
    # Whose row has no value has none, whatever the others have.
    assert matches({**latest, "operator": "is_not"}) == {"bob"}
    empty = figure("orders", "latest", "order.coupon_code", "is_empty")
    assert matches(empty) == {"bob"}
    assert matches(figure("orders", "latest", "order.state", "is_one_of", ["new"])) == {"bob"}
    canceled = {"attribute": "order.state", "operator": "is", "value": "canceled"}
    assert matches({**latest, "value": "early", "conditions": [canceled]}) == {"ann"}


def test_of_rows_with_the_same_time_the_last_one_stored_is_the_latest(person):
    ann, bob = person("ann"), person("bob")
    for customer, totals in ((ann, (1, 2)), (bob, (2, 1))):
        for total in totals:
            buy(customer, 3, subtotal=total)

    assert matches(figure("orders", "latest", "order.subtotal", "is", 2)) == {"ann"}
    assert matches(figure("orders", "latest", "order.subtotal", "is_not", 2)) == {"bob"}


def test_lines_have_the_time_of_their_order_or_refund(person):
    ann = person("ann")
    product = Product.objects.create(sku="A", name="A")
    # The later line is that of the earlier order.
    for days, sku in ((1, "NEW"), (9, "OLD")):
        order = buy(ann, days)
        OrderItem.objects.create(order=order, line="1", product=product, sku=sku, quantity=1)
        refund = Refund.objects.create(
            number=f"R{days}", customer=ann, order=order, amount=1, created_at=order.created_at
        )
        RefundItem.objects.create(
            refund=refund, line="1", product=product, sku=sku, quantity=1, row_total=1
        )

    for relation in ("order_item", "refund_item"):
        node = figure(f"{relation}s", "latest", f"{relation}.sku", "is", "new")
        assert matches(node) == {"ann"}
    nested = figure("order_items", "latest", "order_item.sku", "is", "old")
    assert matches({"relation": "orders", "conditions": [nested]}) == {"ann"}


def test_yes_or_no_is_a_latest_value_too(person):
    for name, states in (("ann", (True, False)), ("bob", (False, True)), ("cid", ())):
        customer = person(name)
        for number, is_active in enumerate(states):
            Cart.objects.create(
                external_id=f"{name}{number}",
                customer=customer,
                store=customer.store,
                is_active=is_active,
                created_at=NOW,
                updated_at=NOW + timedelta(hours=number),
            )
    latest = figure("all_carts", "latest", "cart.is_active", "is", True)

    assert matches(latest) == {"bob"}
    assert matches({**latest, "value": False}) == {"ann"}
    assert matches(figure("all_carts", "latest", "cart.is_active", "is_empty")) == {"cid"}


def test_a_given_cart_has_its_own_time_and_is_stored_last(person):
    ann = person("ann")
    Cart.objects.create(
        external_id="C",
        customer=ann,
        store=ann.store,
        is_active=False,
        coupon_code="STORED",
        created_at=NOW,
        updated_at=NOW,
    )

    def coupon(updated_at):
        cart = {"coupon_code": "GIVEN", "updated_at": updated_at.isoformat()}
        node = figure("all_carts", "latest", "cart.coupon_code", "is", "given")
        return explain(all_of(node), ann, as_of=NOW, cart=cart).holds

    assert coupon(NOW)
    assert not coupon(NOW - MICROSECOND)
    lines = [{"sku": sku, "quantity": 1} for sku in ("A", "B")]
    node = figure("cart_items", "latest", "cart_item.sku", "is", "b")
    assert explain(all_of(node), ann, as_of=NOW, cart={"items": lines}).holds


def test_an_explanation_names_the_latest_value(person):
    ann = person("ann")
    buy(ann, 1, state="complete")
    node = figure("orders", "latest", "order.state", "is", "new")
    (explained,) = explain(all_of(node), ann, as_of=NOW).tree["conditions"]
    assert (explained["holds"], explained["actual"]["value"]) == (False, "complete")


# All of them -------------------------------------------------------------------------------------
def figures_of(relation):
    """Yield every figure of the relation's own attributes, with each operator and a value."""
    own = [one for one in offered(relation) if one.prefix == relation.prefix]
    for aggregate in FIGURES.values():
        if not aggregate.is_offered(relation):
            continue
        if aggregate.needs_periods and not relation.time:
            continue
        for of in [one for one in own if aggregate.accepts(one)] if aggregate.needs_of else [None]:
            node = {"relation": relation.name, "aggregate": aggregate.name}
            if aggregate.needs_periods:
                node["periods"] = {"unit": "month", "count": 60}
            node |= {} if of is None else {"of": of.code}
            for operator in aggregate.operators(of).values():
                if operator.twin is None:  # Its negation is its complement.
                    value = value_of(aggregate.result_type(of), operator, aggregate.choosing(of))
                    yield {**node, "operator": operator.name, **value}


def value_of(type_, operator, choosing):
    if operator.takes is Takes.NOTHING:
        return {}
    if operator.takes is Takes.PERIOD:
        return {"value": "this_month"}
    if operator.takes not in {Takes.ONE, Takes.LIST, Takes.PAIR}:
        return {"value": 30}
    one, other = sorted(pool(type_, operator, choosing)[:2], key=lambda raw: type_.one(raw).meant)
    if operator.takes is Takes.ONE:
        return {"value": other}
    return {"value": [one, other]}


def one_of_each_type(nodes, *, is_about_orders):
    """Return the first of the nodes for each type of attribute and aggregate.

    For each operator, too, of orders. Their SQL is that of all others.
    """
    first = {}
    for node in nodes:
        type_ = registry.attribute(node["of"]).type.name if "of" in node else None
        operator = node["operator"] if is_about_orders else ""
        first.setdefault((type_, node["aggregate"], operator), node)
    return list(first.values())


@pytest.mark.django_db
def test_query_and_evaluator_agree_on_each_figure(is_exhaustive):
    """Over the first attribute of each type; with --all both databases together ask all others."""
    awkward_shop(7).store()
    people = Customer.objects.select_related("website", "store", "group", "wishlist")
    store = FactStore(list(people.order_by("pk")))
    disagreeing, telling = [], set()
    for relation in registry.relations():
        nodes = list(figures_of(relation))
        asked = one_of_each_type(nodes, is_about_orders=relation.name == "orders")
        if is_exhaustive:
            asked += half([node for node in nodes if node not in asked])
        for node in asked:
            found = by_query(all_of(node), AS_OF)
            if found != by_evaluator(all_of(node), store, AS_OF):
                disagreeing.append(node)
            if 0 < len(found) < len(people):
                telling.add((node["aggregate"], node["relation"]))
    assert not disagreeing
    # A figure that never tells customers apart would prove nothing.
    # Rows of other apps are not in this shop; those apps have tests of their own.
    ours = [one for one in registry.relations() if one.model._meta.app_label == "customers"]
    timed = {("latest", one.name) for one in ours if one.time}
    assert telling >= timed | {(name, "orders") for name in FIGURES}


def test_an_explanation_names_the_rows_whose_value_it_is(person):
    ann = person("ann")
    for days_ago, total in ((1, 20), (4, 1), (3, 40), (2, 30)):
        buy(ann, days_ago, grand_total=total)
    for aggregate, value, rows in (
        ("min", "1", ["N1"]),
        ("median", "20", ["N0"]),
        ("max", "40", ["N2"]),
        ("latest", "20", ["N0"]),
        ("sum", "91", ["N0", "N1", "N2"]),
    ):
        node = all_of(figure("orders", aggregate, "order.grand_total", "gt", 0))
        (shown,) = explain(node, ann, as_of=NOW).tree["conditions"]
        assert shown["actual"] == {"count": 4, "rows": rows, "value": value}, aggregate
