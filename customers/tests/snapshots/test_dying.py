"""An export that ends without a word, or is ended: what was there is whole, the rest goes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from customers.models import Customer
from customers.snapshots.errors import SnapshotError
from customers.snapshots.exporting import export_snapshot
from customers.snapshots.manifest import read_manifest
from customers.snapshots.parquet import streams
from customers.snapshots.parquet.streams import Streams
from customers.snapshots.places.stores import open_store
from customers.tests.snapshots.conftest import rows_in
from customers.tests.waiting import eventually

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]

WAIT = 240


@pytest.fixture
def stuck(customers, place):
    """Yield a real export to a place with a snapshot: it has written files and waits for a table.

    Yields the process, and a cursor of who keeps it waiting.
    """
    export_snapshot(place)
    Customer.objects.filter(pk=customers[0].pk).update(gender="x")
    known = open_store(place).sizes().keys()
    database = connection.settings_dict
    url = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK customers_wishlistitem IN ACCESS EXCLUSIVE MODE")
        process = subprocess.Popen(
            [sys.executable, "manage.py", "export_snapshot", place, "--streams", "2"],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": f"{url}/{database['NAME']}"},
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            deadline = time.monotonic() + WAIT
            while not open_store(place).sizes().keys() - known:
                assert process.poll() is None, process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield process, cursor
        finally:
            process.kill()
            process.wait()
            process.stderr.close()
            cursor.execute("ROLLBACK")
    other.close()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_what_was_there_stays_and_what_is_left_goes(stuck, place, customers, end):
    process, cursor = stuck
    before = read_manifest(place)
    process.send_signal(end)
    assert process.wait(WAIT) != 0
    assert read_manifest(place) == before
    assert {row["gender"] for row in rows_in(place, Customer)} == {""}
    left = open_store(place).sizes().keys() - before.named
    assert bool(left) == (end == signal.SIGKILL)

    cursor.execute("ROLLBACK")
    after = export_snapshot(place).manifest
    assert {row["gender"] for row in rows_in(place, Customer)} == {"", "x"}
    assert open_store(place).sizes().keys() == after.named
    assert not left & after.named


def test_a_stream_that_asks_just_after_the_end_is_ended_too(customers, place, monkeypatch):
    asked, went_through = [], []

    def source_of(exported, cursor):
        asked.append(exported)
        if len(asked) > 1:
            raise SnapshotError("broken")
        eventually(lambda: ended)
        cursor.execute("SELECT pg_sleep(30)")
        went_through.append(exported)

    ended = []
    stop = Streams.stop
    monkeypatch.setattr(Streams, "stop", lambda self: (stop(self), ended.append(self)))
    monkeypatch.setattr(streams, "source_of", source_of)
    with pytest.raises(SnapshotError, match="broken"):
        export_snapshot(place, streams=2)
    assert not went_through


def test_a_lost_database_is_an_error(stuck, place):
    process, _cursor = stuck
    before = read_manifest(place)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND query LIKE 'SELECT 1%' AND backend_type = 'client backend'"
        )
    assert process.wait(WAIT) == 1
    assert "The database failed" in process.stderr.read()
    assert read_manifest(place) == before
    assert Path(place).exists()
