"""Derived attributes, in literal figures from the contract.

Each is asked of the query and of the evaluator.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db.models import Q

from conditions import registry
from conditions.bases.aggregates import FIGURES as FIGURES_OF_ROWS
from conditions.bases.row_figures.derived import Derived
from conditions.language import types
from conditions.parse import parse_tree
from conditions.registry import Family
from conditions.tests.examples.rollups import roll_up_everybody
from conditions.tests.examples.small_shop import (
    AS_OF,
    both,
    check,
    condition,
    customer,
    order,
    refund,
    utc,
)
from customers.models import (
    Category,
    Customer,
    CustomerAttribute,
    Login,
    Product,
    ProductView,
    Website,
    Wishlist,
    WishlistItem,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    Website.objects.update(timezone="Europe/Berlin")
    # Another zone, so that each day has more than one beginning.
    Website.objects.create(code="apia", name="Apia", timezone="Pacific/Apia")
    busy = customer("busy", registered_at=utc("2026-01-01T12:00"), date_of_birth=date(1990, 4, 12))
    first = order(
        busy,
        "complete",
        "100",
        "2026-02-28T23:30",  # 1 March in Berlin
        ("A", "2", "simple", False),
        ("B", "1.5", "bundle", False),
        ("C", "9", "simple", True),
        ("S", "1", "service", False),
        ("F", "0.5", None, False),
    )
    order(busy, "processing", "50.5", "2026-03-11T12:00", ("a", "1", "simple", False))
    closed = order(busy, "closed", "70", "2026-03-20T23:30", ("D", "3", "simple", False))
    canceled = order(busy, "canceled", "1000", "2026-04-05T12:00", ("E", "100", "simple", False))
    for of, amount in ((first, "10"), (closed, "70"), (None, "5"), (canceled, "1")):
        refund(busy, of, amount)
    Login.objects.create(customer=busy, logged_in_at=utc("2026-03-25T12:00"))
    Login.objects.create(customer=busy, logged_in_at=utc("2026-04-01T22:30"))  # the 2nd in Berlin
    wishlist = Wishlist.objects.create(customer=busy, is_shared=True)
    for sku, day in (("A", "2026-04-01T12:00"), ("B", "2026-04-03T12:00")):
        product = Product.objects.get(sku=sku)
        WishlistItem.objects.create(wishlist=wishlist, product=product, added_at=utc(day))
        ProductView.objects.create(customer=busy, product=product, viewed_at=utc(day))
    ProductView.objects.create(
        customer=busy, product=product, viewed_at=utc("2026-04-09T23:00"), occurrence=2
    )
    order(customer("canceled"), "canceled", "20", "2026-04-01T12:00", ("E", "1", "simple", False))
    order(customer("closed"), "closed", "20", "2026-04-01T12:00", ("D", "1", "simple", False))
    few = customer("third", registered_at=utc("2026-04-10T13:00"))
    # An average of 0.01333...; the first is of the 8th in Berlin, too.
    for total, at in (("0.01", "07T23:30"), ("0.01", "08T12:00"), ("0.02", "08T12:00")):
        order(few, "new", total, f"2026-04-{at}")
    Wishlist.objects.create(customer=few)
    customer("nobody")


# For each attribute what it is for each of these customers; None: missing.
NAMES = ("busy", "canceled", "closed", "third", "nobody")
FIGURES = {
    "lifetime.sales": ("150.5", 0, 0, "0.04", 0),
    "lifetime.number_of_orders": (2, 0, 0, 3, 0),
    "lifetime.average_order_value": ("75.25", 0, 0, "0.0133", 0),
    "lifetime.refunds": (86, 0, 0, 0, 0),
    "lifetime.profit": ("135.5", 0, 0, "0.04", 0),
    "lifetime.distinct_products": (4, 0, 1, 0, 0),
    "lifetime.quantity": (8, 0, 1, 0, 0),
    "activity.days_since_first_order": (40, None, 9, 2, None),
    "activity.days_since_last_order": (20, None, 9, 2, None),
    "activity.average_days_between_orders": (10, None, None, 0, None),
    "activity.days_since_last_login": (8, None, None, None, None),
    "activity.days_inactive": (8, None, 9, 0, None),
    "customer.days_since_registration": (99, None, None, 0, None),
    "customer.days_until_birthday": (2, None, None, None, None),
    "views.count": (3, 0, 0, 0, 0),
    "views.days_since_last": (0, None, None, None, None),
    "wishlist.items_count": (2, 0, 0, 0, 0),
    "wishlist.days_since_last_added": (7, None, None, None, None),
}


@pytest.mark.django_db
def test_the_calendars_first_instant_is_something_that_happened():
    customer("first", registered_at=datetime.min.replace(tzinfo=UTC))
    customer("never")
    roll_up_everybody()
    for code in ("activity.days_inactive", "customer.days_since_registration"):
        assert both(condition(code, "is_not_empty")) == [{"first"}, {"first"}]
        assert both(condition(code, "gt", 700_000)) == [{"first"}, {"first"}]
        assert both(condition(code, "is_empty")) == [{"never"}, {"never"}]


def test_every_figure_is_what_the_contract_says(shop):
    expectations = []
    for code, figures in FIGURES.items():
        known = {
            name: Decimal(value)
            for name, value in zip(NAMES, figures, strict=True)
            if value is not None
        }
        missing = set(NAMES) - set(known)
        expectations.append((condition(code, "is_empty"), missing))
        for value in sorted(set(known.values())):
            same = {name for name, one in known.items() if one == value}
            above = {name for name, one in known.items() if one > value}
            raw = str(value)
            expectations += [
                (condition(code, "is", raw), same),
                (condition(code, "is_not", raw), set(NAMES) - same),
                (condition(code, "gt", raw), above),
                (condition(code, "gte", raw), same | above),
                (condition(code, "lt", raw), set(known) - same - above),
                (condition(code, "lte", raw), set(known) - above),
                (condition(code, "not_between", [raw, raw]), set(NAMES) - same),
            ]
    check(expectations)


def test_days_are_those_of_the_website_in_a_comparison_too(shop):
    quantity = {"attribute": "lifetime.quantity"}
    check([(condition("activity.days_since_last_login", "is", quantity), {"busy"})])


def test_who_never_bought_has_been_without_purchase_for_ever(shop):
    code, never = "activity.days_without_purchase", {"canceled", "nobody"}
    check(
        [
            (condition(code, "gt", 20), never),
            (condition(code, "gte", 20), never | {"busy"}),
            (condition(code, "is_not", 20), set(NAMES) - {"busy"}),
            (condition(code, "not_between", [2, 9]), never | {"busy"}),
            (condition(code, "is_not_empty"), set(NAMES)),
            (condition(code, "is_empty"), set()),
            (condition(code, "is", 20), {"busy"}),
            (condition(code, "lt", 36_500), {"busy", "closed", "third"}),
            (condition(code, "lte", 9), {"closed", "third"}),
            (condition(code, "between", [0, 99999]), {"busy", "closed", "third"}),
            (condition(code, "is_one_of", [2, 9]), {"closed", "third"}),
            (condition(code, "gt", {"attribute": "lifetime.quantity"}), set(NAMES)),
            (condition(code, "lt", {"attribute": "views.count"}), set()),
            (condition(code, "gt", {"attribute": "views.days_since_last"}), {"busy"}),
        ]
    )


def test_the_last_and_the_first_moment_are_compared_as_days_of_the_website(shop):
    check(
        [
            (condition("activity.first_order_at", "is", "2026-03-01"), {"busy"}),
            (condition("activity.first_order_at", "is", "2026-02-28"), set()),
            (condition("activity.last_order_at", "is", "2026-03-21"), {"busy"}),
            (condition("activity.last_login_at", "is", "2026-04-02"), {"busy"}),
            (condition("activity.last_login_at", "before", "2026-04-02"), set()),
            (condition("views.last_viewed_at", "in_period", "today"), {"busy"}),
            (condition("wishlist.is_shared", "is", True), {"busy"}),
            (condition("wishlist.is_shared", "is", False), {"third"}),
            (condition("wishlist.is_shared", "is_not", True), set(NAMES) - {"busy"}),
        ]
    )


def test_a_nested_relation_has_the_lines_of_its_row_whatever_that_rows_state(shop):
    line = {"relation": "order_items", "conditions": [condition("order_item.sku", "is", "E")]}
    check(
        [
            ({"relation": "orders", "conditions": [line]}, {"busy", "canceled"}),
            ({"relation": "sales", "conditions": [line]}, set()),
            (line, set()),
            ({"relation": "order_items", "aggregate": "exists"}, {"busy", "closed"}),
        ]
    )


def test_lines_of_carts_are_those_of_active_ones_but_for_nested_ones(shop):
    for name, is_active in (("busy", False), ("third", True)):
        owner = Customer.objects.get(external_id=name)
        cart = owner.carts.create(
            external_id=name,
            store=owner.store,
            is_active=is_active,
            created_at=AS_OF,
            updated_at=AS_OF,
        )
        whole = None
        for sku in ("A", "B"):  # B is a part of A
            product = Product.objects.get(sku=sku)
            whole = cart.items.create(
                line=sku,
                parent=whole,
                product=product,
                sku=sku,
                quantity=1,
                added_at=AS_OF,
                updated_at=AS_OF,
            )
    line = {"relation": "cart_items", "conditions": [condition("cart_item.sku", "is", "A")]}
    part = {"relation": "cart_items", "conditions": [condition("cart_item.sku", "is", "B")]}
    check(
        [
            (line, {"third"}),
            (part, set()),
            ({"relation": "carts", "conditions": [line]}, {"third"}),
            ({"relation": "all_carts", "conditions": [line]}, {"busy", "third"}),
            ({"relation": "all_carts", "conditions": [part]}, set()),
            (condition("cart.is_active", "is", False), {"busy"}),
        ]
    )


def test_figures_of_whole_numbers_and_of_texts():
    for name, orders in {
        "1 and 2": [(1, "Bern"), (2, "BERN")],
        "2 and 2": [(2, ""), (2, None)],
        "3": [(3, "Genf")],
        "two towns": [(0, "Bern"), (0, "Genf"), (0, "")],
    }.items():
        buyer = customer(name)
        for lines, city in orders:
            order(buyer, "new", "1", "2026-04-10T10:00", lines_count=lines, shipping_city=city)

    def figure(aggregate, of, operator, value):
        return {
            "relation": "orders",
            "aggregate": aggregate,
            "of": of,
            "operator": operator,
            "value": value,
        }

    check(
        [
            (figure("avg", "order.lines_count", "is", "1.5"), {"1 and 2"}),
            (figure("avg", "order.lines_count", "gte", 2), {"2 and 2", "3"}),
            (figure("sum", "order.lines_count", "is", 3), {"1 and 2", "3"}),
            (figure("count_distinct", "order.shipping_city", "is", 0), {"2 and 2"}),
            (figure("count_distinct", "order.shipping_city", "is", 1), {"1 and 2", "3"}),
            (figure("count_distinct", "order.shipping_city", "is", 2), {"two towns"}),
        ]
    )


def test_each_custom_attribute_has_its_own_value():
    size, colour = (
        CustomerAttribute.objects.create(code=code, label=code, type="text")
        for code in ("size", "colour")
    )
    both_own = customer("both")
    both_own.attribute_values.create(attribute=size, text="L")
    both_own.attribute_values.create(attribute=colour, text="red")
    customer("one").attribute_values.create(attribute=colour, text="L")
    check(
        [
            (condition("customer.attributes.size", "is", "l"), {"both"}),
            (condition("customer.attributes.colour", "is", "l"), {"one"}),
            (condition("customer.attributes.size", "is_empty"), {"one"}),
        ]
    )


def test_a_category_that_is_gone_is_nobodys_and_its_opposite_everybodys(shop):
    hats = Category.objects.create(code="hats", name="Hats")
    hats.product_categories.create(product=Product.objects.get(sku="A"))
    for operator, value, expected in (
        ("is", "gone", set()),
        ("is_or_below", "gone", set()),
        ("is_not", "gone", set(NAMES)),
        ("is_one_of", ["gone", "hats"], {"busy"}),
    ):
        node = condition("order_item.category", operator, value)
        root = parse_tree({"match": "all", "conditions": [node]}, stored=True)
        assert both(node, root) == [expected, expected]


def test_an_average_is_compared_as_it_is_rounded():
    for name, totals in (
        ("half below", ("-0.0001", "0")),
        ("third below", ("-0.0001", "0", "0")),
        ("two thirds", ("0.0001", "0.0001", "0")),
    ):
        of = customer(name)
        for total in totals:
            order(of, "new", total, "2026-04-01T12:00")
    roll_up_everybody()
    average = "lifetime.average_order_value"
    check(
        [
            (condition(average, "gte", 0), {"third below", "two thirds"}),
            (condition(average, "gte", "0.0001"), {"two thirds"}),
            (condition(average, "lt", 0), {"half below"}),
        ]
    )


def test_a_sum_of_another_app_that_no_rollup_stores_is_0_where_there_are_no_rows(monkeypatch):
    for name in ("_families", "_attributes", "_relations"):
        monkeypatch.setattr(registry, name, getattr(registry, name).copy())
    of_new_orders = Derived(
        code="test.sales_of_new_orders",
        label="Sales of new orders",
        type=types.NUMBER,
        over="orders",
        aggregate=FIGURES_OF_ROWS["sum"],
        of_code="order.grand_total",
        where=Q(state="new"),
        keeps=lambda order: order.state == "new",
    )
    registry.register(Family("Tests", attributes=[of_new_orders]))
    order(customer("only new"), "new", "10", "2026-04-01T12:00")
    order(customer("none new"), "complete", "10", "2026-04-01T12:00")
    customer("nobody")
    roll_up_everybody()
    other_sales = {"attribute": "lifetime.sales"}
    check(
        [
            (condition("test.sales_of_new_orders", "lt", other_sales), {"none new"}),
            (condition("test.sales_of_new_orders", "is", other_sales), {"only new", "nobody"}),
        ]
    )
