"""Where one customer stands, and which single condition keeps them out."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.explain import explain
from conditions.parse import parse_tree
from core.clock import now
from customers.models import Customer
from segments.editing.activation import set_active
from segments.editing.overrides import set_override
from segments.insight.explanations.customer_memberships import deciding, standings_of
from segments.models import Segment
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db


def first_name(name):
    return {"attribute": "customer.first_name", "operator": "is", "value": name}


def last_name(name):
    return {"attribute": "customer.last_name", "operator": "is", "value": name}


def email(text):
    return {"attribute": "customer.email", "operator": "contains", "value": text}


def group(match, *conditions):
    return {"match": match, "conditions": list(conditions)}


@pytest.fixture
def ann(make_customer):
    return make_customer("A", first_name="Ann", last_name="Lee", email="ann@shop.example")


TRUE, FALSE = first_name("Ann"), first_name("Bob")
ALSO_TRUE, ALSO_FALSE = last_name("Lee"), last_name("Ray")


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (group("all", TRUE, ALSO_TRUE), [TRUE, ALSO_TRUE]),
        (group("all", TRUE, FALSE), [FALSE]),
        (group("all", FALSE, ALSO_FALSE), []),
        (group("any", FALSE, ALSO_FALSE), [FALSE, ALSO_FALSE]),
        (group("any", TRUE, FALSE), [TRUE]),
        (group("any", TRUE, ALSO_TRUE), []),
        (group("none", FALSE, ALSO_FALSE), [FALSE, ALSO_FALSE]),
        (group("none", TRUE, FALSE), [TRUE]),
        (group("none", TRUE, ALSO_TRUE), []),
        (group("not_all", TRUE, ALSO_TRUE), [TRUE, ALSO_TRUE]),
        (group("not_all", TRUE, FALSE), [FALSE]),
        (group("not_all", FALSE, ALSO_FALSE), []),
        (group("all", TRUE, group("any", FALSE, ALSO_FALSE)), [FALSE, ALSO_FALSE]),
        (group("all", FALSE, group("any", FALSE, ALSO_FALSE)), []),
        (group("all", ALSO_TRUE, group("none", TRUE)), [TRUE]),
        (group("all"), []),
    ],
)
def test_a_condition_decides_where_turning_it_alone_turns_the_tree(ann, tree, expected):
    found = deciding(parse_tree(tree), explain(tree, ann))

    assert [reason.node.json for reason in found] == expected


def turned(tree, leaf):
    """Return `tree` with `leaf` the other way round."""
    if tree is leaf:
        return group("none", leaf)
    if "conditions" not in tree:
        return tree
    return tree | {"conditions": [turned(child, leaf) for child in tree["conditions"]]}


@pytest.mark.parametrize("outer", ["all", "any", "none", "not_all"])
@pytest.mark.parametrize("inner", ["all", "any", "none", "not_all"])
@pytest.mark.parametrize("values", ["000", "001", "010", "011", "100", "101", "110", "111"])
def test_it_is_what_trying_each_condition_finds(ann, outer, inner, values):
    yes_no = [(email("nobody"), email("ann")), (FALSE, TRUE), (ALSO_FALSE, ALSO_TRUE)]
    a, b, c = (pair[int(value)] for pair, value in zip(yes_no, values, strict=True))
    tree = group(outer, a, group(inner, b, c))
    before = explain(tree, ann)

    tried = [leaf for leaf in (a, b, c) if explain(turned(tree, leaf), ann).holds != before.holds]

    assert [reason.node.json for reason in deciding(parse_tree(tree), before)] == tried


def test_a_relation_group_counts_as_one_condition(ann):
    bought = {"relation": "orders", "aggregate": "exists", **group("all")}
    tree = group("all", TRUE, bought)

    (reason,) = deciding(parse_tree(tree), explain(tree, ann))

    assert reason.node.json["relation"] == "orders"


def names(standings):
    return [one.segment.name for one in standings]


def test_current_entering_near_and_former_segments(ann, make_segment):
    current = make_segment("Current", [TRUE])
    former = make_segment("Former", [email("old")])
    Customer.objects.update(email="old@shop.example")
    for segment in (current, former):
        refresh_segment(segment)
    Customer.objects.update(email="ann@shop.example")
    refresh_segment(former)
    make_segment("Entering", [TRUE, ALSO_TRUE])
    make_segment("Near", [TRUE, FALSE])
    make_segment("Far", [FALSE, ALSO_FALSE])

    found = standings_of(ann, as_of=now())

    assert names(found.current) == ["Current"]
    assert names(found.entering) == ["Entering"]
    # One condition keeps her out of what she left, too.
    assert names(found.near) == ["Former", "Near"]
    assert [reason.node.json for reason in found.near[1].deciding] == [FALSE]
    assert names(found.away) == ["Far"]
    assert [(change.segment.name, change.kind) for change in found.former] == [("Former", "left")]
    assert found.is_complete


def test_who_came_back_has_not_left(ann, make_segment):
    segment = make_segment("Again", [TRUE])
    for name in ("Ann", "Bob", "Ann"):
        Customer.objects.update(first_name=name)
        refresh_segment(segment)

    found = standings_of(Customer.objects.get(), as_of=now())

    assert (names(found.current), found.former) == (["Again"], [])


def test_neither_out_of_scope_nor_decided_by_hand_is_a_near_miss(ann, make_segment):
    make_segment("Guests", [FALSE], applies_to="guest")
    set_override(make_segment("Excluded", [FALSE]), ann, "exclude", author=None)
    set_override(make_segment("Excluded match", [TRUE]), ann, "exclude", author=None)
    set_active([make_segment("Off", [FALSE])], False)

    found = standings_of(ann, as_of=now())

    assert (found.current, found.entering, found.near) == ([], [], [])


def test_an_inactive_segment_is_shown_with_its_stored_member(ann, make_segment):
    segment = make_segment("Off", [TRUE])
    refresh_segment(segment)
    set_active([segment], False)

    (standing,) = standings_of(ann, as_of=now()).current

    assert (standing.is_member, standing.holds) == (True, False)


def test_a_broken_segment_breaks_no_page(ann, make_segment):
    segment = make_segment("Broken", [TRUE])
    refresh_segment(segment)
    Segment.objects.update(conditions={"match": "all", "conditions": [{"attribute": "gone"}]})

    (standing,) = standings_of(ann, as_of=now()).current

    assert "gone" in standing.problem


def test_more_segments_than_are_judged_is_said(ann, make_segment, monkeypatch):
    monkeypatch.setattr("segments.insight.explanations.customer_memberships.JUDGED", 1)
    for name in ("A", "B"):
        make_segment(name, [FALSE])

    found = standings_of(ann, as_of=now())

    assert (names(found.near), found.is_complete) == (["A"], False)


def test_the_customers_rows_are_read_once_for_all_segments(ann, make_segment):
    bought = {"attribute": "lifetime.sales", "operator": "gte", "value": "1"}
    make_segment("One", [bought])
    with CaptureQueriesContext(connection) as few:
        standings_of(ann, as_of=now())
    for number in range(10):
        make_segment(f"More {number}", [bought])

    with CaptureQueriesContext(connection) as many:
        standings_of(ann, as_of=now())

    assert len(many) == len(few)
