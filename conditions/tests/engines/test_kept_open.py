"""A shop snapshot that stays open for whoever asks next, in whatever thread."""

import gc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pyarrow
import pytest

from conditions.engines import open_snapshot as module
from conditions.engines.engine import EngineFailed
from conditions.engines.open_snapshot import close_open_snapshot, open_session
from conditions.engines.translation import Translated, day_in
from conditions.tests.engines.stored_shop import written_file
from customers.snapshots.errors import SnapshotError
from customers.snapshots.manifest import Manifest, Table

pytestmark = pytest.mark.once

ZONE = "Europe/Berlin"
LATE = "TIMESTAMPTZ '2024-03-09 23:30:00+00'"


@pytest.fixture(autouse=True)
def nothing_open():
    close_open_snapshot()
    yield
    close_open_snapshot()


@pytest.fixture
def opened(monkeypatch):
    """Return the sessions that are opened."""
    found, real = [], module.open_in_duckdb

    def opened(location, manifest):
        found.append(real(location, manifest))
        return found[-1]

    monkeypatch.setattr(module, "open_in_duckdb", opened)
    return found


def snapshot_of(directory, numbers):
    """Return the manifest of a snapshot with these numbers in a table, and another table empty."""
    rows = pyarrow.table({"id": pyarrow.array(numbers, "int64")})
    return Manifest(
        as_of=datetime(2024, 3, 10, tzinfo=UTC),
        wal_position="",
        database="",
        tables={
            "some": Table({"id": "int64"}, (written_file(directory, "some", rows),)),
            "none": Table({"id": "int64"}, ()),
        },
    )


def test_it_is_opened_once_and_every_thread_asks_all_of_it(tmp_path, opened):
    manifest = snapshot_of(tmp_path, range(7))
    days = f"(SELECT count(*) FROM shop_some WHERE {day_in(ZONE)}({LATE}) = DATE '2024-03-10')"
    asked = Translated(f"SELECT {days}, (SELECT count(*) FROM shop_none)", frozenset({ZONE}))

    def ask(_number):
        with open_session(str(tmp_path), manifest) as session:
            return session.rows(asked)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, range(20))) == [[(7, 0)]] * 20
    gc.collect()
    assert ask(0) == [(7, 0)], "what one thread has made is there when it is gone"
    assert len(opened) == 1


def test_another_manifest_is_opened_and_the_old_one_goes_when_nobody_asks_it(tmp_path, opened):
    old = snapshot_of(tmp_path, range(7))
    (tmp_path / "new").mkdir()
    new = snapshot_of(tmp_path / "new", range(3))
    asked = Translated("SELECT count(*) FROM shop_some")
    scratch = tmp_path / "engines"
    with open_session(str(tmp_path), old) as one:
        with open_session(str(tmp_path / "new"), new) as other:
            assert other.rows(asked) == [(3,)]
        assert one.rows(asked) == [(7,)]
        assert len(list(scratch.iterdir())) == 2
    assert len(list(scratch.iterdir())) == 1
    close_open_snapshot()
    assert not list(scratch.iterdir())
    assert len(opened) == 2


def test_after_a_failure_it_is_opened_anew(tmp_path, opened):
    manifest = snapshot_of(tmp_path, range(7))

    def ask():
        with open_session(str(tmp_path), manifest) as session:
            return session.rows(Translated("SELECT count(*) FROM shop_some"))

    assert ask() == [(7,)]
    (tmp_path / "some").rename(tmp_path / "away")
    with pytest.raises(EngineFailed):
        ask()
    # It is said before anybody asks, from then on.
    with pytest.raises(SnapshotError, match=r"parquet is not there\."):
        ask()
    (tmp_path / "away").rename(tmp_path / "some")
    assert ask() == [(7,)]
    assert len(opened) == 2


def test_an_interrupt_ends_one_question_and_not_the_other(tmp_path):
    manifest = snapshot_of(tmp_path, range(7))
    endless = "SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range + b.range = -1"
    with (
        open_session(str(tmp_path), manifest) as one,
        open_session(str(tmp_path), manifest) as other,
        ThreadPoolExecutor(1) as thread,
    ):
        waiting = thread.submit(one.rows, Translated(endless))
        while not waiting.done():
            assert other.rows(Translated("SELECT count(*) FROM shop_some")) == [(7,)]
            one.interrupt()
        with pytest.raises(EngineFailed):
            waiting.result()
