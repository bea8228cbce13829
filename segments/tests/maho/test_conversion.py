"""What Maho's trees say here: every operator, and every kind of value."""

import pytest

from segments.maho.phrases import Negatives
from segments.tests.maho.readings import condition, converted, said
from segments.tests.maho.rules_in_short import (
    CLV,
    CREATED,
    DOB,
    EMAIL,
    GROUP,
    RULES,
    VIEWED_CATEGORY,
    combine,
    leaf,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mapped"), pytest.mark.once]


@pytest.mark.parametrize(
    ("aggregator", "value", "match"),
    [
        ("all", "1", "all"),
        ("any", "1", "any"),
        ("all", "0", "not_all"),
        ("any", "0", "none"),
        ("all", True, "all"),
        ("any", False, "none"),
        ("any", 1, "any"),
        ("all", 0, "not_all"),
    ],
)
def test_combinations_keep_their_meaning_at_the_root_and_below(aggregator, value, match):
    inner = combine(
        leaf("customer_attributes", "email", "==", "a@b.c"), aggregator=aggregator, value=value
    )
    tree, changes = converted(combine(inner, aggregator=aggregator, value=value))

    assert (tree["match"], tree["conditions"][0]["match"]) == (match, match)
    assert changes == []


def test_an_empty_root_is_everybody_with_or_without_the_key():
    empty = combine()
    assert converted(empty) == ({"match": "all", "conditions": []}, [])
    del empty["conditions"]
    assert converted(empty) == ({"match": "all", "conditions": []}, [])


@pytest.mark.parametrize(
    ("place", "operator", "value", "expected"),
    [
        (EMAIL, "==", " a, b ", ("customer.email", "is", " a, b ")),
        (EMAIL, "{}", "@x", ("customer.email", "contains", "@x")),
        (EMAIL, "()", "a@b.c , d@e.f", ("customer.email", "is_one_of", ["a@b.c", "d@e.f"])),
        (EMAIL, "()", ["a@b.c", " d@e.f"], ("customer.email", "is_one_of", ["a@b.c", "d@e.f"])),
        (EMAIL, "==", 80331, ("customer.email", "is", "80331")),
        (EMAIL, "==", "", ("customer.email", "is_empty")),
        (EMAIL, "!=", "", ("customer.email", "is_not_empty")),
        (CLV, "==", "5", ("lifetime.sales", "is", "5")),
        (CLV, ">=", "5.25", ("lifetime.sales", "gte", "5.25")),
        (CLV, "<=", 5, ("lifetime.sales", "lte", "5")),
        (CLV, ">", "5", ("lifetime.sales", "gt", "5")),
        (CLV, "<", "-5", ("lifetime.sales", "lt", "-5")),
        (CLV, "()", "5, 6", ("lifetime.sales", "is_one_of", ["5", "6"])),
        (DOB, "==", "1990-05-01", ("customer.date_of_birth", "is", "1990-05-01")),
        (DOB, ">=", "1990-05-01 00:00:00", ("customer.date_of_birth", "on_or_after", "1990-05-01")),
        (CREATED, "<=", "2026-01-31", ("order.created_at", "on_or_before", "2026-01-31")),
        (CREATED, ">", "2026-01-31T00:00:00Z", ("order.created_at", "after", "2026-01-31")),
        (CREATED, "<", "2026-01-31", ("order.created_at", "before", "2026-01-31")),
        (CREATED, "!=", "", ("order.created_at", "is_not_empty")),
        (RULES, "==", "7", ("cart.applied_rules", "has", "spring")),
        (RULES, "{}", 7, ("cart.applied_rules", "has", "spring")),
        (RULES, "()", "7,8", ("cart.applied_rules", "has_any_of", ["spring", "summer"])),
        (GROUP, "==", "2", ("customer.group", "is", "vip")),
        (GROUP, "==", ["1", "2"], ("customer.group", "is_one_of", ["general", "vip"])),
        (GROUP, "()", [1, 2], ("customer.group", "is_one_of", ["general", "vip"])),
        (VIEWED_CATEGORY, "==", "5", ("product_view.category", "is", "shoes")),
        (VIEWED_CATEGORY, "()", "5, 6", ("product_view.category", "is_one_of", ["shoes", "hats"])),
        (("product_viewed", "product_id"), "==", "11", ("product_view.sku", "is", "S-1")),
        (
            ("product_wishlist", "product_id"),
            "()",
            "11,12",
            ("wishlist_item.sku", "is_one_of", ["S-1", "H-1"]),
        ),
        (("customer_address", "region"), "==", "81", ("address.region", "is", "Bavaria")),
        (("customer_address", "region"), "==", "Tyrol", ("address.region", "is", "Tyrol")),
        (("customer_address", "region"), "{}", "8", ("address.region", "contains", "8")),
        (("cart_attributes", "is_active"), "==", "0", ("cart.is_active", "is", False)),
        (("product_wishlist", "wishlist_shared"), "==", 1, ("wishlist.is_shared", "is", True)),
        (
            ("customer_newsletter", "subscriber_status"),
            "==",
            "3",
            ("newsletter.status", "is", "unsubscribed"),
        ),
        (
            ("customer_newsletter", "subscriber_status"),
            "()",
            "1,4",
            ("newsletter.status", "is_one_of", ["subscribed", "unconfirmed"]),
        ),
        (("customer_attributes", "gender"), "==", "1", ("customer.gender", "is", "male")),
        (("customer_attributes", "gender"), "==", 2, ("customer.gender", "is", "female")),
        (("customer_attributes", "gender"), "==", "3", ("customer.gender", "is_empty")),
        (("customer_attributes", "gender"), "!=", "3", ("customer.gender", "is_not_empty")),
        (("customer_attributes", "gender"), "==", "", ("customer.gender", "is_empty")),
        (
            ("customer_attributes", "gender"),
            "()",
            "1,2",
            ("customer.gender", "is_one_of", ["male", "female"]),
        ),
        (("customer_attributes", "gender"), "!()", "3", ("customer.gender", "is_not_empty")),
        (("customer_attributes", "size"), ">", "38.5", ("customer.attributes.size", "gt", "38.5")),
        (("customer_attributes", "club"), "==", "1", ("customer.attributes.club", "is", True)),
        (
            ("order_items", "product_fabric"),
            "{}",
            "wool",
            ("order_item.product.fabric", "contains", "wool"),
        ),
        (
            ("cart_items", "product_fabric"),
            "==",
            "wool",
            ("cart_item.product.fabric", "is", "wool"),
        ),
        (
            ("order_attributes", "days_since_last_order"),
            ">",
            "30",
            ("activity.days_since_last_order", "gt", "30"),
        ),
        (("order_items", "discount_amount"), ">=", "5", ("order_item.discount_amount", "gte", "5")),
    ],
)
@pytest.mark.parametrize("negatives", Negatives)
def test_a_condition_is_said_the_same_by_both_readings(place, operator, value, expected, negatives):
    assert said(*place, operator, value, negatives) == (condition(*expected), False)


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("==", "-10.50", ("is", "10.5")),
        (">=", "-10", ("lte", "10")),
        ("<=", "-10", ("gte", "10")),
        (">", -10, ("lt", "10")),
        ("<", "0", ("gt", "0")),
        ("<", "5", ("gt", "-5")),
        ("()", "-1,-2", ("is_one_of", ["1", "2"])),
        ("!=", "-10", ("is_not", "10")),
    ],
)
def test_order_discounts_are_turned_in_sign_and_direction_and_reported(operator, value, expected):
    node, changed = said("order_attributes", "discount_amount", operator, value)
    assert (node, changed) == (condition("order.discount_amount", *expected), True)


def test_a_time_of_day_is_left_out_and_reported():
    assert said(*CREATED, ">=", "2026-01-31 10:30:00") == (
        condition("order.created_at", "on_or_after", "2026-01-31"),
        True,
    )
    _tree, changes = converted(combine(leaf(*CREATED, ">=", "2026-01-31 10:30:00")))
    assert changes == ["conditions[0].value"]


NOT_CANCELED = condition("order.state", "is_not", "canceled")


def over_orders(aggregate, **keys):
    of_orders = {"relation": "orders", "aggregate": aggregate, "match": "all"}
    return {**of_orders, **keys, "conditions": [NOT_CANCELED]}


def test_the_average_is_over_orders_that_are_not_canceled():
    average = ("order_attributes", "average_order_amount")
    of = {"of": "order.grand_total"}
    assert said(*average, ">=", "50") == (
        over_orders("avg", **of, operator="gte", value="50"),
        False,
    )
    assert said(*average, "==", "")[0] == over_orders("avg", **of, operator="is_empty")
    assert said(*average, "!=", "50") == (
        over_orders("avg", **of, operator="is_not", value="50"),
        True,
    )
    kept, changed = said(*average, "!=", "50", Negatives.ANY_ROW)
    assert kept["conditions"] == [
        over_orders("avg", **of, operator="is_not", value="50"),
        over_orders("avg", **of, operator="is_not_empty"),
    ]
    assert not changed


def test_the_total_needs_an_order_and_its_negative_is_the_complement():
    total = ("order_attributes", "total_ordered_amount")

    def compared(operator, value):
        return over_orders("sum", of="order.grand_total", operator=operator, value=value)

    some = over_orders("exists")
    assert said(*total, "<", "50") == (
        {"match": "all", "conditions": [compared("lt", "50"), some]},
        False,
    )
    assert said(*total, "!=", "50") == (
        {"match": "not_all", "conditions": [compared("is", "50"), some]},
        True,
    )
    assert said(*total, "!()", "1,2")[0]["conditions"][0] == compared("is_one_of", ["1", "2"])
    assert said(*total, "!=", "50", Negatives.ANY_ROW) == (
        {"match": "all", "conditions": [compared("is_not", "50"), some]},
        False,
    )
    assert said(*total, "==", "")[0] == over_orders("not_exists")
    assert said(*total, "!=", "")[0] == some


ADOBE = "Magento\\CustomerSegment\\Model\\Segment\\Condition\\"


@pytest.mark.parametrize("negatives", Negatives)
@pytest.mark.parametrize(
    ("type_", "attribute", "operator", "value", "expected"),
    [
        ("Customer\\Attributes", "email", "{}", "@x", ("customer.email", "contains", "@x")),
        ("Customer\\Attributes", "gender", "==", "2", ("customer.gender", "is", "female")),
        ("Customer\\Newsletter", None, "==", 1, ("newsletter.status", "is", "subscribed")),
        ("Shoppingcart\\Amount", "subtotal", ">=", "50", ("cart.subtotal", "gte", "50")),
        ("Shoppingcart\\Itemsquantity", None, ">", "2", ("cart.items_count", "gt", "2")),
        ("Shoppingcart\\Productsquantity", None, "<", "9", ("cart.items_quantity", "lt", "9")),
    ],
)
def test_adobe_conditions_are_read_as_their_maho_twins(
    type_, attribute, operator, value, expected, negatives
):
    leaf = {"type": ADOBE + type_, "attribute": attribute, "operator": operator, "value": value}
    root = combine(combine(leaf) | {"type": f"{ADOBE}Combine"}) | {"type": f"{ADOBE}Combine\\Root"}
    tree, changes = converted(root, negatives)
    assert tree["conditions"][0] == {"match": "all", "conditions": [condition(*expected)]}
    assert changes == []


@pytest.mark.parametrize("negatives", Negatives)
def test_adobe_not_subscribed_is_the_complement(negatives):
    leaf = {"type": f"{ADOBE}Customer\\Newsletter", "operator": "==", "value": 0}
    tree, changes = converted(combine(leaf), negatives)
    subscribed = condition("newsletter.status", "is", "subscribed")
    assert (tree["conditions"], changes) == ([{"match": "none", "conditions": [subscribed]}], [])
