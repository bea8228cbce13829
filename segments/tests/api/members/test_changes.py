"""Who entered and left by the API: each change once, in order, or 410."""

from datetime import timedelta

import pytest

from segments.engine.members.change_log import purge_changes
from segments.refresh import refresh_segment
from segments.tests.api.bodies import ALL, paths

# On PostgreSQL nothing that is not committed is read, by the writer's own transaction either.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(client_with):
    return client_with(*ALL)


@pytest.fixture
def history(make_customer, make_segment):
    """Two segments into which three customers came one after the other."""
    segments = [make_segment(name="One", code="one"), make_segment(name="Two", code="two")]
    for name in ("a", "b/1", "c"):
        make_customer(name)
        for segment in segments:
            refresh_segment(segment)
    return segments


def read_on(client, address, cursor=None, limit=2):
    """Return everything from `cursor`, page by page, and the last cursor."""
    found = []
    while True:
        since = "" if cursor is None else f"&since={cursor}"
        page = client.send("GET", f"{address}?limit={limit}{since}").json()
        if not page["results"]:
            assert cursor is None or page["cursor"] == cursor
            return found, page["cursor"]
        assert page["cursor"] == str(page["results"][-1]["sequence"])
        found += page["results"]
        cursor = page["cursor"]


def test_a_reader_who_goes_on_gets_each_change_once(client, history, make_customer):
    found, cursor = read_on(client, "changes/")
    assert [(one["segment"], one["customer"], one["kind"]) for one in found] == [
        (code, customer, "entered") for customer in ("a", "b/1", "c") for code in ("one", "two")
    ]
    assert {one["reason"] for one in found} == {"refresh"}
    assert set(found[0]) == {"sequence", "segment", "customer", "kind", "reason", "at"}

    make_customer("d")
    refresh_segment(history[1])

    more, _cursor = read_on(client, "changes/", cursor)
    assert [(one["segment"], one["customer"]) for one in more] == [("two", "d")]
    of_one, _cursor = read_on(client, "segments/one/changes/")
    assert [one["customer"] for one in of_one] == ["a", "b/1", "c"]
    # A sequence number is a cursor, too.
    after, _cursor = read_on(client, "segments/one/changes/", of_one[0]["sequence"])
    assert after == of_one[1:]


def test_an_empty_log_has_a_cursor_to_begin_with(client, make_segment, make_customer):
    segment = make_segment(name="One", code="one")
    start = client.send("GET", "changes/").json()
    assert start == {"results": [], "cursor": "0"}
    make_customer("a")
    refresh_segment(segment)
    assert len(client.send("GET", f"changes/?since={start['cursor']}").json()["results"]) == 1


def test_what_is_no_longer_kept_is_gone_and_where_to_go_on_is_said(client, clock, history):
    found, cursor = read_on(client, "changes/")
    purge_changes(before=clock() + timedelta(days=1))

    for address in ("changes/", "segments/one/changes/"):
        gone = client.send("GET", f"{address}?since={found[0]['sequence']}")
        assert gone.status_code == 410
        assert gone["Content-Type"] == "application/problem+json"
        assert gone.json()["cursor"] == cursor
        assert client.send("GET", f"{address}?since={cursor}").json()["cursor"] == cursor
        assert client.send("GET", address).json() == {"results": [], "cursor": cursor}


@pytest.mark.parametrize(
    "since", ["", "x", "-1", "1.0", "1_0", "%00", "٣", str(2**63), "9" * 5000, "1&since=2"]
)
def test_what_is_no_cursor_is_refused(client, since):
    refused = client.send("GET", f"changes/?since={since}")
    assert refused.status_code == 400
    assert paths(refused) == ["since"]


def test_a_number_that_no_change_has_had_is_refused(client, history):
    _found, cursor = read_on(client, "changes/")
    for address in ("changes/", "segments/one/changes/"):
        refused = client.send("GET", f"{address}?since={int(cursor) + 1}")
        assert refused.status_code == 400
        assert paths(refused) == ["since"]


def test_changes_need_their_permission(client_with, make_segment):
    make_segment(name="One", code="one")
    for address in ("changes/", "segments/one/changes/"):
        assert client_with("segments.view_segment").send("GET", address).status_code == 403
        assert client_with("segments.view_members").send("GET", address).status_code == 200
    assert (
        client_with("segments.view_members").send("GET", "segments/no/changes/").status_code == 404
    )
