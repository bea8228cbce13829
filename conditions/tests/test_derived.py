"""Derived attributes and comparisons of two attributes, in literal figures from the contract.

Each is asked of the query and of the evaluator.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from conditions.evaluator.facts import facts_of
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.tests.rollups import roll_up_everybody
from customers.models import (
    Category,
    Customer,
    CustomerAttribute,
    CustomerGroup,
    Login,
    Order,
    OrderItem,
    Product,
    ProductView,
    Refund,
    Store,
    Website,
    Wishlist,
    WishlistItem,
)

pytestmark = pytest.mark.django_db
AS_OF = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def customer(name, **values):
    return Customer.objects.create(
        external_id=name,
        website=Website.objects.get(code="default"),
        store=Store.objects.get(),
        group=CustomerGroup.objects.get(),
        **values,
    )


def order(customer, state, total, at, *lines, **values):
    """Store an order with lines of (SKU, quantity, type, whether it is part of the line before)."""
    made = Order.objects.create(
        number=str(Order.objects.count()),
        customer=customer,
        store=customer.store,
        state=state,
        grand_total=Decimal(total),
        **{"created_at": utc(at), "updated_at": utc(at)} | values,
    )
    before = None
    for number, (sku, quantity, product_type, is_part) in enumerate(lines):
        product, _ = Product.objects.get_or_create(sku=sku, defaults={"name": sku})
        before = OrderItem.objects.create(
            order=made,
            line=str(number),
            parent=before if is_part else None,
            product=product,
            sku=sku,
            product_type=product_type,
            quantity=Decimal(quantity),
        )
    return made


def refund(customer, order, amount):
    Refund.objects.create(
        number=str(Refund.objects.count()),
        customer=customer,
        order=order,
        created_at=AS_OF,
        amount=Decimal(amount),
    )


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
    for total in ("0.01", "0.01", "0.02"):  # an average of 0.01333...
        order(few, "new", total, "2026-04-08T12:00")
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


def both(node, root=None):
    """Return who matches by query and who by evaluator."""
    root = root or parse_tree({"match": "all", "conditions": [node]})
    found = matching_customers(root, as_of=AS_OF)
    people = Customer.objects.select_related("website", "store", "group", "wishlist")
    facts = facts_of(list(people), AS_OF)
    return [
        set(found.values_list("external_id", flat=True)),
        {one.customer.external_id for one in facts if root.evaluate(one.customer, one).holds},
    ]


def check(expectations):
    wrong = [
        (node, sorted(found ^ expected))
        for node, expected in expectations
        for found in both(node)
        if found != expected
    ]
    assert not wrong


def condition(attribute, operator, *value):
    return {"attribute": attribute, "operator": operator, **({"value": value[0]} if value else {})}


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
                (condition(code, "not_between", [raw, raw]), set(NAMES) - same),
            ]
    check(expectations)


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


# Attribute against attribute, on the row of an order --------------------------------------------
@pytest.fixture
def pairs():
    """Store customers whose only order has two columns that are compared."""
    rows = {
        "no subtotal": {"subtotal": None},
        "less": {"subtotal": Decimal("9.9999")},
        "same": {"subtotal": Decimal(10)},
        "more": {"subtotal": Decimal("10.0001")},
        "tenth": {"subtotal": Decimal(1)},
        "both empty": {"subtotal": Decimal(5), "shipping_city": "", "billing_city": ""},
        "spelled otherwise": {"subtotal": 5, "shipping_city": "Bern", "billing_city": "BERN"},
        "after": {"subtotal": 5, "shipping_city": "Bern", "billing_city": "Berlin"},
    }
    for name, values in rows.items():
        order(customer(name), "new", "10", "2026-04-10T10:00", **values)
    customer("no order")


PAIRS = {"no subtotal", "less", "same", "more", "tenth", "both empty", "spelled otherwise"} | {
    "after",
    "no order",
}


def against(attribute, operator, other, **more):
    return condition(attribute, operator, {"attribute": other, **more})


def test_amounts_are_compared_with_each_other_exactly(pairs):
    five = {"both empty", "spelled otherwise", "after"}

    def subtotal(operator, **times):
        return against("order.subtotal", operator, "order.grand_total", **times)

    check(
        [
            (subtotal("is"), {"same"}),
            (subtotal("is_not"), PAIRS - {"same"}),
            (subtotal("gt"), {"more"}),
            (subtotal("gte"), {"same", "more"}),
            (subtotal("lt"), {"less", "tenth"} | five),
            (subtotal("lte"), {"less", "same", "tenth"} | five),
            (subtotal("is", times="0.1"), {"tenth"}),
            (subtotal("lt", times="0.1"), set()),
            (subtotal("gte", times="0.5"), {"less", "same", "more"} | five),
            (subtotal("gt", times="1.0000"), {"more"}),
            (subtotal("gt", times="-1"), PAIRS - {"no subtotal", "no order"}),
            # A whole number, which is 0 here, against an amount in units of 1/10,000.
            (
                against("order.lines_count", "lt", "order.subtotal"),
                PAIRS - {"no subtotal", "no order"},
            ),
            (
                against("order.grand_total", "gt", "order.lines_count", times=9),
                PAIRS - {"no order"},
            ),
        ]
    )


def test_texts_are_compared_with_each_other_folded_and_empty_ones_are_missing(pairs):
    check(
        [
            (against("order.shipping_city", "is", "order.billing_city"), {"spelled otherwise"}),
            (
                against("order.shipping_city", "is_not", "order.billing_city"),
                PAIRS - {"spelled otherwise"},
            ),
        ]
    )


@pytest.fixture
def moments():
    """Store customers whose only order was changed at various times after 10 April in Berlin."""
    Website.objects.update(timezone="Europe/Berlin")
    Website.objects.create(code="apia", name="Apia", timezone="Pacific/Apia")
    for name, updated in {
        "day before": "2026-04-09T21:59:59.999999",
        "same day, before": "2026-04-09T22:00",
        "same moment": "2026-04-10T10:00",
        "same day, after": "2026-04-10T21:59:59.999999",
        "day after": "2026-04-10T22:00",
    }.items():
        order(customer(name), "new", "1", "2026-04-10T10:00", updated_at=utc(updated))


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("is", {"same day, before", "same moment", "same day, after"}),
        ("is_not", {"day before", "day after"}),
        ("before", {"day before", "same day, before"}),
        ("on_or_before", {"day before", "same day, before", "same moment"}),
        ("after", {"same day, after", "day after"}),
        ("on_or_after", {"same moment", "same day, after", "day after"}),
    ],
)
def test_moments_are_compared_as_instants_and_is_as_the_same_day(moments, operator, expected):
    check([(against("order.updated_at", operator, "order.created_at"), expected)])


def test_choices_and_booleans_are_compared_with_each_other():
    for name, status, method in (
        ("same", "cash", "cash"),
        ("other case", "cash", "Cash"),
        ("behind", "cash", "card"),
        ("empty", "", ""),
        ("missing", None, None),
    ):
        order(customer(name), "new", "1", "2026-04-10T10:00", status=status, payment_method=method)
    for name, billing, shipping in (
        ("yes", True, True),
        ("no", False, False),
        ("mixed", True, False),
    ):
        customer(name).addresses.create(is_default_billing=billing, is_default_shipping=shipping)
    flags = ("address.is_default_billing", "address.is_default_shipping")
    check(
        [
            (against("order.status", "is", "order.payment_method"), {"same"}),
            (
                {
                    "relation": "orders",
                    "conditions": [against("order.status", "is_not", "order.payment_method")],
                },
                {"other case", "behind", "empty", "missing"},
            ),
            (against(flags[0], "is", flags[1]), {"yes", "no"}),
        ]
    )


def test_dates_are_compared_with_each_other():
    day = CustomerAttribute.objects.create(code="day", label="Day", type="date")
    for name, on in (("before", 9), ("same", 10), ("after", 11)):
        one = customer(name, date_of_birth=date(2026, 4, on))
        one.attribute_values.create(attribute=day, date=date(2026, 4, 10))
    customer("missing", date_of_birth=date(2026, 4, 10))
    for operator, expected in (
        ("is", {"same"}),
        ("is_not", {"before", "after", "missing"}),
        ("before", {"before"}),
        ("on_or_before", {"before", "same"}),
        ("after", {"after"}),
        ("on_or_after", {"same", "after"}),
    ):
        node = against("customer.date_of_birth", operator, "customer.attributes.day")
        check([(node, expected)])
