"""Erasures, merges, and who was told: of syncs."""

from datetime import timedelta

import pytest

from campaigns.models import AudienceSync, SyncMember
from campaigns.syncs import privacy
from campaigns.tests.syncs.conftest import in_full, states
from customers.merging import merge_guest
from customers.models import Erasure, Orders
from customers.privacy.elsewhere import SHARES
from customers.privacy.erasing import go_on, request_erasure
from customers.privacy.holdings import person_of
from customers.privacy.retention import RULES, purge
from segments.engine.live_changes.changed_customers import process_changes
from segments.models import Segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(program, make_sync, segment, make_subscriber, put_into, clock):
    """Somebody in a list beside somebody else."""
    ann = make_subscriber("ann")
    put_into(segment, ann, make_subscriber("bob"))
    in_full(make_sync(program, segment))
    return ann


def erase(customer):
    erasure = request_erasure(customer, Orders.ANONYMIZE, author=None)
    go_on(erasure.pk)
    return Erasure.objects.get(pk=erasure.pk)


def test_an_erasure_takes_them_off_the_lists(program, ann):
    erasure = erase(ann)
    assert erasure.completed_at is not None and erasure.remaining == []
    assert program.listed() == ["bob@shop.example"]
    assert sorted(program.contacts) == ["ann@shop.example", "bob@shop.example"]
    if program.name == "mailchimp":
        assert program.contacts["ann@shop.example"].status == "unsubscribed"
    assert states(AudienceSync.objects.get()) == ["there"]


def test_after_a_kill_they_are_found_by_their_address(program, ann):
    SyncMember.objects.update(remote_id="", state="entering")
    assert erase(ann).remaining == []
    assert program.listed() == ["bob@shop.example"]


def test_a_program_that_does_not_answer_is_named(program, ann, clock, monkeypatch):
    program.mood = lambda method, path: (500, {}, {})
    erasure = erase(ann)
    assert erasure.completed_at is None
    assert erasure.remaining == [f"{program.name}: {program.list_id}"]
    assert program.listed() == ["ann@shop.example", "bob@shop.example"]
    program.mood = None
    go_on(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.remaining == [] and program.listed() == ["bob@shop.example"]


def test_no_longer_than_half_a_minute(program, ann, monkeypatch):
    monkeypatch.setattr(privacy, "LONGEST", 0.2)
    program.mood = lambda method, path: program.released.wait(20) and None
    assert erase(ann).remaining == [f"{program.name}: {program.list_id}"]


def test_no_longer_than_that_for_all_lists_together(
    program, ann, monkeypatch, make_sync, make_segment, put_into
):
    other = make_segment("other")
    put_into(other, ann)
    Segment.objects.update(members_count=100)
    in_full(make_sync(program, segment=other, list="99"))
    SyncMember.objects.update(attempts=1)
    monkeypatch.setattr(privacy, "LONGEST", 0.2)
    program.mood = lambda method, path: program.released.wait(20) and None
    told = len(program.requests)
    assert erase(ann).remaining == [f"{program.name}: {one}" for one in (program.list_id, "99")]
    assert len(program.requests) == told + 1


def test_a_worker_who_is_at_it_is_waited_for(program, ann, clock):
    AudienceSync.objects.update(lease_expires_at=clock() + timedelta(minutes=1))
    erasure = erase(ann)
    assert erasure.remaining == [f"{program.name}: {program.list_id}"]
    clock.advance(minutes=2)
    go_on(erasure.pk)
    assert program.listed() == ["bob@shop.example"]


def test_also_from_the_list_of_a_sync_that_is_off(program, ann):
    AudienceSync.objects.update(is_active=False)
    assert erase(ann).remaining == []
    assert program.listed() == ["bob@shop.example"]


def test_the_sync_itself_takes_them_off_as_well(program, ann, clock):
    program.mood = lambda method, path: (500, {}, {})
    erasure = erase(ann)
    program.mood = None
    in_full(AudienceSync.objects.get())
    assert program.listed() == ["bob@shop.example"]
    go_on(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.remaining == []
    process_changes()
    assert SyncMember.objects.count() == 1


def test_who_was_never_told_of_is_forgotten(
    program, make_sync, segment, make_subscriber, put_into, clock
):
    ann = make_subscriber("ann")
    put_into(segment, ann)
    sync = make_sync(program, segment)
    program.mood = lambda method, path: (429, {}, {})
    in_full(sync)
    SyncMember.objects.update(attempts=0)
    told = len(program.requests)
    assert erase(ann).remaining == []
    assert len(program.requests) == told


def test_a_merge_takes_the_guest_along(
    program, make_sync, segment, make_subscriber, put_into, clock, change
):
    guest = make_subscriber("g", kind="guest", email="g@shop.example")
    customer = make_subscriber("c", email="c@shop.example")
    put_into(segment, guest, customer)
    sync = in_full(make_sync(program, segment))
    merge_guest(guest, customer)
    process_changes()
    clock.advance(minutes=15)
    in_full(sync)
    assert program.listed() == ["c@shop.example"]


def test_whom_they_were_given_to(program, ann, segment, clock, change):
    def told():
        found = [one for shares in SHARES for one in shares(person_of(ann))]
        return [(one["with"], one["list"], one["state"]) for one in found if "list" in one]

    assert told() == [(program.name, program.list_id, "there")]
    change(segment, ann, "left")
    in_full(AudienceSync.objects.get())
    assert told() == [(program.name, program.list_id, "gone")]


def test_who_was_removed_is_forgotten_in_time(program, ann, segment, clock, change, settings):
    settings.KEEP_MESSAGES_DAYS = 10
    change(segment, ann, "left")
    in_full(AudienceSync.objects.get())
    rules = [RULES["campaigns.syncmember"]]
    assert list(purge(rules)) == []
    clock.advance(days=11)
    assert list(purge(rules)) == [("campaigns.syncmember", 1)]
    assert states(AudienceSync.objects.get()) == ["there"]
