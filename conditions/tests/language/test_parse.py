"""Every refusal of the contract's section 8: all at once, each with its path and code."""

import json
from decimal import Decimal

import pytest

from conditions.errors import InvalidTree
from conditions.parse import parse_tree
from conditions.tests.examples.small_shop import condition
from customers.models import Category, CustomerAttribute

EMAIL = {"attribute": "customer.email", "operator": "is", "value": "a@b.c"}


def figure(relation, aggregate, of, operator="is", value="x"):
    node = {"relation": relation, "aggregate": aggregate, "of": of}
    return {**node, "operator": operator, "value": value}


def root(*conditions, match="all"):
    return {"match": match, "conditions": list(conditions)}


def problems(tree):
    with pytest.raises(InvalidTree) as caught:
        parse_tree(tree)
    return [(problem.path, problem.code) for problem in caught.value.problems]


def warnings(tree):
    return [(warning.path, warning.code) for warning in parse_tree(tree).warnings]


pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        # Nodes
        ([], [("", "not_a_group")]),
        (EMAIL, [("", "not_a_group")]),
        ({}, [("", "not_a_group")]),
        ({"match": "all"}, [("conditions", "missing_key")]),
        ({"conditions": []}, [("match", "missing_key")]),
        ({"match": "some", "conditions": []}, [("match", "unknown_match")]),
        ({"match": "all", "conditions": {}}, [("conditions", "not_a_list")]),
        ({"match": "all", "conditions": [], "name": "x"}, [("name", "unknown_key")]),
        (root("x"), [("conditions[0]", "not_a_node")]),
        (root({}), [("conditions[0]", "not_a_node")]),
        (root(root()), [("conditions[0].conditions", "empty_group")]),
        (root({**EMAIL, "match": "all"}), [("conditions[0].match", "unknown_key")]),
        # Attributes and operators
        (
            root(condition("customer.x", "is", "a")),
            [("conditions[0].attribute", "unknown_attribute")],
        ),
        (root(condition(7, "is", "a")), [("conditions[0].attribute", "unknown_attribute")]),
        (root({"attribute": "customer.email"}), [("conditions[0].operator", "missing_key")]),
        (
            root(condition("customer.email", "like", "a")),
            [("conditions[0].operator", "unknown_operator")],
        ),
        (
            root(condition("customer.email", "gt", "a")),
            [("conditions[0].operator", "wrong_operator")],
        ),
        (root(condition("customer.email", "is")), [("conditions[0].value", "missing_value")]),
        (
            root(condition("customer.email", "is_empty", "")),
            [("conditions[0].value", "unused_key")],
        ),
        # Texts
        (root(condition("customer.email", "is", "")), [("conditions[0].value", "empty_value")]),
        (root(condition("customer.email", "is", None)), [("conditions[0].value", "empty_value")]),
        (root(condition("customer.email", "is", 5)), [("conditions[0].value", "not_a_text")]),
        (
            root(condition("customer.email", "is", "a\0b")),
            [("conditions[0].value", "invalid_text")],
        ),
        (
            root(condition("customer.email", "is", "\ud800")),
            [("conditions[0].value", "invalid_text")],
        ),
        (
            root(condition("customer.email", "is", "x" * 1001)),
            [("conditions[0].value", "too_long")],
        ),
        # Lists
        (
            root(condition("customer.email", "is_one_of", "a")),
            [("conditions[0].value", "not_a_list")],
        ),
        (
            root(condition("customer.email", "is_one_of", [])),
            [("conditions[0].value", "empty_value")],
        ),
        (
            root(condition("customer.email", "is_one_of", ["a", ""])),
            [("conditions[0].value", "empty_value")],
        ),
        (
            root(condition("customer.email", "is_one_of", ["a"] * 1001)),
            [("conditions[0].value", "too_many_values")],
        ),
        # Numbers
        (root(condition("lifetime.sales", "gt", "")), [("conditions[0].value", "empty_value")]),
        (
            root(condition("lifetime.sales", "gt", "12,5")),
            [("conditions[0].value", "not_a_number")],
        ),
        (root(condition("lifetime.sales", "gt", " 5")), [("conditions[0].value", "not_a_number")]),
        (root(condition("lifetime.sales", "gt", "1e3")), [("conditions[0].value", "not_a_number")]),
        (root(condition("lifetime.sales", "gt", "5\n")), [("conditions[0].value", "not_a_number")]),
        (root(condition("lifetime.sales", "gt", "+5")), [("conditions[0].value", "not_a_number")]),
        (root(condition("lifetime.sales", "gt", "٥")), [("conditions[0].value", "not_a_number")]),
        (
            root(condition("lifetime.sales", "gt", "0.12345")),
            [("conditions[0].value", "not_a_number")],
        ),
        (root(condition("lifetime.sales", "gt", True)), [("conditions[0].value", "not_a_number")]),
        (root(condition("lifetime.sales", "gt", [1])), [("conditions[0].value", "not_a_number")]),
        (
            root(condition("lifetime.sales", "gt", 0.12345)),
            [("conditions[0].value", "too_many_decimals")],
        ),
        (
            root(condition("lifetime.sales", "gt", 10**14)),
            [("conditions[0].value", "out_of_range")],
        ),
        (
            root(condition("lifetime.sales", "gt", float("nan"))),
            [("conditions[0].value", "not_finite")],
        ),
        (
            root(condition("lifetime.sales", "between", [2, 1])),
            [("conditions[0].value", "swapped_ends")],
        ),
        (
            root(condition("lifetime.sales", "between", [1])),
            [("conditions[0].value", "not_a_pair")],
        ),
        # Dates
        (
            root(condition("customer.date_of_birth", "is", "1.2.2024")),
            [("conditions[0].value", "not_a_date")],
        ),
        (
            root(condition("customer.date_of_birth", "is", "2023-02-29")),
            [("conditions[0].value", "not_a_date")],
        ),
        (
            root(condition("customer.date_of_birth", "before", "2024-01-01T00:00:00Z")),
            [("conditions[0].value", "not_a_date")],
        ),
        (
            root(condition("customer.registered_at", "is", "2024-01-01T00:00:00Z")),
            [("conditions[0].value", "not_a_date")],
        ),
        (
            root(condition("customer.registered_at", "between", ["2024-01-02", "2024-01-01"])),
            [("conditions[0].value", "swapped_ends")],
        ),
        (
            root(condition("customer.registered_at", "in_last_days", 36_501)),
            [("conditions[0].value", "out_of_range")],
        ),
        (
            root(condition("customer.registered_at", "in_last_days", -1)),
            [("conditions[0].value", "out_of_range")],
        ),
        (
            root(condition("customer.registered_at", "in_last_days", 1.5)),
            [("conditions[0].value", "not_a_whole_number")],
        ),
        (
            root(condition("customer.registered_at", "in_last_hours", 87_601)),
            [("conditions[0].value", "out_of_range")],
        ),
        (
            root(condition("customer.date_of_birth", "anniversary_in_next_days", 367)),
            [("conditions[0].value", "out_of_range")],
        ),
        (
            root(condition("customer.date_of_birth", "in_period", "this_century")),
            [("conditions[0].value", "unknown_period")],
        ),
        # Booleans and closed choices
        (
            root(condition("customer.accepts_marketing", "is", "true")),
            [("conditions[0].value", "not_a_boolean")],
        ),
        (
            root(condition("customer.accepts_marketing", "is", 1)),
            [("conditions[0].value", "not_a_boolean")],
        ),
        (root(condition("order.state", "is", "done")), [("conditions[0].value", "unknown_choice")]),
        (
            root(condition("customer.website", "is", "nowhere")),
            [("conditions[0].value", "unknown_choice")],
        ),
        (
            root(condition("order_item.category", "is", "nothing")),
            [("conditions[0].value", "unknown_choice")],
        ),
        (root(condition("segment", "is", "gone")), [("conditions[0].value", "unknown_segment")]),
        # Relation groups
        (root({"relation": "friends"}), [("conditions[0].relation", "unknown_relation")]),
        (
            root({"relation": "orders", "aggregate": "mode"}),
            [("conditions[0].aggregate", "unknown_aggregate")],
        ),
        (root(figure("orders", "median", "order.state")), [("conditions[0].of", "wrong_type")]),
        (
            root(figure("addresses", "latest", "address.city")),
            [("conditions[0].aggregate", "wrong_relation")],
        ),
        (
            root(figure("newsletter", "latest", "newsletter.status")),
            [("conditions[0].aggregate", "wrong_relation")],
        ),
        (
            root(figure("carts", "latest", "cart.applied_rules")),
            [("conditions[0].of", "wrong_type")],
        ),
        (
            root(figure("orders", "latest", "order.state", "is", "done")),
            [("conditions[0].value", "unknown_choice")],
        ),
        (
            root(figure("orders", "latest", "order.state", "gte", "complete")),
            [("conditions[0].operator", "wrong_operator")],
        ),
        (root({"relation": "orders", "match": "any"}), [("conditions[0].match", "unused_key")]),
        (
            root({"relation": "orders", "operator": "gt"}),
            [("conditions[0].operator", "unused_key")],
        ),
        (
            root({"relation": "orders", "aggregate": "count"}),
            [("conditions[0].operator", "missing_key")],
        ),
        (
            root({"relation": "orders", "aggregate": "count", "operator": "gt"}),
            [("conditions[0].value", "missing_value")],
        ),
        (
            root({"relation": "orders", "aggregate": "sum", "operator": "gt", "value": 1}),
            [("conditions[0].of", "missing_key")],
        ),
        (
            root(
                {
                    "relation": "orders",
                    "aggregate": "count",
                    "of": "order.subtotal",
                    "operator": "gt",
                    "value": 1,
                }
            ),
            [("conditions[0].of", "unused_key")],
        ),
        (
            root(
                {
                    "relation": "orders",
                    "aggregate": "sum",
                    "of": "order.number",
                    "operator": "gt",
                    "value": 1,
                }
            ),
            [("conditions[0].of", "wrong_type")],
        ),
        (
            root(
                {
                    "relation": "order_items",
                    "aggregate": "min",
                    "of": "order.grand_total",
                    "operator": "gt",
                    "value": 1,
                }
            ),
            [("conditions[0].of", "wrong_relation")],
        ),
        (
            root(
                {
                    "relation": "addresses",
                    "aggregate": "count_distinct",
                    "of": "address.region",
                    "operator": "gt",
                    "value": 1,
                }
            ),
            [("conditions[0].of", "wrong_type")],
        ),
        (
            root({"relation": "orders", "aggregate": "count", "operator": "is_empty"}),
            [("conditions[0].operator", "wrong_operator")],
        ),
        (
            root(
                {
                    "relation": "orders",
                    "aggregate": "count",
                    "operator": "gt",
                    "value": {"attribute": "lifetime.sales"},
                }
            ),
            [("conditions[0].value", "not_comparable")],
        ),
        (
            root({"relation": "orders", "conditions": [EMAIL]}),
            [("conditions[0].conditions[0].attribute", "wrong_relation")],
        ),
        (
            root({"relation": "orders", "conditions": [{"relation": "logins"}]}),
            [("conditions[0].conditions[0].relation", "wrong_relation")],
        ),
        # Against another attribute
        (
            root(condition("lifetime.sales", "gt", {"attribute": "customer.email"})),
            [("conditions[0].value.attribute", "not_comparable")],
        ),
        (
            root(
                condition("lifetime.sales", "gt", {"attribute": "activity.days_without_purchase"})
            ),
            [("conditions[0].value.attribute", "not_comparable")],
        ),
        (
            root(condition("lifetime.sales", "gt", {"attribute": "nothing"})),
            [("conditions[0].value.attribute", "unknown_attribute")],
        ),
        (
            root(condition("lifetime.sales", "gt", {})),
            [("conditions[0].value.attribute", "missing_key")],
        ),
        (
            root(
                condition("lifetime.sales", "gt", {"attribute": "lifetime.refunds", "times": "x"})
            ),
            [("conditions[0].value.times", "not_a_number")],
        ),
        (
            root(condition("lifetime.sales", "gt", {"attribute": "lifetime.refunds", "plus": 1})),
            [("conditions[0].value.plus", "unknown_key")],
        ),
        (
            root(condition("lifetime.sales", "between", {"attribute": "lifetime.refunds"})),
            [("conditions[0].value", "not_comparable")],
        ),
        (
            root(condition("lifetime.sales", "gt", {"attribute": "order.grand_total"})),
            [("conditions[0].value.attribute", "wrong_relation")],
        ),
        (
            root(condition("order.grand_total", "gt", {"attribute": "lifetime.sales"})),
            [("conditions[0].value.attribute", "wrong_relation")],
        ),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(tree, expected):
    assert problems(tree) == expected


def test_every_problem_is_reported_at_once_in_document_order():
    tree = root(
        condition("customer.email", "gt", "a"),
        {"relation": "orders", "conditions": [condition("order.grand_total", "gt", "x"), EMAIL]},
        root(),
    )
    assert [path for path, _code in problems(tree)] == [
        "conditions[0].operator",
        "conditions[1].conditions[0].value",
        "conditions[1].conditions[1].attribute",
        "conditions[2].conditions",
    ]


def nested(depth):
    return EMAIL if depth == 1 else root(nested(depth - 1))


def test_ten_levels_are_allowed_and_eleven_are_not():
    assert parse_tree(nested(10)).json == nested(10)
    assert problems(nested(11)) == [("conditions[0]" + ".conditions[0]" * 9, "too_deep")]


def test_two_hundred_nodes_are_allowed_and_one_more_is_not():
    assert len(parse_tree(root(*[EMAIL] * 199)).conditions) == 199
    assert problems(root(*[EMAIL] * 201)) == [("conditions[199]", "too_many_nodes")]


def test_five_thousand_listed_values_are_allowed_and_one_more_is_not():
    long = condition("customer.email", "is_one_of", ["a"] * 1000)
    assert parse_tree(root(*[long] * 5))
    short = condition("customer.email", "is_one_of", ["a"])
    assert problems(root(*[long] * 5, short, short)) == [("conditions[5].value", "too_many_values")]


def test_a_document_over_its_size_or_depth_is_refused():
    assert problems(json.dumps(root(EMAIL)) + " " * 256 * 1024) == [("", "too_large")]
    assert problems("[" * 100_000) == [("", "too_deep")]
    assert problems("{") == [("", "not_json")]
    assert problems('{"match": "all", "match": "any", "conditions": []}') == [("", "repeated_key")]
    # Each key is counted once, however many there are.
    many = ",".join(f'"{number}": 1' for number in range(20_000))
    assert problems(f'{{{many}, "19999": 1}}') == [("", "repeated_key")]
    assert problems('{"match": "all", "conditions": [NaN]}') == [("", "not_finite")]


def test_numbers_of_json_are_decimals_and_the_stored_tree_has_strings():
    text = json.dumps(root(condition("lifetime.sales", "gte", "V"))).replace('"V"', "0.1")
    parsed = parse_tree(text)
    assert parsed.conditions[0].value.meant == Decimal("0.1")
    assert parsed.json["conditions"][0]["value"] == "0.1"
    # A number counts by its value, a text by its spelling.
    assert parse_tree(text.replace("0.1", "1.50000")).json["conditions"][0]["value"] == "1.5"
    assert parse_tree(text.replace("0.1", "1e3")).json["conditions"][0]["value"] == "1000"


def test_the_example_of_the_contract_is_stored_as_it_is_written():
    Category.objects.create(code="shoes", name="Shoes")
    tree = root(
        condition("customer.email", "ends_with", "@example.com"),
        {
            "match": "any",
            "conditions": [
                condition("lifetime.sales", "gte", "500"),
                {
                    "relation": "sales",
                    "aggregate": "count",
                    "operator": "gte",
                    "value": 3,
                    "match": "all",
                    "conditions": [
                        condition("order.created_at", "in_last_days", 90),
                        condition("order.grand_total", "gte", "100.00"),
                        {
                            "relation": "order_items",
                            "aggregate": "exists",
                            "match": "any",
                            "conditions": [
                                condition("order_item.category", "is_one_of_or_below", ["shoes"])
                            ],
                        },
                    ],
                },
            ],
        },
    )
    parsed = parse_tree(tree)
    assert parsed.json == tree
    assert parsed.warnings == ()
    assert parse_tree(json.dumps(tree)).json == tree


def test_a_closed_choice_that_is_gone_is_refused_when_saved_and_warned_of_when_stored():
    CustomerAttribute.objects.create(code="size", label="Size", type="choice", options=["s"])
    tree = root(condition("customer.attributes.size", "is", "xl"))
    assert problems(tree) == [("conditions[0].value", "unknown_choice")]
    stored = parse_tree(tree, stored=True)
    assert [(w.path, w.code) for w in stored.warnings] == [
        ("conditions[0].value", "unknown_choice")
    ]


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (root(EMAIL), []),
        (root(), [("", "empty_root")]),
        (root(match="any"), [("", "empty_root")]),
        (
            root(condition("lifetime.number_of_orders", "is", 1.5)),
            [("conditions[0].value", "never_holds")],
        ),
        (root(condition("lifetime.number_of_orders", "is_not", 1.5)), []),
        (
            root(condition("lifetime.number_of_orders", "lt", 0)),
            [("conditions[0].value", "never_holds")],
        ),
        (
            root(condition("lifetime.sales", "is_empty")),
            [("conditions[0].operator", "never_holds")],
        ),
        (
            root(condition("order.grand_total", "gt", 1), condition("order.state", "is", "new")),
            [("conditions", "each_another_row")],
        ),
        (
            root(
                condition("order.grand_total", "gt", 1),
                condition("order.state", "is", "new"),
                match="any",
            ),
            [],
        ),
        (
            root(
                {
                    "relation": "orders",
                    "conditions": [
                        condition("order.grand_total", "gt", 1),
                        condition("order.state", "is", "new"),
                    ],
                }
            ),
            [],
        ),
        (
            root(condition("order.created_at", "more_than_days_ago", 30)),
            [("conditions[0].operator", "some_old_row")],
        ),
        (
            root(condition("customer.gender", "is", "robot")),
            [("conditions[0].value", "unknown_choice")],
        ),
    ],
)
def test_what_is_seldom_meant_is_warned_of(tree, expected):
    assert warnings(tree) == expected
