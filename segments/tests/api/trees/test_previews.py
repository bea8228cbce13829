"""POST segments/preview/: the count, the first customers, who sees them, and that it is noted."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection

from customers.models import AuditEntry
from segments.api.trees import previews
from segments.editing.overrides import set_override
from segments.membership import is_member
from segments.refresh import refresh_segment
from segments.tests.api.bodies import AT_SHOP, MALE, PREVIEWING, tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_with):
    return client_with(*PREVIEWING)


def test_it_answers_as_the_contract_says(ask, people):
    found = ask(tree(AT_SHOP), limit=1, as_of="2026-04-10T12:00:00+02:00")

    assert found.pop("elapsed_ms") >= 0
    assert found == {
        "count": 3,
        "exact": True,
        "estimate": None,
        "scope_count": 4,
        "as_of": "2026-04-10T10:00:00Z",
        "engine": "",
        "customers": [{"id": "a", "email": "a@shop.example", "name": "Ann A"}],
        "sentence": "Customers whose e-mail address ends in “@shop.example”.",
        "warnings": [],
    }


def test_the_scope_is_part_of_it(ask, make_customer):
    make_customer(kind="guest")
    make_customer()

    assert ask(tree(), applies_to="guest")["scope_count"] == 1
    assert ask(tree(), applies_to="both", websites=["default"])["count"] == 2
    assert ask(tree())["warnings"][0]["path"] == ""


def test_for_a_segment_it_counts_members(ask, people, make_segment):
    segment = make_segment(conditions=[AT_SHOP])
    set_override(segment, people[0], "exclude", author=None)
    set_override(segment, people[3], "include", author=None)

    members = ask(tree(AT_SHOP), segment=segment.code)

    assert members["count"] == 3
    assert [one["id"] for one in members["customers"]] == ["b", "c", "d"]
    assert refresh_segment(segment).total == 3


def test_customers_are_shown_to_those_who_may_see_members(client_with, people):
    found = client_with("conditions.preview").send(
        "POST", "segments/preview/", {"conditions": tree(AT_SHOP)}
    )

    assert (found.json()["count"], found.json()["customers"]) == (3, [])


def test_preview_members_and_live_membership_agree(ask, people, make_segment, member_numbers):
    conditions = [AT_SHOP, MALE]
    segment = make_segment(conditions=conditions)
    refresh_segment(segment)

    found = ask(tree(*conditions), segment=segment.code)

    shown = [one["id"] for one in found["customers"]]
    assert shown == member_numbers(segment)
    assert shown == [one.external_id for one in people if is_member(one, segment)]
    assert found["count"] == len(shown)


def test_who_sees_customers_in_a_preview_is_noted_once_an_hour(
    client, ask, people, make_segment, clock
):
    segment = make_segment()
    noon = datetime(2026, 4, 1, 12, tzinfo=UTC)
    for minutes in (0, 59, 61):
        clock.at = noon + timedelta(minutes=minutes)
        ask(tree(AT_SHOP), segment=segment.code)
    ask(tree(AT_SHOP))
    ask(tree(AT_SHOP), limit=0)

    looks = AuditEntry.objects.filter(action="viewed").order_by("pk")
    assert [(look.username, look.name, look.after) for look in looks] == [
        (client.user.username, segment.code, {"page": "preview"}),
        (client.user.username, segment.code, {"page": "preview"}),
        (client.user.username, "–", {"page": "preview"}),
    ]


def test_who_may_see_nobody_sees_nobody_and_nothing_is_noted(client_with, people):
    client = client_with("conditions.preview")
    body = client.send("POST", "segments/preview/", {"conditions": tree(AT_SHOP)}).json()

    assert (body["count"], body["customers"]) == (3, [])
    assert not AuditEntry.objects.exists()


def test_whose_look_cannot_be_noted_gets_the_count_alone(ask, people, monkeypatch):
    def locked(*_arguments):
        raise OperationalError("database is locked")

    monkeypatch.setattr(previews, "record_looks", locked)
    found = ask(tree(AT_SHOP))

    assert (found["count"], found["customers"]) == (3, [])


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's way")
def test_on_sqlite_the_note_waits_for_no_writer(ask, people, monkeypatch):
    def timeout():
        with connection.cursor() as cursor:
            return cursor.execute("PRAGMA busy_timeout").fetchone()[0]

    waited = []
    monkeypatch.setattr(previews, "record_looks", lambda *_arguments: waited.append(timeout()))
    usual = timeout()
    ask(tree(AT_SHOP))

    assert usual > 0
    assert (waited, timeout()) == ([0], usual)
