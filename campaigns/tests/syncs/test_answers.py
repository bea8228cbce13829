"""What programs answer: only a clear yes counts, and no text or id of theirs stops a list."""

import pytest

from campaigns.models import SyncMember
from campaigns.tests.syncs.conftest import in_full, states
from customers.models import Customer, Erasure, Orders
from customers.privacy.erasing import go_on, request_erasure

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HTML = b"<html><body>We will be back soon.</body></html>"
# What changes a list, of the three.
CHANGES = {"klaviyo": "relationships/profiles", "brevo": "/contacts", "mailchimp": "/tags"}


@pytest.fixture
def sync(program, make_sync, segment, make_subscriber, put_into, clock):
    """A sync of two members, not run yet."""
    put_into(segment, make_subscriber("anna"), make_subscriber("bert"))
    return make_sync(program, segment)


def answers(status, body=None, headers=None, *, of=""):
    """Return a mood: this answer to what changes something at a path with `of` in it."""

    def mood(method, path):
        return (status, body, headers or {}) if method != "GET" and of in path else None

    return mood


def errors():
    return list(SyncMember.objects.order_by("pk").values_list("error", flat=True))


def leave(change, segment, number="anna"):
    change(segment, Customer.objects.get(external_id=number), "left")


def texts_of(text):
    """Return a refusal with `text`, as each of the three may say it."""
    said = {"message": text, "title": text, "code": "invalid_parameter"}
    return said | {"errors": [{"detail": text, "message": text}]}


@pytest.mark.parametrize(
    ("body", "is_list"),
    [
        *((None, False), (None, True), (HTML, True)),
        *(({}, False), ({"message": "\0"}, True), ({"errors": "x"}, False)),
    ],
)
def test_a_refusal_without_a_text_is_one(program, sync, body, is_list):
    program.mood = answers(400, body, of=CHANGES[program.name] if is_list else "")
    in_full(sync)
    assert states(sync) == ["refused", "refused"]
    assert all(error.startswith("400") for error in errors())
    assert program.listed() == []


@pytest.mark.parametrize(
    ("status", "body"), [(400, None), (404, None), (404, HTML), (409, HTML), (418, None)]
)
def test_a_refused_removal_without_a_text_is_one(
    program, sync, segment, change, clock, status, body
):
    in_full(sync)
    leave(change, segment)
    program.mood = answers(status, body)
    in_full(sync)
    assert states(sync) == ["leaving", "there"]
    assert errors()[0].startswith(str(status))
    assert len(program.listed()) == 2
    program.mood = None
    clock.advance(hours=1)
    in_full(sync)
    assert states(sync) == ["gone", "there"] and program.listed() == ["bert@shop.example"]


@pytest.mark.parametrize("status", [400, 404])
def test_an_erasure_is_not_complete_while_they_may_be_in_the_list(program, sync, status):
    in_full(sync)
    program.mood = answers(status)
    erasure = request_erasure(
        Customer.objects.get(external_id="anna"), Orders.ANONYMIZE, author=None
    )
    go_on(erasure.pk)
    stored = Erasure.objects.get(pk=erasure.pk)
    assert stored.completed_at is None
    assert stored.remaining == [f"{program.name}: {program.list_id}"]
    assert "anna@shop.example" in program.listed()
    program.mood = None
    go_on(erasure.pk)
    assert Erasure.objects.get(pk=erasure.pk).remaining == []
    assert program.listed() == ["bert@shop.example"]


@pytest.mark.parametrize(
    ("status", "body"), [(200, HTML), (200, [1]), (200, "yes"), (200, None), (201, b"[" * 100_000)]
)
def test_what_is_no_answer_of_the_program_is_waited_for(
    program, sync, segment, change, clock, status, body
):
    for part in ("", CHANGES[program.name]):
        program.mood = answers(status, body, of=part)
        in_full(sync)
        assert (sync.state, states(sync)) == ("waiting", ["entering", "entering"])
        clock.advance(hours=1)
    program.mood = None
    in_full(sync)
    assert len(program.listed()) == 2
    leave(change, segment)
    program.mood = answers(status, body)
    in_full(sync)
    assert (sync.state, states(sync)) == ("waiting", ["leaving", "there"])


def test_silence_where_something_is_to_be_said(program, sync):
    program.mood = lambda method, path: (204, None, {})
    in_full(sync)
    assert (sync.state, states(sync)) == ("waiting", ["entering", "entering"])


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"data": None}, {"maintenance": True}])
def test_an_answer_that_says_nothing_of_whom_it_is_about(program, sync, body):
    program.mood = lambda method, path: (200, body, {})
    in_full(sync)
    assert (sync.state, states(sync)) == ("waiting", ["entering", "entering"])


def test_nobody_is_found_only_where_the_program_says_so(program, sync, segment, change):
    """By the address alone, as after a kill."""
    in_full(sync)
    SyncMember.objects.update(remote_id="")
    leave(change, segment)
    program.mood = lambda method, path: (200, HTML, {})
    in_full(sync)
    assert (sync.state, states(sync)) == ("waiting", ["leaving", "there"])


def test_who_is_not_there_any_more_is_not_in_the_list(program, sync, segment, change, clock):
    in_full(sync)
    del program.contacts["anna@shop.example"]
    leave(change, segment)
    in_full(sync)
    assert states(sync) == ["gone", "there"]


def test_whom_somebody_else_has_taken_off(program, sync, segment, change, clock):
    in_full(sync)
    program.members.remove(program.contacts["anna@shop.example"].id)
    for number in ("anna", "bert"):
        leave(change, segment, number)
    in_full(sync)
    assert states(sync) == ["gone", "gone"] and program.listed() == []


def test_one_who_cannot_be_taken_off_keeps_nobody_else_in(program, sync, segment, change, clock):
    if program.name != "brevo":
        return  # The others say so of one alone.
    in_full(sync)
    program.bad[int(program.contacts["anna@shop.example"].id)] = "no"
    for number in ("anna", "bert"):
        leave(change, segment, number)
    in_full(sync)
    assert states(sync) == ["leaving", "gone"]
    assert program.listed() == ["anna@shop.example"]


@pytest.mark.parametrize(
    "contacts", [{"success": [], "failure": ["?"]}, {"success": ["?"]}, {}, [], None]
)
def test_who_is_among_those_who_were_removed(program, sync, segment, change, contacts):
    if program.name != "brevo":
        return  # The others answer nothing to that.
    in_full(sync)
    leave(change, segment)
    program.mood = answers(201, {"contacts": contacts}, of="/remove")
    in_full(sync)
    assert states(sync) == ["leaving", "there"]
    assert errors()[0] == "not removed"


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "a\r\nb", "ab" + "x" * 200_000])
def test_a_text_may_be_anything(program, sync, text):
    program.mood = answers(400, texts_of(text))
    in_full(sync)
    assert states(sync) == ["refused", "refused"]
    assert all(error.startswith(("400 ab", "400 a b")) for error in errors())
    program.mood = answers(429, texts_of(text))
    SyncMember.objects.update(state="entering")
    in_full(sync)
    assert sync.state == "waiting"
    assert sync.error.startswith(("429 ab", "429 a b")) and len(sync.error) <= 500


def test_the_address_is_not_among_what_is_stored(program, sync):
    said = "anna@shop.example looks fake: ANNA is no name, write to help@shop.example"
    program.mood = answers(400, texts_of(said))
    in_full(sync)
    assert all("@" not in error and "looks fake" in error for error in errors())
    assert "ANNA" not in errors()[0]
    for status in (401, 500):
        program.mood = lambda method, path, status=status: (status, texts_of(said), {})
        SyncMember.objects.update(state="entering")
        in_full(sync)
        assert str(status) in sync.error and "looks fake" in sync.error
        assert "@" not in sync.error
        type(sync).objects.update(is_active=True, not_before=None)


@pytest.mark.parametrize("name", ["9" * 129, "9\0", "9\ud800", "", "../9", {"a": 1}, ["9"], True])
def test_an_id_that_is_none_fails_alone(program, sync, name):
    seen = []

    def mood(method, path):
        is_first = method in ("POST", "PUT") and not seen
        if is_first:
            seen.append(path)
            said = {"id": name, "contact_id": name, "status": "subscribed"}
            return 200, said | {"data": {"id": name, "type": "profile"}}, {}
        return None

    program.mood = mood
    in_full(sync)
    assert states(sync) == ["refused", "there"]
    assert "id" in errors()[0] and SyncMember.objects.first().remote_id == ""


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (429, "Wed, 01 Jan 99999999999999999999 00:00:00 GMT"),
        (503, "Fri, 31 Dec 9999 23:59:59 -1200"),
        (429, "Mon, 01 Jan 0001 00:00:00 +1400"),
        (503, "Wed, 01 Jan 2030 00:00:00 +99999999"),
        (429, ","),
        (503, "1.5"),
    ],
)
def test_a_time_to_wait_may_be_none(program, sync, clock, status, said):
    program.mood = answers(status, {}, {"Retry-After": said})
    in_full(sync)
    assert sync.state == "waiting" and sync.error.startswith(str(status))
    assert sync.not_before is not None
