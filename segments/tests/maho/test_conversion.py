"""What Maho's trees say here: every operator, every kind of value, and all that is refused."""

import pytest

from conditions.parse import parse_tree
from customers.models import (
    Category,
    CustomerAttribute,
    CustomerGroup,
    ProductAttribute,
    Store,
    Website,
)
from segments.maho.conversion import convert
from segments.maho.phrases import Negatives
from segments.tests.maho.rules_in_short import MAPS, PREFIX, combine, leaf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop():
    website = Website.objects.get(code="default")
    Store.objects.create(code="second", name="Second", website=website)
    CustomerGroup.objects.create(code="vip", name="VIP")
    for code in ("shoes", "hats"):
        Category.objects.create(code=code, name=code)
    CustomerAttribute.objects.create(code="size", label="Size", type="number")
    CustomerAttribute.objects.create(code="club", label="Club", type="boolean")
    CustomerAttribute.objects.create(code="colour", label="C", type="choice", options=["red"])
    ProductAttribute.objects.create(code="fabric", label="Fabric", type="text")


def converted(root, negatives=Negatives.COMPLEMENT):
    """The tree, which must be right, and the paths at which it changed."""
    conversion = convert(root, MAPS, negatives)
    assert conversion.problems == []
    return parse_tree(conversion.root.json).json, [change.path for change in conversion.changes]


def said(kind, attribute, operator, value, negatives=Negatives.COMPLEMENT):
    """What one condition becomes, and whether its meaning changed."""
    tree, changes = converted(combine(leaf(kind, attribute, operator, value)), negatives)
    (node,) = tree["conditions"]
    return node, bool(changes)


def condition(attribute, operator, *value):
    node = {"attribute": attribute, "operator": operator}
    return {**node, "value": value[0]} if value else node


def problems(root):
    return [(one.path, one.code) for one in convert(root, MAPS, Negatives.COMPLEMENT).problems]


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


EMAIL, CLV = ("customer_attributes", "email"), ("customer_clv", "lifetime_sales")
DOB, CREATED = ("customer_attributes", "dob"), ("order_attributes", "created_at")
RULES, GROUP = ("cart_attributes", "applied_rule_ids"), ("customer_attributes", "group_id")
VIEWED_CATEGORY = ("product_viewed", "category_id")


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


# What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "path", "code"),
    [
        (leaf("customer_shoe", "email"), "type", "unknown_type"),
        ({**leaf(*EMAIL), "type": 5}, "type", "unknown_type"),
        ({**leaf(*EMAIL), "type": "salesrule/rule_condition_address"}, "type", "unknown_type"),
        (leaf("customer_attributes", "no_such"), "attribute", "unknown_attribute"),
        (leaf("customer_attributes", "a b\0"), "attribute", "unknown_attribute"),
        (leaf("customer_attributes", ["email"]), "attribute", "unknown_attribute"),
        (leaf("customer_clv", "email"), "attribute", "unknown_attribute"),
        (leaf("order_items", "product_no_such"), "attribute", "unknown_attribute"),
        (leaf("order_items", "fabric"), "attribute", "unknown_attribute"),
        (leaf("product_viewed", "product_fabric"), "attribute", "unknown_attribute"),
        (leaf(*EMAIL, "<=>"), "operator", "unknown_operator"),
        (leaf(*EMAIL, "is"), "operator", "unknown_operator"),
        (leaf(*EMAIL, ["=="]), "operator", "unknown_operator"),
        (leaf(*EMAIL, ">="), "operator", "wrong_operator"),
        (leaf(*CLV, "{}"), "operator", "wrong_operator"),
        (leaf(*CREATED, "{}", "2026"), "operator", "wrong_operator"),
        (leaf(*CREATED, "()", "2026-01-01"), "operator", "wrong_operator"),
        (leaf(*RULES, ">=", "7"), "operator", "wrong_operator"),
        (leaf(*GROUP, "{}"), "operator", "wrong_operator"),
        (leaf("cart_attributes", "is_active", "()"), "operator", "wrong_operator"),
        (leaf(*VIEWED_CATEGORY, "{}", "5"), "operator", "wrong_operator"),
        (leaf("product_viewed", "product_id", "{}", "11"), "operator", "wrong_operator"),
        (leaf(*EMAIL, "{}", ""), "value", "empty_value"),
        (leaf(*EMAIL, "()", "a,,b"), "value", "empty_value"),
        (leaf(*EMAIL, "()", []), "value", "empty_value"),
        (leaf(*EMAIL, "()", [["a"]]), "value", "not_a_value"),
        (leaf(*EMAIL, "==", {"attribute": "customer.id"}), "value", "not_a_value"),
        (leaf(*EMAIL, "==", True), "value", "not_a_text"),
        (leaf(*GROUP, "==", "4"), "value", "unknown_id"),
        (leaf(*RULES, "==", "7,8"), "value", "unknown_id"),
        (leaf("product_viewed", "product_id", "()", "11,13"), "value", "unknown_id"),
        (leaf("customer_address", "region", "==", "82"), "value", "unknown_id"),
        (leaf("customer_attributes", "gender", "==", "4"), "value", "unknown_id"),
        (leaf("customer_newsletter", "subscriber_status", "==", "5"), "value", "unknown_id"),
        (leaf("cart_attributes", "is_active", "==", "2"), "value", "not_a_boolean"),
        (leaf(*DOB, "==", "01/05/1990"), "value", "not_a_date"),
        (leaf(*DOB, "==", 1990), "value", "not_a_date"),
        (leaf("order_attributes", "discount_amount", "==", "ten"), "value", "not_a_number"),
        ({**leaf(*EMAIL), "conditions": [leaf(*EMAIL)]}, "conditions", "unknown_key"),
        (combine(), "conditions", "empty_group"),
        (combine(leaf(*EMAIL), aggregator="some"), "aggregator", "unknown_aggregator"),
        (combine(leaf(*EMAIL), value="2"), "value", "not_a_boolean"),
        ({**combine(), "conditions": {"1": leaf(*EMAIL)}}, "conditions", "not_a_list"),
        ("email", "", "not_a_node"),
    ],
    ids=lambda one: None if isinstance(one, dict) else one,
)
def test_what_cannot_be_said_here_is_refused_with_its_place(condition, path, code):
    at = "conditions[1].conditions[0]" + (f".{path}" if path else "")
    inner = combine(condition, aggregator="any")

    assert problems(combine(leaf(*CLV), inner)) == [(at, code)]


@pytest.mark.parametrize(
    ("node", "keys"),
    [
        (leaf(*EMAIL), ["type", "attribute", "operator", "value"]),
        (combine(leaf(*EMAIL)), ["type", "aggregator", "value"]),
    ],
)
@pytest.mark.parametrize("absent", [True, False], ids=["absent", "null"])
def test_a_missing_key_is_refused_at_its_place(node, keys, absent):
    for key in keys:
        broken = dict(node)
        broken[key] = None
        if absent:
            del broken[key]
        code = "missing_value" if key == "value" else "missing_key"
        assert problems(combine(leaf(*CLV), broken)) == [(f"conditions[1].{key}", code)]
    assert problems(combine(leaf(*CLV), {**combine(), "aggregator": None}))[0][0] == (
        "conditions[1].aggregator"
    )


def test_the_root_is_a_combination():
    assert problems(leaf(*EMAIL)) == [("type", "not_a_group")]
    assert problems([]) == [("", "not_a_node")]
    assert problems({**combine(), "aggregator": None}) == [("aggregator", "missing_key")]
    assert problems({**combine(), "type": f"{PREFIX}root"}) == [("type", "unknown_type")]


def test_every_problem_is_found_at_once():
    root = combine(
        leaf(*EMAIL, "=>", "x"),
        combine(leaf(*GROUP, "==", "77"), combine(), leaf("x", "y")),
        leaf(*CLV),
        aggregator="most",
    )
    assert problems(root) == [
        ("aggregator", "unknown_aggregator"),
        ("conditions[0].operator", "unknown_operator"),
        ("conditions[1].conditions[0].value", "unknown_id"),
        ("conditions[1].conditions[1].conditions", "empty_group"),
        ("conditions[1].conditions[2].type", "unknown_type"),
    ]


def test_a_place_in_the_new_tree_leads_back_to_maho_s():
    root = combine(
        leaf("order_attributes", "total_ordered_amount", "!=", "5"),
        combine(leaf("order_attributes", "coupon_code", "!=", "X"), aggregator="any"),
    )
    made = convert(root, MAPS, Negatives.ANY_ROW).root

    assert {
        path: made.origin_of(path)
        for path in (
            "",
            "match",
            "conditions[0].conditions[0].of",
            "conditions[0].conditions[0].value",
            "conditions[0].conditions[1].conditions[0].attribute",
            "conditions[1].match",
            "conditions[1].conditions[0]",
            "conditions[1].conditions[0].conditions[1].value",
        )
    } == {
        "": "",
        "match": "aggregator",
        "conditions[0].conditions[0].of": "conditions[0]",
        "conditions[0].conditions[0].value": "conditions[0].value",
        "conditions[0].conditions[1].conditions[0].attribute": "conditions[0].attribute",
        "conditions[1].match": "conditions[1].aggregator",
        "conditions[1].conditions[0]": "conditions[1].conditions[0]",
        "conditions[1].conditions[0].conditions[1].value": "conditions[1].conditions[0].value",
    }
