"""The queue of files: many processes at once, broken files, leftovers, and no worker for long."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from kombu import Connection, Consumer
from kombu.transport import filesystem, get_transport_cls

from core.clock import now
from segmentation_site.celery import app
from segmentation_site.tests.processes.queue_messages import (
    ADDRESS,
    QUEUE,
    connected,
    received,
    send,
)
from segmentation_site.workers import file_queue
from segments.tests.engine.harness import eventually

# The processes ask no database.
pytestmark = [pytest.mark.once, pytest.mark.exhaustive]
# So much text that a reader would come while it is written.
WRITER = """
import sys
from segmentation_site.tests.processes.queue_messages import connected, send
with connected(sys.argv[1]) as connection:
    for number in range(int(sys.argv[3])):
        send(connection, {"who": sys.argv[2], "number": number, "text": "x" * 3_000_000})
"""
READER = """
import sys
from pathlib import Path
from segmentation_site.tests.processes.queue_messages import connected, received
with connected(sys.argv[1]) as connection:
    while not Path(sys.argv[2]).exists():
        for body in received(connection):
            print(body["who"], body["number"], flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "queue"


@pytest.fixture
def connection(folder: Path) -> Iterator[Connection]:
    with connected(folder) as connection:
        yield connection


def by_kombu(folder: Path) -> Connection:
    """Connect as this product did before it had a transport of its own."""
    filesystem.Transport.global_state.clear()
    control = folder.with_name("control")
    for each in (folder, control):
        each.mkdir(exist_ok=True)
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder)}
    return Connection(
        transport=filesystem.Transport,
        transport_options={**options, "control_folder": str(control)},
    )


def test_the_usual_address_means_our_transport() -> None:
    assert get_transport_cls("filesystem") is file_queue.Transport
    assert app.connection(ADDRESS).transport_cls == "filesystem"


def test_each_message_of_several_writers_comes_whole_and_once(folder: Path, tmp_path: Path) -> None:
    over, count = tmp_path / "over", 25
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "segmentation_site.settings"}

    def run(script: str, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", script, str(folder), *map(str, arguments)],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    folder.mkdir()
    for number in range(20):
        (folder / f"{number}_garbage.tranche.msg").write_bytes(b'{"body": "trunc')
    readers = [run(READER, over) for _ in range(2)]
    writers = [run(WRITER, who, count) for who in "ab"]
    said = [writer.communicate() for writer in writers]
    eventually(
        lambda: not list(folder.glob("*.msg")) or all(one.poll() is not None for one in readers)
    )
    over.touch()
    said += [reader.communicate() for reader in readers]
    assert [one.returncode for one in [*writers, *readers]] == [0] * 4, said
    lines = [line for out, _ in said for line in out.splitlines()]
    assert sorted(lines) == sorted(f"{who} {number}" for who in "ab" for number in range(count))
    assert {path.suffix for path in folder.iterdir()} == {".unreadable"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"body": "W1tdLCB7f',
        b"\xff\xfe",
        b"5",
        b"[]",
        b"{}",
        b'{"properties": {}}',
        b'{"properties": {"delivery_tag": "1", "body_encoding": "base64"}, "body": "W1t"}',
        b'{"properties": {"delivery_tag": "1"}, "body": "W10="}',
        b'{"properties": {"delivery_tag": "1", "delivery_info": {}}, "body": "W10="}',
        b"[" * 100_000,
    ],
)
def test_what_cannot_be_read_is_set_aside_and_logged(
    folder: Path, connection: Connection, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    send(connection, "before")
    broken = folder / "17_garbage.tranche.msg"
    broken.write_bytes(content)
    send(connection, "after")
    assert list(received(connection)) == ["before", "after"]
    aside = folder / f"{broken.name}.unreadable"
    assert list(folder.iterdir()) == [aside]
    assert aside.read_bytes() == content
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert str(broken) in caplog.text


def test_of_what_cannot_be_read_only_the_newest_is_kept(
    folder: Path, connection: Connection
) -> None:
    folder.mkdir()
    for number in range(file_queue.MOST_UNREADABLE + 5):
        (folder / f"{number}_garbage.tranche.msg").write_bytes(b"")
    assert list(received(connection)) == []
    kept = {int(path.name.partition("_")[0]) for path in folder.iterdir()}
    assert kept == set(range(5, file_queue.MOST_UNREADABLE + 5))


@pytest.mark.parametrize("first", ["worker", "beat"])
def test_ten_thousand_old_messages_keep_nobody_waiting(
    folder: Path, connection: Connection, first: str
) -> None:
    # What the transport of earlier versions had left where no worker lived.
    folder.mkdir()
    with by_kombu(folder) as old:
        send(old, "old")
    (path,) = folder.iterdir()
    for number in range(10_000):
        os.link(path, folder / f"{number}_of-a-dead-worker.tranche.msg")
        os.link(path, folder / f"{number}_of-another.tranche-refresh.msg")
    if first == "beat":
        send(connection, "new")
        assert len(list(folder.glob("*.tranche.msg"))) == file_queue.MOST
    bodies = list(received(connection))
    assert bodies.count("old") == file_queue.MOST - (first == "beat")
    assert bodies.count("new") == (first == "beat")
    # Those of the other queue wait for its own worker, as many as may.
    assert len(list(folder.glob("*.tranche-refresh.msg"))) == file_queue.MOST
    assert len(list(folder.iterdir())) == file_queue.MOST


def test_messages_do_not_pile_up_while_no_worker_lives(
    folder: Path, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_queue, "MOST", 5)
    for number in range(20):
        send(connection, number)
    assert list(received(connection)) == [15, 16, 17, 18, 19]


def test_what_a_killed_writer_left_is_deleted(folder: Path, connection: Connection) -> None:
    folder.mkdir()
    old, new = folder / "old.unfinished", folder / "new.unfinished"
    for path in (old, new):
        path.write_text("{")
    before = now() - file_queue.FORGOTTEN_AFTER * 2
    os.utime(old, times=(before.timestamp(),) * 2)
    assert list(received(connection)) == []
    assert list(folder.iterdir()) == [new]  # somebody may be at it


def test_messages_under_way_at_an_upgrade_are_read(folder: Path, connection: Connection) -> None:
    with by_kombu(folder) as old:
        send(old, "by the version before")
        send(connection, "by this one")
        assert list(received(connection)) == ["by the version before", "by this one"]
        send(connection, "to the version before")
        assert list(received(old)) == ["to the version before"]


def test_the_folder_may_be_deleted_at_any_time(folder: Path, connection: Connection) -> None:
    send(connection, 1)
    shutil.rmtree(folder)
    assert list(received(connection)) == []
    send(connection, 2)
    assert list(received(connection)) == [2]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a reader polls")
def test_message_wakes_a_reader_that_does_not_poll(
    folder: Path, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is deleted and made again while the reader waits."""
    monkeypatch.setattr(file_queue, "LONGEST_WAIT", 3600)
    options = {"folder": str(folder), "polling_interval": 3600}
    bodies: list[object] = []
    folder.mkdir()
    with (
        Connection(ADDRESS, transport_options=options) as reading,
        Consumer(reading, [QUEUE], callbacks=[lambda body, _: bodies.append(body)], no_ack=True),
    ):
        for number in range(2):
            later = threading.Timer(0.2, send, [connection, number])
            later.start()
            # Without a timeout, after which the reader would look once more.
            reader = threading.Thread(target=reading.drain_events, daemon=True)
            reader.start()
            reader.join(60)
            assert bodies == list(range(number + 1))
            later.join()
            shutil.rmtree(folder)
            folder.mkdir()


def test_a_queue_is_counted_and_emptied(connection: Connection) -> None:
    for number in range(3):
        send(connection, number)
    bound = QUEUE(connection.default_channel)
    assert bound.queue_declare().message_count == 3
    assert bound.purge() == 3
    assert list(received(connection)) == []
