"""The heartbeat of a process: a thread that goes on while the database is away, and its end."""

import time

import pytest
from django.db import OperationalError, connection

from core import processes
from core.processes import Process, process_name, seen_processes, show_process

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="a database in memory refuses to read while another thread writes",
    ),
]


def wait_until(is_reached):
    end = time.monotonic() + 20
    while not is_reached():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def beat(monkeypatch):
    """Return a function that shows this process as a worker, with a heartbeat each 20 ms."""
    monkeypatch.setattr(processes, "EVERY", 0.02)
    # A busy machine may store a heartbeat slowly.
    monkeypatch.setattr(processes, "LONGEST_BEAT", 20)
    ends = []

    def begin():
        ends.append(show_process("worker"))
        return ends[-1]

    yield begin
    for end in ends:
        end()


def test_heartbeat_goes_on_after_the_database_was_away(beat, monkeypatch):
    failures, note_process = [], processes.note_process

    def fail_twice(role):
        if len(failures) < 2:
            failures.append(role)
            raise OperationalError("away")
        note_process(role)

    monkeypatch.setattr(processes, "note_process", fail_twice)
    beat()
    wait_until(Process.objects.exists)
    first = Process.objects.get().seen_at
    wait_until(lambda: Process.objects.get().seen_at > first)
    assert failures == ["worker", "worker"]
    (own,) = seen_processes()
    assert (own.name, own.role, own.is_running) == (process_name(), "worker", True)


def test_late_heartbeat_does_not_overwrite_the_end(beat, monkeypatch):
    """The process ends while a heartbeat is on its way to the database."""
    begun, note_process = [], processes.note_process

    def note_slowly(role):
        begun.append(role)
        time.sleep(0.2)
        note_process(role)

    monkeypatch.setattr(processes, "note_process", note_slowly)
    end = beat()
    wait_until(lambda: len(begun) == 2)
    end()
    time.sleep(0.3)
    assert Process.objects.get().ended_at is not None
