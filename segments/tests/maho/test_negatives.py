"""What Maho's negatives say here: the complement, or some row that differs."""

import pytest

from segments.maho.phrases import Negatives
from segments.tests.maho.readings import condition, said
from segments.tests.maho.rules_in_short import CLV, DOB, EMAIL, GROUP, RULES, VIEWED_CATEGORY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mapped"), pytest.mark.once]


@pytest.mark.parametrize(
    ("place", "operator", "value", "expected"),
    [
        (EMAIL, "!=", "a", ("customer.email", "is_not", "a")),
        (EMAIL, "!{}", "a", ("customer.email", "not_contains", "a")),
        (EMAIL, "!()", "a,b", ("customer.email", "is_not_one_of", ["a", "b"])),
        (CLV, "!=", "0", ("lifetime.sales", "is_not", "0")),
        (DOB, "!=", "1990-05-01", ("customer.date_of_birth", "is_not", "1990-05-01")),
        (GROUP, "!=", ["1", "2"], ("customer.group", "is_not_one_of", ["general", "vip"])),
    ],
)
def test_negatives_at_the_customer_by_both_readings(place, operator, value, expected):
    node, changed = said(*place, operator, value)
    assert node == condition(*expected)
    assert changed == (expected[0] != "lifetime.sales")  # which is never missing

    kept, changed = said(*place, operator, value, Negatives.ANY_ROW)
    both = [condition(*expected), condition(expected[0], "is_not_empty")]
    assert kept == {"match": "all", "conditions": both}
    assert not changed


@pytest.mark.parametrize(
    ("place", "relation", "operator", "value", "expected"),
    [
        (
            ("order_attributes", "coupon_code"),
            "orders",
            "!=",
            "X",
            ("order.coupon_code", "is_not", "X"),
        ),
        (
            ("order_items", "product_sku"),
            "order_items",
            "!{}",
            "X",
            ("order_item.sku", "not_contains", "X"),
        ),
        (
            ("customer_address", "city"),
            "addresses",
            "!()",
            "A,B",
            ("address.city", "is_not_one_of", ["A", "B"]),
        ),
        (
            ("customer_newsletter", "subscriber_status"),
            "newsletter",
            "!=",
            "1",
            ("newsletter.status", "is_not", "subscribed"),
        ),
        (
            ("cart_attributes", "is_active"),
            "all_carts",
            "!=",
            "1",
            ("cart.is_active", "is_not", True),
        ),
        (RULES, "carts", "!=", "7", ("cart.applied_rules", "has_not", "spring")),
        (RULES, "carts", "!{}", "7", ("cart.applied_rules", "has_not", "spring")),
        (RULES, "carts", "!()", "7,8", ("cart.applied_rules", "has_none_of", ["spring", "summer"])),
        (("cart_items", "qty"), "cart_items", "!=", "2", ("cart_item.quantity", "is_not", "2")),
        (
            VIEWED_CATEGORY,
            "product_views",
            "!()",
            "5,6",
            ("product_view.category", "is_not_one_of", ["shoes", "hats"]),
        ),
        (
            ("product_wishlist", "added_at"),
            "wishlist_items",
            "!=",
            "2026-01-01",
            ("wishlist_item.added_at", "is_not", "2026-01-01"),
        ),
    ],
)
def test_negatives_of_many_rows_by_both_readings(place, relation, operator, value, expected):
    node, changed = said(*place, operator, value)
    assert (node, changed) == (condition(*expected), True)

    kept, changed = said(*place, operator, value, Negatives.ANY_ROW)
    assert kept == {
        "relation": relation,
        "aggregate": "exists",
        "match": "all",
        "conditions": [condition(*expected), condition(expected[0], "is_not_empty")],
    }
    assert not changed


def test_an_empty_value_in_some_row_is_kept_as_one_row_only_where_asked():
    place = ("order_attributes", "coupon_code", "==", "")
    assert said(*place) == (condition("order.coupon_code", "is_empty"), True)
    kept, changed = said(*place, Negatives.ANY_ROW)
    assert kept["relation"] == "orders"
    assert kept["conditions"] == [condition("order.coupon_code", "is_empty")]
    assert not changed


@pytest.mark.parametrize(("operator", "match"), [("()", "any"), ("!()", "none")])
@pytest.mark.parametrize("negatives", Negatives)
@pytest.mark.parametrize("no_gender", ["3", ""])
def test_no_gender_among_several_is_said_beside_them(operator, match, negatives, no_gender):
    node, changed = said("customer_attributes", "gender", operator, f"1,{no_gender}", negatives)
    assert node == {
        "match": match,
        "conditions": [
            condition("customer.gender", "is_one_of", ["male"]),
            condition("customer.gender", "is_empty"),
        ],
    }
    assert not changed
