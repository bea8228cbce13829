"""A merged guest leaves their segments, and says so; what was decided by hand moves on."""

import pytest
from django.db.models import F

from core.clock import now
from customers import merging
from customers.merging import merge_guest
from customers.models import CustomerMerge
from segments.editing.overrides import set_override
from segments.engine.held_about_customers import _segments_of
from segments.models import Membership, MembershipOverride, OverrideKind, Segment
from segments.refresh import refresh_segment
from segments.signals import customers_left
from segments.tests.engine.harness import is_right, settle, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest(make_customer):
    return make_customer("G1", kind="guest")


@pytest.fixture
def customer(make_customer):
    return make_customer("C1")


def test_the_guest_leaves_and_the_change_log_says_so(
    guest, customer, make_customer, make_segment, member_numbers
):
    make_customer("G2", kind="guest")
    segment = make_segment(applies_to="guest")
    refresh_segment(segment)
    merge_guest(guest, customer)
    segment.refresh_from_db()
    assert member_numbers(segment) == ["G2"]
    assert segment.members_count == 1
    last = segment.changes.order_by("-sequence").first()
    assert (last.customer_external_id, last.kind, last.reason) == ("G1", "left", "event")


def test_others_are_told_that_the_guest_left(
    guest, customer, make_segment, django_capture_on_commit_callbacks
):
    segment = make_segment(applies_to="guest")
    refresh_segment(segment)
    told = []

    def listen(sender, segment, customer_ids, **kwargs):
        told.append((segment.code, customer_ids))

    number = guest.pk
    customers_left.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            merge_guest(guest, customer)
    finally:
        customers_left.disconnect(listen)
    assert told == [(segment.code, [number])]


def test_the_customers_own_membership_is_untouched(guest, customer, make_segment, member_numbers):
    segment = make_segment(applies_to="both")
    refresh_segment(segment)
    before = Membership.objects.get(customer=customer)
    merge_guest(guest, customer)
    assert member_numbers(segment) == ["C1"]
    assert Membership.objects.get(customer=customer).entered_at == before.entered_at


def test_decisions_by_hand_move_and_the_customers_own_stay(guest, customer, make_segment):
    first, second = make_segment("First", applies_to="both"), make_segment("Second")
    set_override(first, guest, OverrideKind.INCLUDE, author=None)
    set_override(first, customer, OverrideKind.EXCLUDE, author=None)
    set_override(second, guest, OverrideKind.EXCLUDE, reason="asked", author=None)
    merge_guest(guest, customer)
    found = MembershipOverride.objects.values_list(
        "segment__code", "customer__external_id", "kind", "reason"
    )
    assert sorted(found) == [
        (first.code, "C1", "exclude", ""),
        (second.code, "C1", "exclude", "asked"),
    ]


def test_a_membership_that_comes_in_later_still_is_not_given_to_the_customer(
    guest, customer, make_segment, monkeypatch
):
    segments = make_segment("Guests", applies_to="guest"), make_segment("Both", applies_to="both")
    for segment in segments:
        refresh_segment(segment)
    move = merging._move_everything

    def while_a_batch_writes(*people):
        for segment in segments:
            values = {"segment": segment, "customer_id": guest.pk}
            Membership.objects.create(**values, entered_at=now())
            segment.changes.create(
                customer_id=guest.pk,
                customer_external_id="G1",
                kind="entered",
                reason="event",
                at=now(),
            )
            Segment.objects.filter(pk=segment.pk).update(members_count=F("members_count") + 1)
        move(*people)

    monkeypatch.setattr(merging, "_move_everything", while_a_batch_writes)
    merge_guest(guest, customer)
    settle()
    assert is_right(*segments)
    assert stored(segments[1]) == {"C1"}


def test_a_merge_begins_anew_where_a_membership_came_in_between(
    guest, customer, make_segment, monkeypatch
):
    late = make_segment(applies_to="guest")
    looked = []

    def segments_of(one):
        # Another transaction lets the guest in after the segments were locked.
        found = _segments_of(one)
        looked.append(found)
        if len(looked) == 1:
            refresh_segment(late)
        return found

    monkeypatch.setattr("segments.engine.held_about_customers._segments_of", segments_of)
    merge_guest(guest, customer)
    # The first attempt was undone, with what came in between; the second found nothing new.
    assert looked == [set(), {late.pk}, set(), set()]
    assert CustomerMerge.objects.count() == 1
    assert not Membership.objects.filter(segment=late).exists()
