"""What an order of events means at the calendar's ends, for given carts, and in explanations."""

from datetime import UTC, datetime, timedelta

import pytest

from conditions.explain import explain
from conditions.matching import matching_customers
from conditions.upkeep.columns import ColumnsRead
from customers.models import Cart, Customer

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def all_of(*steps):
    return {"match": "all", "conditions": [{"steps": list(steps)}]}


def matches(*steps, as_of=NOW):
    """Return who matches; query, complement and evaluator must say the same."""
    tree = all_of(*steps)
    found = set(matching_customers(tree, as_of=as_of).values_list("external_id", flat=True))
    none = matching_customers({"match": "none", "conditions": [tree]}, as_of=as_of)
    everybody = {one.external_id: one for one in Customer.objects.all()}
    assert found == everybody.keys() - set(none.values_list("external_id", flat=True))
    assert found == {
        number for number, one in everybody.items() if explain(tree, one, as_of=as_of).holds
    }
    return found


def test_gaps_reach_over_the_ends_of_the_calendar(make_customer, doing):
    """Catches an end of a gap that is no instant: an error, or a row that is lost."""
    first = datetime(1, 1, 1, tzinfo=UTC)
    for number, viewed, logged_in in (
        ("late", LAST - timedelta(hours=1), LAST),
        ("early", first, first + timedelta(hours=1)),
        ("apart", first, LAST),
    ):
        customer = make_customer(number)
        doing.view(customer, viewed)
        doing.login(customer, logged_in)
    views, logins = {"relation": "product_views"}, {"relation": "logins"}
    assert matches(views, logins | {"within_days": 3_650}) == {"late", "early"}
    assert matches(views, logins | {"after_hours": 1}) == {"late", "early", "apart"}
    assert matches(views, logins | {"after_days": 3_650}) == {"apart"}
    never = {"not": True, "within_days": 3_650}
    assert matches(logins, views | never, as_of=datetime(101, 1, 1, tzinfo=UTC)) == {"early"}
    assert matches(views, logins | never, as_of=datetime(101, 1, 1, tzinfo=UTC)) == {"apart"}


def test_a_row_without_the_named_time_is_no_event(make_customer, doing):
    """Catches a missing time that counts as the first, or as the last one, of the rows."""
    customer = make_customer("a")
    doing.order(customer, NOW)
    cart = {"relation": "all_carts", "at": "cart.updated_at"}
    doing.put_in_cart(customer, NOW - timedelta(days=1))
    assert matches(cart, {"relation": "sales"}) == {"a"}
    Cart.objects.update(updated_at=NOW)
    assert matches(cart, {"relation": "sales"}) == set()


def test_rows_without_a_product_are_not_about_the_same_one(make_customer, doing):
    """Catches two empty SKUs that are taken for the same product."""
    for number, sku in (("empty", ""), ("named", "shoe")):
        customer = make_customer(number)
        for hours in (3, 1):
            doing.order(customer, NOW - timedelta(hours=hours), [sku])
    items = {"relation": "order_items"}
    assert matches(items, items) == {"empty", "named"}
    assert matches(items, items | {"same": "sku"}) == {"named"}


def test_line_below_another_is_no_line_of_any_cart(make_customer, doing):
    """Catches parts of a bundle that count beside the bundle."""
    customer = make_customer("a")
    bundle = doing.put_in_cart(customer, NOW, sku="bundle")
    doing.put_in_cart(customer, NOW, sku="part", parent=bundle)
    lines = {"relation": "all_cart_items", "aggregate": "count", "operator": "gte"}
    for least, found in ((1, ["a"]), (2, [])):
        tree = {"match": "all", "conditions": [lines | {"value": least}]}
        numbers = matching_customers(tree, as_of=NOW).values_list("external_id", flat=True)
        assert [*numbers] == found
        assert explain(tree, customer, as_of=NOW).holds is bool(found)


def test_a_given_cart_stands_in_for_the_stored_one(make_customer, doing):
    """Catches steps that look at the stored cart while one is given."""
    customer = make_customer("a")
    doing.login(customer, NOW - timedelta(hours=2))
    doing.put_in_cart(customer, NOW - timedelta(days=3))
    doing.product("given")
    step = {"relation": "all_cart_items", "only": "last"}
    tree = all_of({"relation": "logins"}, step | {"within_hours": 2})
    assert not explain(tree, customer, as_of=NOW).holds
    cart = {"items": [{"sku": "given", "quantity": 1}]}
    verdict = explain(tree, customer, as_of=NOW, cart=cart)
    assert verdict.holds
    assert verdict.children[0].actual["chain"] == [
        (NOW - timedelta(hours=2)).isoformat(),
        NOW.isoformat(),
    ]


def test_an_explanation_says_what_each_step_chose(make_customer, doing):
    """Catches steps that an explanation leaves out, or shows as they were sent."""
    customer = make_customer("a")
    for hours in (5, 3, 1):
        doing.view(customer, NOW - timedelta(hours=hours), sku="shoe")
    doing.order(customer, NOW - timedelta(hours=2))
    of_shoe = {"attribute": "product_view.sku", "operator": "is", "value": "SHOE"}
    views = {"relation": "product_views", "only": "last", "conditions": [of_shoe]}
    node = explain(all_of(views, {"relation": "sales"}), customer, as_of=NOW).tree["conditions"][0]
    assert (node["holds"], node["actual"]) == (False, {"rows": 3, "chain": None})
    first, second = node["steps"]
    assert (first["holds"], first["actual"]["count"], second["actual"]["count"]) == (True, 3, 1)
    assert first["conditions"][0]["actual"]["count"] == 3


def test_a_chain_reads_what_its_steps_read():
    """Catches a step, its time or its product whose change would turn nobody."""
    views = {"relation": "product_views"}
    cart = {"relation": "all_cart_items", "at": "cart_item.updated_at"}
    big = {"attribute": "cart_item.quantity", "operator": "gt", "value": "5"}
    read = ColumnsRead().of(all_of(views, cart | {"same": "sku", "conditions": [big]}))
    assert read is not None
    assert {
        ("customers_cartitem", "updated_at"),
        ("customers_cartitem", "quantity"),
        ("customers_cartitem", "sku_folded"),
        ("customers_product", "sku_folded"),
        ("customers_productview", "viewed_at"),
    } <= read
