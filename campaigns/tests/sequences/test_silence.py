"""What starts nothing: what was before, whatever is written beside it, and what was meanwhile."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from campaigns.audience.freezing import NotSent
from campaigns.models import Message, Run
from campaigns.sending import send_due
from campaigns.sequences import advance
from campaigns.sequences.members import ask_to_start
from campaigns.tests.sequences.rows import runs, states
from campaigns.tests.sequences.test_advancing import exclude, include
from core.clock import now
from customers.merging import merge_guest
from segments.editing.activation import set_active
from segments.models import Membership
from segments.refresh import refresh_segment
from segments.tests.engine.harness import WAIT, at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def while_written(segment):
    """Return a function that calls another while an entry of customers is not committed yet."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")

    def call(function, *customers):
        written, may_commit = threading.Event(), threading.Event()

        def write():
            with transaction.atomic():
                include(segment, *customers)
                written.set()
                assert may_commit.wait(WAIT)

        def beside():
            assert written.wait(WAIT)
            try:
                return function()
            finally:
                may_commit.set()

        return at_once(write, beside)[1]

    return call


@pytest.mark.django_db(transaction=True)
def test_who_is_being_written_as_it_is_activated_enters_after_it(
    make_sequence, make_subscriber, segment, while_written
):
    include(segment, make_subscriber("before"))
    while_written(lambda: make_sequence(1), make_subscriber("later"))
    advance()
    assert list(Run.objects.values_list("customer__external_id", flat=True)) == ["later"]


@pytest.mark.django_db(transaction=True)
def test_who_is_being_written_as_members_are_started_is_started_once(
    make_sequence, make_subscriber, segment, while_written
):
    include(segment, make_subscriber("before"))
    sequence = make_sequence(1)

    def start():
        ask_to_start(sequence, now() + timedelta(seconds=1), expected=1, author=None)

    while_written(start, make_subscriber("later"))
    advance()
    advance()
    started = Run.objects.order_by("pk").values_list("customer__external_id", flat=True)
    assert list(started) == ["before", "later"]


@pytest.mark.parametrize("follows", ["silent", "start"])
def test_what_happened_while_the_segment_was_off_starts_nothing(
    make_sequence, make_subscriber, segment, clock, follows
):
    for trigger in ("enter", "exit"):
        make_sequence(1, trigger=trigger, on_definition_change=follows)
    stays, goes, comes, later = (make_subscriber(name) for name in ("s", "g", "c", "l"))
    include(segment, stays, goes)
    advance()
    assert Run.objects.count() == 2
    set_active([segment], False)
    clock.advance(days=30)
    exclude(segment, goes)
    include(segment, comes)
    set_active([segment], True)
    refresh_segment(segment)
    assert Membership.objects.filter(customer=comes).exists()
    advance()
    assert Run.objects.count() == 2
    # What comes then is news again.
    include(segment, later)
    exclude(segment, comes)
    advance()
    assert Run.objects.count() == 4


def test_what_the_log_has_by_then_starts_nothing_once_it_is_on_again(
    make_sequence, make_subscriber, segment
):
    make_sequence(1, trigger="exit")
    customer = make_subscriber("1")
    include(segment, customer)
    advance()
    exclude(segment, customer)
    set_active([segment], False)
    set_active([segment], True)
    advance()
    assert not Run.objects.exists()


def test_members_are_not_started_again_by_the_same_call(
    make_sequence, make_subscriber, segment, clock
):
    include(segment, make_subscriber("1"))
    sequence = make_sequence(0)

    def same(stored):
        if stored.version != sequence.version:
            raise NotSent("changed")

    ask_to_start(sequence, now(), expected=1, author=None, before=same)
    assert send_due().sent == 1
    with pytest.raises(NotSent):
        ask_to_start(sequence, now(), expected=1, author=None, before=same)
    assert Message.objects.count() == 1


def test_who_is_no_member_any_more_gets_nothing_of_entering(
    make_sequence, make_subscriber, make_segment, segment, mail
):
    guests = make_segment("Guests", [], code="guests", applies_to="guest")
    sequence = make_sequence(1, segment="guests")
    refresh_segment(guests)
    guest, customer = make_subscriber("g", kind="guest"), make_subscriber("1")
    refresh_segment(guests)
    advance()
    ask_to_start(sequence, now(), expected=1, author=None)
    assert runs(sequence) == [("started", "")]
    merge_guest(guest, customer)
    refresh_segment(guests)
    advance()
    send_due(as_of=now() + timedelta(hours=2))
    assert states() == [(1, "skipped", "left")]
    assert not mail
