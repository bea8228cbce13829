"""Includes and excludes by hand: effective at once, within the scope, logged."""

import pytest

from segments.editing.overrides import remove_override, set_override
from segments.models import Segment
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db

NOBODY_YET = [{"attribute": "customer.email", "operator": "is", "value": "nobody@shop.example"}]


def reasons(segment):
    changes = segment.changes.order_by("sequence")
    return list(changes.values_list("customer_external_id", "kind", "reason"))


def test_an_include_makes_a_member_at_once(make_customer, make_segment, member_numbers):
    customer = make_customer("a")
    make_customer("b")
    segment = make_segment(conditions=NOBODY_YET)

    set_override(segment, customer, "include", author=None)

    assert member_numbers(segment) == ["a"]
    assert Segment.objects.get().members_count == 1
    assert reasons(segment) == [("a", "entered", "manual")]


def test_an_exclude_takes_a_member_out_and_touches_nobody_else(
    make_customer, make_segment, member_numbers
):
    customer = make_customer("a")
    make_customer("b")
    segment = make_segment()
    refresh_segment(segment)
    make_customer("c")

    set_override(segment, customer, "exclude", author=None)

    assert member_numbers(segment) == ["b"]
    assert reasons(segment)[-1] == ("a", "left", "manual")


def test_a_decision_that_is_taken_back_lets_the_conditions_decide(
    make_customer, make_segment, member_numbers
):
    customer = make_customer("a")
    segment = make_segment()
    override = set_override(segment, customer, "exclude", author=None)

    remove_override(override)

    assert member_numbers(segment) == ["a"]


def test_a_new_decision_replaces_the_old_one(make_customer, make_segment):
    customer = make_customer("a")
    segment = make_segment()
    set_override(segment, customer, "include", author=None)

    set_override(segment, customer, "exclude", reason="asked to", author=None)

    assert segment.overrides.get().reason == "asked to"
    assert not segment.memberships.exists()


def test_an_include_never_overrides_the_scope(make_customer, make_segment):
    guest = make_customer("g", kind="guest")
    segment = make_segment()

    set_override(segment, guest, "include", author=None)

    assert not segment.memberships.exists()


def test_an_inactive_segment_keeps_its_members(make_customer, make_segment):
    customer = make_customer("a")
    segment = make_segment()
    refresh_segment(segment)
    Segment.objects.update(is_active=False)

    set_override(segment, customer, "exclude", author=None)

    assert segment.memberships.count() == 1
