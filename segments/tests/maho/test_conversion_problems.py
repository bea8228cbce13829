"""What of Maho's trees cannot be said here, and the places that problems are told at."""

import pytest

from segments.maho.conversion import convert
from segments.maho.phrases import Negatives
from segments.tests.maho.rules_in_short import (
    CLV,
    CREATED,
    DOB,
    EMAIL,
    GROUP,
    MAPS,
    PREFIX,
    RULES,
    VIEWED_CATEGORY,
    combine,
    leaf,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mapped"), pytest.mark.once]


def problems(root):
    return [(one.path, one.code) for one in convert(root, MAPS, Negatives.COMPLEMENT).problems]


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
