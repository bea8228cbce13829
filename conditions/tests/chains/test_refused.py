"""What is refused in an order of events, what is warned of, and where."""

import pytest

from conditions.errors import InvalidTree
from conditions.parse import parse_rows, parse_tree

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SALES, VIEWS, LINES = ({"relation": one} for one in ("sales", "product_views", "order_items"))


def problems(*steps):
    with pytest.raises(InvalidTree) as refused:
        parse_tree({"match": "all", "conditions": [{"steps": list(steps)}]})
    return [
        (one.path.removeprefix("conditions[0].steps"), one.code) for one in refused.value.problems
    ]


def warnings(*nodes, match="all"):
    tree = parse_tree({"match": match, "conditions": list(nodes)})
    return [(one.path, one.code) for one in tree.warnings]


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ({}, [("[1].relation", "missing_key")]),
        ({"relation": "nothing"}, [("[1].relation", "unknown_relation")]),
        (SALES | {"aggregate": "count"}, [("[1].aggregate", "unknown_key")]),
        (SALES | {"match": "any"}, [("[1].match", "unused_key")]),
        (SALES | {"at": "order_item.sku"}, [("[1].at", "wrong_relation")]),
        (SALES | {"at": "order.state"}, [("[1].at", "wrong_type")]),
        ({"relation": "newsletter"}, [("[1].relation", "wrong_relation")]),
        (SALES | {"only": "both"}, [("[1].only", "unknown_choice")]),
        (SALES | {"same": "name"}, [("[1].same", "unknown_choice")]),
        (LINES | {"same": "sku"}, [("[1].same", "wrong_relation")]),
        (SALES | {"not": "yes"}, [("[1].not", "not_a_boolean")]),
        (SALES | {"not": True, "only": "last"}, [("[1].only", "unused_key")]),
        (SALES | {"not": True, "after_hours": 2}, [("[1].after_hours", "unused_key")]),
        (SALES | {"within_days": 1, "within_hours": 2}, [("[1].within_hours", "unused_key")]),
        (SALES | {"within_days": 3_651}, [("[1].within_days", "out_of_range")]),
        (SALES | {"after_hours": 87_601}, [("[1].after_hours", "out_of_range")]),
        (SALES | {"after_hours": 1.5}, [("[1].after_hours", "not_a_whole_number")]),
        (SALES | {"within_days": "soon"}, [("[1].within_days", "not_a_number")]),
        (SALES | {"after_days": 2, "within_hours": 47}, [("[1].within_hours", "swapped_ends")]),
        (
            SALES | {"conditions": [{"attribute": "cart.subtotal", "operator": "gt", "value": 1}]},
            [("[1].conditions[0].attribute", "wrong_relation")],
        ),
    ],
)
def test_a_step_is_refused_at_its_key(step, found):
    """Catches a problem with another code or path than the contract's."""
    assert problems(SALES, step) == found


def test_a_list_of_another_length_is_refused():
    """Catches one step, six steps, and steps that are no list or no objects."""
    assert problems(*[SALES] * 6) == [("", "out_of_range")]
    assert problems(SALES, "sales") == [("[1]", "not_a_node")]
    with pytest.raises(InvalidTree) as refused:
        parse_tree({"match": "all", "conditions": [{"steps": {"relation": "sales"}}]})
    assert [one.code for one in refused.value.problems] == ["not_a_list"]


def test_an_order_of_events_stands_at_a_customer_only():
    """Catches steps inside rows: in a relation group, in a step, in a tree about rows."""
    node = {"steps": [SALES, VIEWS]}
    for outer, path in (
        ({"relation": "sales", "conditions": [node]}, "conditions[0].conditions[0].steps"),
        (
            {"steps": [SALES, SALES | {"conditions": [node]}]},
            "conditions[0].steps[1].conditions[0].steps",
        ),
    ):
        with pytest.raises(InvalidTree) as refused:
            parse_tree({"match": "all", "conditions": [outer]})
        assert [(one.path, one.code) for one in refused.value.problems] == [
            (path, "only_of_customers")
        ]
    with pytest.raises(InvalidTree) as refused:
        parse_rows({"match": "all", "conditions": [node]}, "cart_items")
    assert [one.code for one in refused.value.problems] == ["only_of_customers"]


def test_a_step_is_a_node_and_a_level():
    """Catches steps that do not count for the limits of a tree."""
    steps = [SALES] * 5
    with pytest.raises(InvalidTree) as refused:
        parse_tree({"match": "all", "conditions": [{"steps": steps}] * 34})
    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("conditions[33].steps[0]", "too_many_nodes")
    ]
    node = {
        "steps": [
            SALES | {"conditions": [{"attribute": "order.state", "operator": "is_not_empty"}]},
            SALES,
        ]
    }
    for _level in range(7):
        node = {"match": "all", "conditions": [node]}
    parse_tree(node)
    with pytest.raises(InvalidTree) as refused:
        parse_tree({"match": "all", "conditions": [node]})
    assert [one.code for one in refused.value.problems] == ["too_deep"]


def test_the_stored_tree_has_whole_numbers_and_stored_values():
    """Catches a tree that is stored as it was sent, numbers as texts among them."""
    big = {"attribute": "order.grand_total", "operator": "gt", "value": 5}
    node = {"steps": [SALES | {"conditions": [big]}, SALES | {"within_days": "7", "not": False}]}
    stored = parse_tree({"match": "all", "conditions": [node]}).json["conditions"][0]
    first, second = stored["steps"]
    assert first["conditions"][0]["value"] == "5"
    assert second == SALES | {"within_days": 7, "not": False}


def test_what_cannot_happen_is_warned_of():
    """Catches a step within no time, and lines of one order after each other, unwarned."""
    never = {"steps": [VIEWS, SALES | {"within_days": 0}]}
    assert warnings(never) == [("conditions[0].steps[1].within_days", "never_holds")]
    lines = {"steps": [LINES, LINES, VIEWS]}
    assert warnings(lines) == [("conditions[0].steps[1].relation", "same_instant")]
    assert warnings({"steps": [VIEWS, VIEWS]}) == []
    assert warnings({"steps": [VIEWS, SALES | {"within_days": 0, "not": True}]}) == []


def test_the_absence_of_a_click_is_warned_of():
    """Catches "not clicked afterwards" without the warning that some clicks are not kept."""
    mails, clicked = {"relation": "mails"}, {"relation": "mails", "at": "mail.clicked_at"}
    absent = {"steps": [mails, clicked | {"not": True, "within_days": 3}]}
    assert warnings(absent) == [("conditions[0].steps[1].at", "not_tracked")]
    assert warnings({"steps": [mails, clicked]}) == []
    assert warnings({"steps": [mails, clicked]}, match="none") == [
        ("conditions[0].steps[1].at", "not_tracked")
    ]
