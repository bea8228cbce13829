"""An address is one contact in a program, whoever has it here: who is told what of whom."""

import json
from datetime import timedelta

import pytest

from campaigns.models import SyncMember
from campaigns.syncs.consent import ECHO
from campaigns.syncs.reported_unsubscribes import note_unsubscribed
from campaigns.syncs.segment_comparison import ROUND
from campaigns.tests.syncs.conftest import in_full, states, unsubscribe
from customers.models import Customer, NewsletterSubscription, Orders
from customers.privacy.erasing import go_on, request_erasure

pytestmark = pytest.mark.django_db
ADDRESS = "family@shop.example"


@pytest.fixture
def ann(make_subscriber):
    return make_subscriber("ann", email=ADDRESS)


@pytest.fixture
def make_namesake(make_subscriber):
    """Return a function that stores somebody else with the same address, who is no member."""

    def make(number="bob", email="Family@SHOP.example", **values):
        return make_subscriber(number, email=email, **values)

    return make


@pytest.fixture
def sync(program, make_sync, segment, put_into, ann, clock):
    """A sync whose list ann is in."""
    put_into(segment, ann)
    return in_full(make_sync(program, segment))


def later(sync, clock):
    clock.advance(seconds=ROUND.total_seconds())
    return in_full(sync)


def status_there(program):
    return program.contacts[ADDRESS].status


def statuses_here():
    rows = NewsletterSubscription.objects.order_by("customer__external_id")
    return dict(rows.values_list("customer__external_id", "status"))


def reported(sync, at, address=ADDRESS):
    """Have the program report that an address is unsubscribed there."""
    form = {"type": "unsubscribe", "data[action]": "unsub", "data[email]": address}
    body = json.dumps({"event": "unsubscribe", "email": address}).encode()
    return note_unsubscribed(sync, form if sync.target == "mailchimp" else {}, body, at)


def told(program):
    """Return whether the program is one that is told who is subscribed."""
    return program.name == "mailchimp"


def test_the_contact_stays_subscribed_for_somebody_else(program, sync, ann, make_namesake, clock):
    bob = make_namesake()
    unsubscribe(ann)
    # Who has asked for it since, not who had before: the refusal is the mailbox's.
    bob.subscriptions.update(status_changed_at=clock())
    ann.subscriptions.update(status_changed_at=clock() - timedelta(seconds=1))
    later(sync, clock)
    assert program.listed() == [] and states(sync) == ["gone"]
    assert status_there(program) == "subscribed"
    assert statuses_here() == {"ann": "unsubscribed", "bob": "subscribed"}


def test_until_they_unsubscribe_too(program, sync, ann, make_namesake, clock):
    bob = make_namesake()
    unsubscribe(ann)
    later(sync, clock)
    unsubscribe(bob)
    later(sync, clock)
    assert status_there(program) == ("unsubscribed" if told(program) else "subscribed")
    assert states(sync) == ["gone"]
    asked = len(program.requests)
    later(sync, clock)
    assert len(program.requests) == asked


def test_who_left_first_and_unsubscribes_then(program, sync, ann, segment, change, clock):
    change(segment, ann, "left")
    later(sync, clock)
    assert status_there(program) == "subscribed"
    unsubscribe(ann)
    later(sync, clock)
    assert status_there(program) == ("unsubscribed" if told(program) else "subscribed")


def test_what_we_told_it_is_nobodys_act(program, sync, ann, make_namesake, clock):
    make_namesake(status="unconfirmed")
    unsubscribe(ann)
    later(sync, clock)
    # Both before the program's report of it is here.
    NewsletterSubscription.objects.update(status="subscribed")
    assert reported(sync, clock()) == (0 if told(program) else 2)
    expected = "subscribed" if told(program) else "unsubscribed"
    assert statuses_here() == {"ann": expected, "bob": expected}


def test_nor_what_another_sync_of_the_audience_told_it(
    program, sync, ann, make_sync, make_segment, clock
):
    if not told(program):
        return  # A list of theirs is of one segment.
    other = make_sync(program, make_segment("other"))
    unsubscribe(ann)
    later(sync, clock)
    NewsletterSubscription.objects.update(status="subscribed")
    assert reported(other, clock()) == 0


def test_what_they_do_there_counts_for_all_who_have_the_address(
    program, sync, ann, make_namesake, clock
):
    make_namesake()
    assert reported(sync, clock()) == 2
    assert statuses_here() == {"ann": "unsubscribed", "bob": "unsubscribed"}


def test_also_when_it_was_told_long_ago(program, sync, ann, clock):
    unsubscribe(ann)
    later(sync, clock)
    NewsletterSubscription.objects.update(status="subscribed")
    clock.advance(seconds=ECHO.total_seconds())
    assert reported(sync, clock()) == 1


def test_also_once_they_have_come_back_there(program, sync, ann, clock):
    unsubscribe(ann)
    later(sync, clock)
    NewsletterSubscription.objects.update(status="subscribed")
    program.put(ADDRESS, status="subscribed")
    later(sync, clock)
    assert program.listed() == [ADDRESS]
    assert reported(sync, clock()) == 1
    assert SyncMember.objects.get().told_unsubscribed_at is None


@pytest.mark.parametrize("is_watched", [False, True])
def test_an_erasure_leaves_nobody_subscribed_whom_nobody_watches(
    program, sync, ann, make_namesake, make_sync, make_segment, put_into, clock, is_watched
):
    bob = make_namesake()
    if is_watched and told(program):
        other = make_segment("other")
        put_into(other, bob)
        program.tag = other.code
        in_full(make_sync(program, other))
        program.tag = "vip"
    erasure = request_erasure(ann, Orders.ANONYMIZE, author=None)
    go_on(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.remaining == []
    is_told = told(program) and not is_watched
    assert status_there(program) == ("unsubscribed" if is_told else "subscribed")
    assert statuses_here() == {"bob": "subscribed"}


def test_addresses_that_are_none_keep_no_others_from_being_read(program, sync, ann, clock):
    if told(program):
        assert reported(sync, clock(), "a@\ud800.de") == reported(sync, clock(), "\0@x.de") == 0
        return
    odd = ["a@\ud800.de", "\ud800", "\0@x.de", "a\0", "a@" + "ü" * 400 + ".de", 7, None, ["x"], ""]
    many = [f"nobody{number}@x.de" for number in range(1_500)]
    events = [{"event": "unsubscribe", "email": one} for one in [*odd, *many, ADDRESS]]
    body = events
    if program.name == "klaviyo":
        topic = "event:klaviyo.unsubscribed_from_email_marketing"
        named = [{"attributes": {"email": one}} for one in [*odd, *many, ADDRESS]]
        body = {"data": [{"topic": topic, "payload": {"included": named}}]}
    assert note_unsubscribed(sync, {}, json.dumps(body).encode(), clock()) == 1
    assert statuses_here() == {"ann": "unsubscribed"}
    assert Customer.objects.get().pk == ann.pk


def test_it_is_looked_for_in_many_at_once(program, sync, ann, clock, django_assert_max_num_queries):
    body = json.dumps([{"event": "unsubscribe", "email": f"n{n}@x.de"} for n in range(400)])
    with django_assert_max_num_queries(3):
        note_unsubscribed(sync, {}, body.encode(), clock() + timedelta(seconds=1))
