"""A given cart stands in for the stored active ones, and means the same as if it were stored."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings

from conditions import registry
from conditions.errors import InvalidTree
from conditions.evaluator.given_cart import given_cart
from conditions.explain import explain
from conditions.language.types import SEGMENT
from conditions.tests.agreement.test_agreement import SETTINGS
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import AS_OF, every_attribute, trees
from customers.models import (
    AppliedRule,
    Cart,
    CartItem,
    Category,
    Customer,
    CustomerGroup,
    Product,
    ProductCategory,
    Store,
    Website,
)
from customers.tests.imports.importing import Importer
from tests.tiers import examples

NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
# So many generated trees hold for some shoppers and do not for others.
BOTH_ANSWERS = 12
pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    return Customer.objects.create(
        external_id="C1",
        website=Website.objects.get(),
        store=Store.objects.get(),
        group=CustomerGroup.objects.get(),
    )


@pytest.fixture
def product():
    product = Product.objects.create(sku="A-1", name="Hat", product_type="virtual")
    hats = Category.objects.create(code="hats", name="Hats")
    ProductCategory.objects.create(product=product, category=hats)
    return product


def stored_cart(customer, number, **values):
    return Cart.objects.create(
        external_id=number,
        customer=customer,
        store=customer.store,
        created_at=NOW,
        updated_at=NOW,
        **values,
    )


def holds(customer, node, cart):
    tree = {"match": "all", "conditions": [node]}
    return explain(tree, customer, as_of=NOW, cart=cart).holds


def is_(attribute, value, operator="is"):
    return {"attribute": attribute, "operator": operator, "value": value}


def test_figures_come_from_the_top_level_lines_where_they_are_not_given(product):
    cart = given_cart(
        {
            "items": [
                {"line": "1", "sku": "A-1", "quantity": 2, "price": "1.5"},
                {"line": "2", "parent_line": "1", "sku": "B-1", "quantity": 5, "price": 100},
                {"line": "3", "sku": "A-1", "quantity": "0.5", "row_total": 4},
            ]
        },
        as_of=NOW,
    ).cart
    assert (cart.items_count, cart.items_quantity, cart.subtotal) == (2, Decimal("2.5"), 7)
    assert cart.created_at == cart.updated_at == NOW


@pytest.mark.parametrize("raw", [{}, {"items": []}, {"items": None}])
def test_a_cart_without_lines_has_figures_of_zero(customer, raw):
    for column in ("items_count", "items_quantity", "subtotal"):
        assert holds(customer, is_(f"cart.{column}", 0), raw)


def test_figures_that_are_given_stay(product):
    cart = given_cart(
        {
            "items_count": 9,
            "items_quantity": "8.5",
            "subtotal": "7",
            "created_at": "2026-04-01T10:00:00Z",
            "items": [{"sku": "A-1", "quantity": 1, "price": 1}],
        },
        as_of=NOW,
    ).cart
    assert (cart.items_count, cart.items_quantity, cart.subtotal) == (9, Decimal("8.5"), 7)
    assert cart.created_at == cart.updated_at == datetime(2026, 4, 1, 10, tzinfo=UTC)


def test_a_line_takes_what_is_missing_from_its_product(product):
    (line,) = given_cart(
        {"items": [{"sku": "A-1", "quantity": 3, "price": "0.3333"}]}, as_of=NOW
    ).items
    assert (line.name, line.product_type) == ("Hat", "virtual")
    assert line.row_total == Decimal("0.9999")
    assert line.added_at == line.updated_at == NOW


def test_a_line_of_no_product_is_called_by_its_sku_as_an_import_makes_it(customer, tmp_path):
    Importer(tmp_path)(
        carts="id,customer,created_at,updated_at\nk,c1,2026-01-01,2026-01-01\n",
        cart_items="cart,line,sku,quantity,added_at\nk,1,NEW-1,2,2026-01-01\n",
        customers="id\nc1\n",
    )
    stored = CartItem.objects.get()
    (line,) = given_cart({"items": [{"sku": "NEW-2", "quantity": 2}]}, as_of=NOW).items
    assert (stored.name, stored.product_type) == ("NEW-1", "simple")
    assert (line.name, line.product_type) == ("NEW-2", "simple")
    node = {"attribute": "cart_item.name", "operator": "is", "value": "new-2"}
    tree = {"match": "all", "conditions": [node]}
    given = {"items": [{"sku": "NEW-2", "name": "", "quantity": 1}]}
    assert explain(tree, customer, as_of=NOW, cart=given).holds


def test_it_stands_in_for_the_active_carts_only(customer, product):
    stored_cart(customer, "active", coupon_code="OLD")
    stored_cart(customer, "bought", coupon_code="PAST", is_active=False)
    cart = {"coupon_code": "New", "is_active": False}
    assert holds(customer, is_("cart.coupon_code", "new"), cart)
    assert not holds(customer, is_("cart.coupon_code", "OLD"), cart)
    assert not holds(customer, is_("cart.coupon_code", "PAST"), cart)
    assert holds(
        customer,
        {"relation": "all_carts", "aggregate": "count", "operator": "is", "value": 2},
        cart,
    )
    assert holds(customer, is_("cart.coupon_code", "OLD"), None)


def test_its_lines_rules_and_categories_are_seen(customer, product):
    cart = {
        "applied_rules": "10off|free",
        "items": [{"sku": "a-1", "quantity": 2}, {"sku": "A-1", "quantity": 3, "price": 2}],
    }
    assert holds(customer, is_("cart.applied_rules", ["10off", "free"], "has_all_of"), cart)
    assert holds(customer, is_("cart_item.category", "hats"), cart)
    assert holds(
        customer,
        {
            "relation": "carts",
            "conditions": [
                {
                    "relation": "cart_items",
                    "aggregate": "sum",
                    "of": "cart_item.quantity",
                    "operator": "is",
                    "value": 5,
                }
            ],
        },
        cart,
    )
    assert holds(customer, {"attribute": "cart_item.price", "operator": "is_not_empty"}, cart)


def test_of_an_anonymous_shopper_everything_but_the_cart_is_missing(product):
    website = Website.objects.get()
    shopper = Customer(kind="guest", website=website, store=Store.objects.get())
    cart = {"items": [{"sku": "A-1", "quantity": 1}]}
    assert holds(shopper, is_("cart_item.sku", "A-1"), cart)
    assert holds(shopper, is_("lifetime.number_of_orders", 0), cart)
    assert holds(shopper, is_("customer.kind", "guest"), cart)
    assert holds(shopper, is_("customer.website", website.code), cart)
    assert holds(shopper, {"relation": "orders", "aggregate": "not_exists"}, cart)
    assert not holds(shopper, is_("customer.tags", "vip", "has"), cart)
    for attribute in registry.attributes():
        outside = attribute.prefix not in {"cart", "cart_item"} and attribute.type is not SEGMENT
        if outside and not attribute.always_known:
            node = {"attribute": attribute.code, "operator": "is_empty"}
            assert holds(shopper, node, cart), attribute.code


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ([], [("cart", "not_a_cart")]),
        ({"colour": "red"}, [("cart.colour", "unknown_key")]),
        ({"store": "nowhere"}, [("cart.store", "unknown_choice")]),
        ({"created_at": "yesterday"}, [("cart.created_at", "not_a_time")]),
        ({"created_at": "2026-02-30T10:00:00Z"}, [("cart.created_at", "not_a_time")]),
        ({"updated_at": 0}, [("cart.updated_at", "not_a_time")]),
        ({"grand_total": "12,5"}, [("cart.grand_total", "not_a_number")]),
        ({"grand_total": 1_000_000_001}, [("cart.grand_total", "out_of_range")]),
        ({"items_count": "1.5"}, [("cart.items_count", "not_a_whole_number")]),
        ({"items_count": -1}, [("cart.items_count", "not_a_whole_number")]),
        ({"coupon_code": ["x"]}, [("cart.coupon_code", "not_a_text")]),
        ({"applied_rules": 5}, [("cart.applied_rules", "not_a_list")]),
        ({"items": {}}, [("cart.items", "not_a_list")]),
        (
            {"items": [{"sku": "A", "quantity": 1_000_000, "price": 1_001}]},
            [("cart.items[0].price", "out_of_range")],
        ),
        (
            {"items": [{"sku": "A", "quantity": 1, "row_total": 600_000_000}] * 2},
            [("cart.subtotal", "out_of_range")],
        ),
        (
            {"items": [{"sku": "A", "quantity": 600_000_000}] * 2},
            [("cart.items_quantity", "out_of_range")],
        ),
        (
            {"items": [{}]},
            [("cart.items[0].sku", "empty_value"), ("cart.items[0].quantity", "empty_value")],
        ),
        (
            {"items": [{"sku": "A", "quantity": 1, "colour": "red"}]},
            [("cart.items[0].colour", "unknown_key")],
        ),
        (
            {"items": [{"sku": "A", "quantity": 1, "line": "1"}] * 2},
            [("cart.items[1].line", "repeated_key")],
        ),
        (
            {"items": [{"sku": "A", "quantity": 1, "parent_line": "7"}]},
            [("cart.items[0].parent_line", "unknown_line")],
        ),
        (
            {"store": "nowhere", "subtotal": True, "items": [{"sku": "A", "quantity": "x"}]},
            [
                ("cart.store", "unknown_choice"),
                ("cart.subtotal", "not_a_number"),
                ("cart.items[0].quantity", "not_a_number"),
            ],
        ),
    ],
)
@pytest.mark.once
def test_what_is_wrong_is_refused_at_its_place_all_at_once(raw, found):
    with pytest.raises(InvalidTree) as refused:
        given_cart(raw, as_of=NOW)
    assert [(problem.path, problem.code) for problem in refused.value.problems] == found


def described(cart):
    """Return the columns of a stored cart and of its lines, as a till would send them."""
    columns = "items_count items_quantity subtotal grand_total coupon_code"
    line_columns = "sku name product_type quantity price row_total"
    return {
        "store": cart.store.code,
        "created_at": cart.created_at.isoformat(),
        "updated_at": cart.updated_at.isoformat(),
        "applied_rules": "|".join(cart.applied_rules.values_list("rule", flat=True)),
        **{name: getattr(cart, name) for name in columns.split()},
        "items": [
            {
                "line": item.line,
                "parent_line": item.parent.line if item.parent else None,
                "added_at": item.added_at.isoformat(),
                "updated_at": item.updated_at.isoformat(),
                **{name: getattr(item, name) for name in line_columns.split()},
            }
            for item in cart.items.select_related("parent").order_by("pk")
        ],
    }


def test_a_given_cart_means_what_it_means_when_it_is_stored(monkeypatch):
    awkward_shop(5).store()
    # What a cart does not say is filled in, so here every cart says everything.
    Cart.objects.filter(subtotal=None).update(subtotal=0)
    CartItem.objects.filter(name=None).update(name="n")
    CartItem.objects.filter(name="").update(name="n")
    CartItem.objects.filter(product_type="").update(product_type="simple")
    CartItem.objects.filter(row_total=None).update(row_total=0)
    shoppers = [
        (customer, described(carts[0]))
        for customer in Customer.objects.select_related("website").order_by("pk")
        for carts in [list(customer.carts.filter(is_active=True).select_related("store"))]
        if len(carts) == 1
    ][:4]
    assert len(shoppers) == 4
    attributes = [one for one in registry.attributes() if one.prefix in {"cart", "cart_item"}]
    relations = [registry.relation(name) for name in ("carts", "all_carts", "cart_items")]
    monkeypatch.setattr(registry, "attributes", lambda: attributes)
    monkeypatch.setattr(registry, "relations", lambda: relations)
    seen = set()

    @settings(SETTINGS, max_examples=max(examples(60), BOTH_ANSWERS))
    @given(tree=trees(every=every_attribute()), as_of=AS_OF)
    def agree(tree, as_of):
        for customer, cart in shoppers:
            stored = explain(tree, customer, as_of=as_of).holds
            seen.add(stored)
            assert explain(tree, customer, as_of=as_of, cart=cart).holds == stored

    agree()
    assert seen == {True, False}
    assert AppliedRule.objects.exists()


def test_given_times_are_compared_as_they_are(customer):
    cart = {"created_at": (NOW - timedelta(hours=48)).isoformat()}
    assert holds(customer, is_("cart.created_at", 48, "in_last_hours"), cart)
    assert not holds(customer, is_("cart.created_at", 47, "in_last_hours"), cart)
