"""Reads on a real streaming replica: what goes there, and what happens when it lags or is gone."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.database import replicas
from core.database.replicas import lags, read, reading_alias
from core.database.snapshot import read_snapshot
from core.database.time_limit import Cancelled, time_limit
from customers.models import Customer
from segments.database.cancellation import Caller, cancel, replacing
from segments.export.members import export_members
from segments.insight.overlap import overlap
from segments.insight.previews.preview import preview
from segments.membership import is_member, memberships, satisfies
from segments.refresh import refresh_segment
from segments.tests.database.clusters import programs
from segments.tests.engine.harness import WAIT, eventually

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="runs among the tests on PostgreSQL"
    ),
    pytest.mark.skipif(
        programs() is None, reason="SKIPPED: the programs of a PostgreSQL server are missing"
    ),
]

ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT (i + 1) % 7 FROM n) SELECT count(*) FROM n"
)
_numbers = count(1)


@pytest.fixture
def named(make_customer, replica):
    """Return a function that stores a customer whose first name is this test's own."""
    name = f"N{next(_numbers)}"

    def make():
        return make_customer(f"{name}-{next(_numbers)}", first_name=name)

    make.conditions = [{"attribute": "customer.first_name", "operator": "is", "value": name}]
    make.tree = {"match": "all", "conditions": make.conditions}
    return make


def by_whom():
    """Return whether a replica answers a read now, by what the server says of itself."""

    def ask():
        with connections[reading_alias()].cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery()")
            (found,) = cursor.fetchone()
        return "replica" if found else "primary"

    return read(ask)


def asked(function):
    """Return what `function` gives, and whether shop data were read on the primary, the replica."""
    with (
        CaptureQueriesContext(connections["default"]) as primary,
        CaptureQueriesContext(connections["replica-1"]) as replica,
    ):
        found = function()
    return found, *(
        any(
            query["sql"].startswith(("SELECT", "COPY"))
            and ('"customers_customer"' in query["sql"] or '"segments_membership"' in query["sql"])
            for query in captured
        )
        for captured in (primary, replica)
    )


def test_previews_exports_overlaps_and_live_checks_are_read_from_the_replica(
    named, make_segment, replica
):
    customer, other = named(), named()
    segments = [make_segment(f"{customer.external_id}-{n}", named.conditions) for n in range(2)]
    for segment in segments:
        refresh_segment(segment)
    code = segments[0].code

    def exported(format):
        return b"".join(export_members(segments[0], format, user=None, columns=["id"]))

    # A live check does not wait.
    eventually(lambda: lags() == {"replica-1": 0.0})
    csv = f"id\r\n{customer.external_id}\r\n{other.external_id}\r\n".encode()
    assert asked(lambda: preview(named.tree, counts=True).count) == (2, False, True)
    assert asked(lambda: preview(named.tree, segment=segments[0]).count) == (2, False, True)
    assert asked(lambda: exported("csv")) == (csv, False, True)
    xml = export_members(segments[0], "xml", user=None, columns=["id"])
    assert b"<segment" in next(xml)
    assert connections["replica-1"].in_atomic_block and not connection.in_atomic_block
    assert b"".join(xml).count(b"<customer ") == 2
    assert asked(lambda: overlap(segments).total) == (2, False, True)
    eventually(lambda: asked(lambda: is_member(customer, code)) == (True, False, True))
    eventually(lambda: asked(lambda: satisfies("is", [code], customer)) == (True, False, True))
    eventually(lambda: asked(lambda: memberships([code], customer)) == ({code: True}, False, True))


def test_nobody_sees_anything_older_than_what_they_wrote(named, make_segment, replica):
    segment = make_segment(named.tree["conditions"][0]["value"], named.conditions)
    for number in range(1, 31):
        customer = named()
        assert is_member(customer, segment)
        assert asked(lambda: preview(named.tree).count) == (number, False, True)


def test_a_transaction_sees_its_own_writes(named, replica):
    with transaction.atomic():
        named()
        assert preview(named.tree).count == 1
        assert by_whom() == "primary"
    assert by_whom() == "replica"


def test_what_came_from_a_replica_is_followed_and_saved_on_the_primary(named, replica):
    named()
    (customer,) = preview(named.tree).customers
    assert customer._state.db == "replica-1"

    assert customer.group.code == "general"
    customer.last_name = "Changed"
    customer.save()

    assert Customer.objects.using("default").get(pk=customer.pk).last_name == "Changed"


def test_a_replica_that_lags_is_not_asked_until_it_has_caught_up(named, replica, settings):
    settings.REPLICA_MAX_LAG_SECONDS = 0.2
    named()
    eventually(lambda: lags() == {"replica-1": 0.0})
    replica.ask("SELECT pg_wal_replay_pause()")
    eventually(lambda: replica.ask("SELECT pg_get_wal_replay_pause_state()") == "paused")

    named()

    assert asked(lambda: preview(named.tree).count) == (2, True, False)
    assert by_whom() == "primary"
    # Nothing else happens on the primary, and still the lag is seen to grow.
    before = eventually(lambda: lags()["replica-1"])
    eventually(lambda: lags()["replica-1"] > before + 0.3)

    replica.ask("SELECT pg_wal_replay_resume()")
    eventually(lambda: asked(lambda: preview(named.tree).count) == (2, False, True))
    assert lags() == {"replica-1": 0.0}


def test_an_idle_primary_has_no_replica_that_lags(named, replica):
    named()
    eventually(lambda: lags() == {"replica-1": 0.0})
    # The last transaction grows older and older; nothing is missing.
    replica.ask("SELECT pg_sleep(0.5)")
    assert lags() == {"replica-1": 0.0}


def test_while_a_replica_is_gone_the_primary_answers(named, replica):
    named()
    assert asked(lambda: preview(named.tree).count) == (1, False, True)

    replica.stop()

    assert preview(named.tree).count == 1
    assert by_whom() == "primary"
    assert lags() == {"replica-1": None}

    replica.start()
    eventually(lambda: by_whom() == "replica")
    assert asked(lambda: preview(named.tree).count) == (1, False, True)


def test_a_read_that_breaks_off_on_the_replica_is_done_on_the_primary(named, replica):
    servers = []

    def break_off_once():
        servers.append(reading_alias())
        with connections[reading_alias()].cursor() as cursor:
            if reading_alias() != DEFAULT_DB_ALIAS:
                cursor.execute("SELECT pg_backend_pid()")
                replica.ask(f"SELECT pg_terminate_backend({cursor.fetchone()[0]}, 5000)")
            cursor.execute("SELECT 42")
            return cursor.fetchone()[0]

    assert read(break_off_once) == 42
    assert servers == ["replica-1", "default"]


def test_a_replica_that_has_become_a_primary_is_not_asked(named, replica):
    assert by_whom() == "replica"
    assert replica.ask("SELECT pg_promote()")
    eventually(lambda: not replica.ask("SELECT pg_is_in_recovery()"))

    named()

    assert by_whom() == "primary"
    assert lags() == {"replica-1": None}


def test_a_preview_on_a_replica_ends_when_it_is_cancelled(replica):
    user = User.objects.create_user(f"user-{next(_numbers)}")
    servers, begun, deadline = [], threading.Event(), time.monotonic() + 2 * WAIT

    def endless():
        servers.append(reading_alias())
        with replacing(Caller(user, "page", 1)), read_snapshot(), time_limit(deadline):
            begun.set()
            with connections[reading_alias()].cursor() as cursor:
                cursor.execute(ENDLESS)

    def in_a_thread():
        try:
            read(endless)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(in_a_thread)
        assert begun.wait(WAIT)
        cancel(user, "page")
        with pytest.raises(Cancelled):
            future.result(WAIT)
    assert servers == ["replica-1"]


def test_the_lag_is_among_the_metrics(replica):
    def lag():
        lines = Client().get("/metrics").content.decode().splitlines()
        return [line for line in lines if line.startswith("tranche_replica_")]

    eventually(
        lambda: (
            lag()
            == [
                'tranche_replica_lag_seconds{replica="replica-1"} 0.0',
                'tranche_replica_usable{replica="replica-1"} 1.0',
            ]
        )
    )
    replica.stop()
    assert lag() == ['tranche_replica_usable{replica="replica-1"} 0.0']


def test_nothing_is_asked_where_there_are_no_replicas(shop):
    with CaptureQueriesContext(connections["default"]) as queries:
        assert replicas.server_for_reading() == DEFAULT_DB_ALIAS
    assert len(queries) == 0
