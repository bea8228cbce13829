"""Segments whose trees ask for an order of events: what they refer to, and who follows when."""

from datetime import timedelta

import pytest
from django.db.models import Q

from conditions.errors import InvalidTree
from conditions.parse import parse_tree
from conditions.sql.place import Context
from conditions.sql.scope import moment_at, scope_of
from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.insight.previews.node_counts import node_counts
from segments.models import MembershipChange
from segments.refresh import refresh_segment
from segments.rules.in_conditions.references import codes_in, trees_of
from segments.rules.in_conditions.stays import needs_refreshes, segments_named_in_stays
from segments.rules.protected import protected_in, segments_in

pytestmark = pytest.mark.django_db

VIEWS, SALES = {"relation": "product_views"}, {"relation": "sales"}


def in_vip(name="vip"):
    return {"attribute": "stay.segment", "operator": "is", "value": name}


def stays(*conditions):
    return {"relation": "stays", "conditions": list(conditions)}


def all_of(*steps):
    return {"match": "all", "conditions": [{"steps": list(steps)}]}


@pytest.mark.both
def test_whose_time_is_over_enters_by_itself(
    make_segment, make_customer, member_numbers, clock, doing
):
    """Catches the end of a `not` that no sweep finds, one before it, and one a refresh later."""
    bought, looked = make_customer("bought"), make_customer("looked")
    for customer in (bought, looked):
        doing.view(customer, clock())
    doing.order(bought, clock() + timedelta(days=7))
    segment = make_segment(
        "Lost", all_of(VIEWS, SALES | {"not": True, "within_days": 7})["conditions"]
    )
    refresh_segment(segment)
    sweep()
    for step, expected in ((timedelta(days=7), []), (timedelta(seconds=30), ["looked"])):
        clock.advance(seconds=step.total_seconds())
        sweep()
        process_changes()
        assert member_numbers(segment) == expected
    assert MembershipChange.objects.latest("sequence").reason == "time"
    segment.refresh_from_db()
    assert not segment.is_stale


@pytest.mark.both
def test_a_changed_row_of_a_step_turns_its_customer(
    make_segment, make_customer, member_numbers, clock, doing
):
    """Catches steps that are left out of what a tree reads: no change would reach the segment."""
    customer = make_customer("a")
    doing.view(customer, clock() - timedelta(days=2))
    segment = make_segment("Came back", all_of(VIEWS, SALES | {"within_days": 2})["conditions"])
    refresh_segment(segment)
    doing.order(customer, clock() - timedelta(days=1))
    process_changes()
    assert member_numbers(segment) == ["a"]


@pytest.mark.once
def test_a_segment_in_a_step_is_a_reference(make_segment):
    """Catches segments and protected attributes that a step hides from who walks stored trees."""
    vip = make_segment("VIP", code="vip")
    tree = all_of(stays(in_vip()), SALES)
    make_segment("After VIP", tree["conditions"], code="after")
    assert codes_in(tree) == {"vip"}
    assert list(segments_in(tree, "")) == [(".conditions[0].steps[0].conditions[0].value", "vip")]
    assert segments_named_in_stays([vip.pk]) == {vip.pk}
    with pytest.raises(InvalidTree) as refused:
        parse_tree(all_of(stays(in_vip("after")), SALES), segment="vip")
    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("conditions[0].steps[0].conditions[0].value", "circular_segment")
    ]
    shipped = {"attribute": "order.shipping_city", "operator": "is", "value": "Berlin"}
    assert list(protected_in(all_of(VIEWS, SALES | {"conditions": [shipped]}), "")) == [
        (".conditions[0].steps[1].conditions[0].attribute")
    ]


@pytest.mark.once
def test_stays_without_a_name_in_a_step_need_refreshes(make_segment):
    """Catches a segment that follows its own entries, one after another."""
    of_any = make_segment("Any", all_of(stays(), SALES)["conditions"])
    of_vip = make_segment("VIP", all_of(stays(in_vip("any")), SALES)["conditions"])
    assert [needs_refreshes(trees_of(one)) for one in (of_any, of_vip)] == [True, True]
    make_segment("Plain", code="plain")
    named = make_segment("Named", all_of(stays(in_vip("plain")), SALES)["conditions"])
    assert not needs_refreshes(trees_of(named))


@pytest.mark.both
def test_counts_stand_at_every_step(make_customer, clock, doing):
    """Catches steps without a count, or a chain cut off behind a step that counts another one."""
    for number, hours in (("both", [1]), ("viewed", []), ("before", [-1])):
        customer = make_customer(number)
        doing.view(customer, clock())
        for hour in hours:
            doing.order(customer, clock() + timedelta(hours=hour))
    state = {"attribute": "order.state", "operator": "is", "value": "complete"}
    tree = parse_tree(all_of(VIEWS, SALES | {"conditions": [state]}))
    context = Context(moment_at(clock(), scope_of(None, None, "both")))
    found = node_counts(tree, Q(), context)
    steps = "conditions[0].steps"
    assert [(one.path, one.alone, one.remaining) for one in found] == [
        ("", 1, 1),
        ("conditions[0]", 1, 1),
        (f"{steps}[0]", 3, 3),
        (f"{steps}[1]", 2, 1),
        (f"{steps}[1].conditions[0]", 2, 1),
    ]
