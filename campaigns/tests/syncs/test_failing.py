"""Programs that are busy, away, refuse the key or die in between: nobody is lost or doubled."""

from datetime import timedelta

import pytest
from django.utils import translation

from campaigns.editing.syncs import SYNCS, run_now
from campaigns.models import AudienceSync, SyncMember
from campaigns.syncs import lease, pushing
from campaigns.syncs.sync_runs import WAITS, run_sync, wake_due
from campaigns.tests.syncs.conftest import in_full, states
from segments.lease import LeaseLost

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def sync(program, make_sync, segment, make_subscriber, put_into, clock):
    """A sync of three members, not run yet."""
    put_into(segment, *(make_subscriber(str(number)) for number in range(3)))
    return make_sync(program, segment)


def always(status, headers=None, body=None):
    return lambda method, path: (status, body or {"message": "not now"}, headers or {})


def test_it_waits_for_as_long_as_it_is_told_to(program, sync, clock):
    program.mood = always(429, {"Retry-After": "90"})
    in_full(sync)
    assert (sync.state, sync.not_before) == ("waiting", clock() + timedelta(seconds=90))
    assert "429" in sync.error and states(sync) == ["entering"] * 3
    told = len(program.requests)
    clock.advance(seconds=89)
    wake_due(clock())
    in_full(sync)
    assert len(program.requests) == told
    clock.advance(seconds=1)
    program.mood = None
    in_full(sync)
    assert (sync.state, sync.error, sync.failures) == ("active", "", 0)
    assert len(program.listed()) == 3


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("9" * 400, 86_400),
        ("Fri, 10 Apr 2026 12:10:00 GMT", 600),
        ("Fri, 10 Apr 2020 12:10:00 GMT", 0),
        ("soon", 60),
        ("-5", 60),
        ("٣", 60),
    ],
)
def test_what_it_says_may_be_anything(program, sync, clock, said, seconds):
    if not said.isascii():
        said = said.encode().decode("latin-1")
    program.mood = always(503, {"Retry-After": said})
    in_full(sync)
    assert sync.not_before == clock() + timedelta(seconds=seconds)


def test_it_waits_ever_longer(program, sync, clock):
    program.mood = always(500)
    for wait in (*WAITS, WAITS[-1]):
        in_full(sync)
        assert sync.not_before == clock() + wait
        clock.set(sync.not_before.isoformat())
    assert sync.is_active


def test_silence_is_waited_for_and_no_longer(program, sync, clock, monkeypatch):
    monkeypatch.setattr(lease, "LONGEST_REQUEST", 0.2)

    def silent(method, path):
        program.released.wait(20)

    program.mood = silent
    in_full(sync)
    assert sync.state == "waiting" and "no answer" in sync.error


def test_nobody_there(program, sync, clock, settings):
    settings.SYNC_HOSTS = {program.name: "http://127.0.0.1:9"}
    in_full(sync)
    assert sync.state == "waiting" and "no answer" in sync.error


@pytest.mark.parametrize("status", [401, 403, 302])
def test_a_key_that_is_refused_stops_it(program, sync, clock, status):
    program.mood = always(status, {"Location": "http://127.0.0.1:9/"})
    in_full(sync)
    assert (sync.state, sync.is_active) == ("stopped", False)
    assert str(status) in sync.error
    assert len(program.requests) == 1
    program.mood = None
    SYNCS.change(sync, {"is_active": True}, author=None)
    in_full(sync)
    assert sync.state == "active" and len(program.listed()) == 3


@pytest.mark.parametrize("key", ["", " ", "x\ny", "schlüssel"])
def test_no_key_stops_it_and_asks_nobody(program, sync, clock, monkeypatch, key):
    monkeypatch.setenv("SYNC_KEY_TEST", key)
    in_full(sync)
    assert sync.state == "stopped" and "SYNC_KEY_TEST" in sync.error
    with translation.override("de"):
        sync.refresh_from_db()
        assert ("Umgebungsvariable" if not key.strip() else "kein Schlüssel") in sync.error
    assert program.requests == []


def test_another_key_is_told_from_ours(program, sync, clock, monkeypatch):
    if program.name == "mailchimp":
        return  # Its fake takes each.
    monkeypatch.setenv("SYNC_KEY_TEST", "other")
    in_full(sync)
    assert sync.state == "stopped"


def test_a_list_that_is_not_there_stops_it(
    program, make_sync, segment, make_subscriber, put_into, clock
):
    put_into(segment, make_subscriber("ann"))
    sync = in_full(make_sync(program, segment, list="99"))
    assert sync.state == "stopped" and "404" in sync.error


def test_nonsense_is_no_answer(program, sync, clock):
    program.mood = always(200, body=[1])
    in_full(sync)
    assert sync.state in ("waiting", "active", "filling")
    assert program.listed() == []


def test_turned_off_in_between_it_tells_nothing_more(program, sync, clock, monkeypatch):
    original = pushing._added

    def added(answer, at):
        original(answer, at)
        AudienceSync.objects.update(is_active=False)

    monkeypatch.setattr(pushing, "_added", added)
    monkeypatch.setattr(pushing, "BLOCK", 1)
    in_full(sync)
    assert sync.state == "off" and len(program.listed()) == 1
    told = len(program.requests)
    in_full(sync)
    assert len(program.requests) == told


class Killed(BaseException):
    """A kill, as far as one process can have one."""


@pytest.mark.parametrize("after", range(4))
def test_a_kill_in_between_loses_and_doubles_nobody(program, sync, clock, monkeypatch, after):
    monkeypatch.setattr(pushing, "BLOCK", 2)
    original, seen = pushing._added, []

    def killed(answer, at):
        seen.append(answer)
        if len(seen) > after:
            raise Killed
        original(answer, at)

    monkeypatch.setattr(pushing, "_added", killed)
    if after < 3:
        with pytest.raises(Killed):
            run_sync(sync.pk)
        # As a kill leaves it: the lease is not given back.
        AudienceSync.objects.update(lease_expires_at=clock() + timedelta(seconds=30))
        assert run_sync(sync.pk) is False
    monkeypatch.setattr(pushing, "_added", original)
    clock.advance(seconds=61)
    in_full(sync)
    assert program.listed() == [f"{number}@shop.example" for number in range(3)]
    assert len(program.contacts) == 3
    assert states(sync) == ["there"] * 3


def test_one_worker_at_a_time(sync, clock):
    first = lease.claim(sync.pk, clock())
    assert lease.claim(sync.pk, clock()) is None
    clock.advance(minutes=5)
    second = lease.claim(sync.pk, clock())
    assert second.fencing == first.fencing + 1
    with pytest.raises(LeaseLost):
        lease.write(first, error="late")
    lease.release(first, error="late")
    second.refresh_from_db()
    assert second.error == "" and second.lease_expires_at is not None


def test_who_is_woken_for_what(sync, clock, sent):
    sent.clear()
    AudienceSync.objects.update(woken_at=None)
    wake_due(clock())
    wake_due(clock())
    assert AudienceSync.objects.get().woken_at == clock()
    AudienceSync.objects.update(is_active=False, woken_at=None)
    wake_due(clock())
    assert AudienceSync.objects.get().woken_at is None


def test_a_refused_removal_is_tried_again(program, sync, segment, clock, change):
    in_full(sync)
    member = SyncMember.objects.first()
    change(segment, member.customer, "left")

    def refuses(method, path):
        is_removal = method == "DELETE" or "remove" in path or path.endswith("/tags")
        return (400, {"message": "no", "errors": [{"detail": "no"}]}, {}) if is_removal else None

    program.mood = refuses
    in_full(sync)
    member.refresh_from_db()
    assert (member.state, member.error) == ("leaving", "400 no")
    program.mood = None
    told = len(program.requests)
    in_full(sync)
    assert len(program.requests) == told
    clock.advance(hours=1)
    in_full(sync)
    member.refresh_from_db()
    assert (member.state, member.error) == ("gone", "")


def test_run_by_hand_waits_for_nothing(program, sync, clock):
    program.mood = always(429, {"Retry-After": "3600"})
    in_full(sync)
    program.mood = None
    run_now(sync, author=None)
    in_full(sync)
    assert len(program.listed()) == 3


def test_a_number_that_another_contact_has(program, sync, clock):
    """As after somebody has changed their address."""
    if program.name == "mailchimp":
        return
    name = {"klaviyo": "external_id", "brevo": "EXT_ID"}[program.name]
    program.put("old@shop.example").values[name] = "0"
    in_full(sync)
    assert len(program.listed()) == 3
    assert name not in program.contacts["0@shop.example"].values


def test_a_missing_library_stops_it(program, sync, clock, monkeypatch):
    monkeypatch.setattr(
        "campaigns.syncs.remote.CLASSES", {program.name: "integrations.not_there.Client"}
    )
    in_full(sync)
    assert sync.state == "stopped" and "bin/prepare syncs" in sync.error


def test_it_ends_after_a_while(program, sync, clock, monkeypatch):
    monkeypatch.setattr(pushing, "BLOCK", 1)
    assert run_sync(sync.pk, seconds=0) is True
    assert len(program.listed()) == 1
