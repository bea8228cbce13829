"""Lists are kept like segments: first all, then who changed; nobody deleted, nobody subscribed."""

import json
from datetime import timedelta

import pytest

from campaigns.consent.suppression import suppress
from campaigns.editing.syncs import run_now
from campaigns.models import SyncMember
from campaigns.syncs import pushing, segment_comparison
from campaigns.syncs.reported_unsubscribes import note_unsubscribed
from campaigns.syncs.segment_comparison import ROUND
from campaigns.tests.conftest import AT
from campaigns.tests.syncs.conftest import in_full, states, unsubscribe
from customers.models import Customer, NewsletterSubscription
from segments.engine.members.change_log import purge_changes
from segments.models import MembershipChange

pytestmark = pytest.mark.django_db


def addresses(*numbers):
    return [f"{number}@shop.example" for number in numbers]


def test_first_everybody_who_may_get_mail(
    program, make_sync, segment, make_subscriber, put_into, clock
):
    some = [make_subscriber(str(number)) for number in range(3)]
    others = [
        make_subscriber("gone", status="unsubscribed"),
        make_subscriber("never", status=""),
        make_subscriber("asleep", is_active=False),
        make_subscriber("refuses", accepts_marketing=False),
        make_subscriber("bounced"),
        make_subscriber("same", email="2@SHOP.example"),
        make_subscriber("none", email=""),
    ]
    make_subscriber("outside")
    suppress("bounced@shop.example", "hard_bounce", AT)
    put_into(segment, *some, *others)
    sync = make_sync(program, segment)
    assert sync.state == "filling"
    in_full(sync)
    assert program.listed() == addresses(0, 1, 2)
    assert states(sync) == ["there"] * 3
    assert sync.state == "active" and sync.filled_at is not None
    told = len(program.requests)
    in_full(sync)
    assert len(program.requests) == told


def test_what_is_said_of_somebody(
    program, make_sync, segment, make_segment, make_subscriber, put_into, clock
):
    ann = make_subscriber(
        "=7", email="ann@shop.example", first_name="=Ann", last_name="", date_of_birth="1990-02-03"
    )
    ann.addresses.create(country="DE", telephone="+4930123456")
    other = make_segment("aa")
    put_into(segment, ann)
    put_into(other, ann)
    sync = in_full(make_sync(program, segment))
    said = program.contacts["ann@shop.example"].values
    expected = {
        "klaviyo": {
            "first_name": "=Ann",
            "last_name": "",
            "external_id": "=7",
            "phone_number": "+4930123456",
            "location": {"country": "DE"},
            "Tranche Segments": "vip",
        },
        "brevo": {
            "FIRSTNAME": "=Ann",
            "LASTNAME": "",
            "EXT_ID": "=7",
            "TRANCHE_SEGMENTS": "vip",
        },
        "mailchimp": {"FNAME": "=Ann", "LNAME": "", "BIRTHDAY": "02/03"},
    }
    assert said == expected[program.name]
    Customer.objects.filter(pk=ann.pk).update(first_name="Anna")
    in_full(sync)
    assert "=Ann" in said.values()  # Nobody has told it yet.
    clock.advance(minutes=15)
    in_full(sync)
    assert "Anna" in program.contacts["ann@shop.example"].values.values()


def test_who_enters_and_who_leaves(program, make_sync, segment, make_subscriber, change, clock):
    ann, bob = make_subscriber("ann"), make_subscriber("bob")
    change(segment, ann, "entered")
    sync = in_full(make_sync(program, segment))
    assert program.listed() == addresses("ann")
    change(segment, bob, "entered")
    change(segment, ann, "left")
    in_full(sync)
    assert program.listed() == addresses("bob")
    # Nobody is deleted, and who left is subscribed as before.
    assert sorted(program.contacts) == addresses("ann", "bob")
    assert program.contacts["ann@shop.example"].status == "subscribed"
    assert states(sync) == ["gone", "there"]
    change(segment, ann, "entered")
    in_full(sync)
    assert program.listed() == addresses("ann", "bob")
    assert sync.cursor == MembershipChange.objects.latest("sequence").sequence


def test_whoever_may_not_get_mail_any_more_is_taken_off(
    program, make_sync, segment, make_subscriber, put_into, clock
):
    some = [make_subscriber(str(number)) for number in range(4)]
    put_into(segment, *some)
    sync = in_full(make_sync(program, segment))
    unsubscribe(some[0])
    suppress("1@shop.example", "complaint", AT)
    Customer.objects.filter(pk=some[2].pk).update(is_active=False)
    clock.advance(minutes=15)
    in_full(sync)
    assert program.listed() == addresses(3)
    statuses = [program.contacts[one].status for one in addresses(0, 1, 2, 3)]
    # In Mailchimp being subscribed is a status; it is that of the shop.
    first = "unsubscribed" if program.name == "mailchimp" else "subscribed"
    assert statuses == [first, "subscribed", "subscribed", "subscribed"]
    NewsletterSubscription.objects.update(status="subscribed")
    clock.advance(minutes=15)
    in_full(sync)
    listed = addresses(3) if program.name == "mailchimp" else addresses(0, 3)
    assert program.listed() == listed


def test_whoever_has_unsubscribed_there_stays_so(
    program, make_sync, segment, make_subscriber, put_into, clock
):
    put_into(segment, make_subscriber("ann"))
    program.put("ann@shop.example", status="unsubscribed")
    sync = in_full(make_sync(program, segment))
    assert program.contacts["ann@shop.example"].status == "unsubscribed"
    if program.name == "mailchimp":
        assert states(sync) == ["refused"]
        assert "unsubscribed" in SyncMember.objects.get().error
        assert program.listed() == []


def test_another_address_is_another_contact(
    program, make_sync, segment, make_subscriber, put_into, clock
):
    ann = make_subscriber("ann")
    put_into(segment, ann)
    sync = in_full(make_sync(program, segment))
    Customer.objects.filter(pk=ann.pk).update(
        email="anna@shop.example", email_folded="anna@shop.example"
    )
    clock.advance(minutes=15)
    in_full(sync)
    assert program.listed() == addresses("anna")
    assert sorted(program.contacts) == addresses("ann", "anna")
    assert sorted(states(sync)) == ["gone", "there"]


def test_of_two_with_one_address_the_other_stays(
    program, make_sync, segment, make_subscriber, change, clock
):
    ann = make_subscriber("ann", email="family@shop.example")
    bob = make_subscriber("bob", email="Family@shop.example")
    for one in (ann, bob):
        change(segment, one, "entered")
    sync = in_full(make_sync(program, segment))
    change(segment, ann, "left")
    in_full(sync)
    assert program.listed() == ["family@shop.example"]
    assert SyncMember.objects.get().customer_id == bob.pk
    change(segment, bob, "left")
    in_full(sync)
    assert program.listed() == []


def test_a_bad_address_fails_alone(program, make_sync, segment, make_subscriber, put_into, clock):
    some = [make_subscriber(str(number)) for number in range(3)]
    put_into(segment, *some)
    program.bad["1@shop.example"] = "looks fake or invalid"
    sync = in_full(make_sync(program, segment))
    assert program.listed() == addresses(0, 2)
    refused = SyncMember.objects.get(state="refused")
    assert refused.customer_id == some[1].pk and "looks fake" in refused.error
    clock.advance(hours=1)
    told = len(program.requests)
    in_full(sync)
    assert len(program.requests) == told  # It says the same as long as nothing changes.
    program.bad.clear()
    run_now(sync, author=None)
    in_full(sync)
    assert program.listed() == addresses(0, 1, 2)


def test_an_inactive_segment_keeps_its_list(
    program, make_sync, segment, make_subscriber, put_into, clock
):
    ann, bob = make_subscriber("ann"), make_subscriber("bob")
    put_into(segment, ann, bob)
    sync = in_full(make_sync(program, segment))
    segment.is_active = False
    segment.save()
    put_into(segment, make_subscriber("late"))
    unsubscribe(bob)
    clock.advance(minutes=15)
    in_full(sync)
    assert program.listed() == addresses("ann")
    segment.is_active = True
    segment.save()
    clock.advance(minutes=15)
    in_full(sync)
    assert program.listed() == addresses("ann", "late")


def test_changes_that_were_deleted_unread_lose_nobody(
    program, make_sync, segment, make_subscriber, change, clock
):
    ann, bob = make_subscriber("ann"), make_subscriber("bob")
    change(segment, ann, "entered")
    sync = in_full(make_sync(program, segment))
    change(segment, ann, "left")
    change(segment, bob, "entered")
    purge_changes(before=clock() + timedelta(days=1))
    in_full(sync)
    assert program.listed() == addresses("bob")


def test_many_go_in_blocks(
    program, make_sync, segment, make_subscriber, put_into, clock, monkeypatch
):
    monkeypatch.setattr(segment_comparison, "BLOCK", 3)
    monkeypatch.setattr(pushing, "BLOCK", 2)
    some = [make_subscriber(f"{number:02}") for number in range(10)]
    put_into(segment, *some)
    sync = in_full(make_sync(program, segment))
    assert len(program.listed()) == 10
    for one in some[:7]:
        unsubscribe(one)
    clock.advance(seconds=ROUND.total_seconds())
    in_full(sync)
    assert len(program.listed()) == 3


def test_all_segments_of_the_program_are_named(
    make_sync, segment, make_segment, make_subscriber, change, clock, program
):
    if program.name == "mailchimp":
        return  # Its tags are added and taken off one by one.
    other = make_segment("aa")
    ann = make_subscriber("ann")
    head = {"klaviyo": "Tranche Segments", "brevo": "TRANCHE_SEGMENTS"}[program.name]
    change(segment, ann, "entered")
    change(other, ann, "entered")
    first = make_sync(program, segment)
    second = make_sync(program, other, key_variable="SYNC_KEY_OTHER", is_active=False)
    in_full(first)
    values = program.contacts["ann@shop.example"].values
    assert values[head] == "vip"
    second.is_active = True
    second.save()
    clock.advance(minutes=15)
    in_full(first)
    assert values[head] == "aa;vip"
    change(segment, ann, "left")
    in_full(first)
    assert values[head] == "aa"
    assert program.listed() == []


def test_who_unsubscribes_there_is_unsubscribed_here(
    program, make_sync, segment, make_subscriber, put_into, clock
):
    ann, bob = make_subscriber("ann", email="Ann@shop.example"), make_subscriber("bob")
    put_into(segment, ann, bob)
    sync = in_full(make_sync(program, segment))
    profile = program.contacts["ann@shop.example"]
    payload = {"data": {"relationships": {"profile": {"data": {"id": profile.id}}}}}
    topic = "event:klaviyo.unsubscribed_from_email_marketing"
    form, body = {
        "klaviyo": ({}, {"data": [{"topic": topic, "payload": payload}, {"topic": "other"}]}),
        "brevo": ({}, {"event": "unsubscribe", "email": "ann@shop.example"}),
        "mailchimp": (
            {"type": "unsubscribe", "data[action]": "unsub", "data[email]": "ann@shop.example"},
            None,
        ),
    }[program.name]
    count = note_unsubscribed(sync, form, json.dumps(body).encode(), clock())
    assert count == 1
    statuses = dict(NewsletterSubscription.objects.values_list("customer", "status"))
    assert statuses == {ann.pk: "unsubscribed", bob.pk: "subscribed"}
    clock.advance(minutes=15)
    in_full(sync)
    assert program.listed() == addresses("bob")
