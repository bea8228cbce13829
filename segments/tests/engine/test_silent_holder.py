"""A process that is stopped, or cut off, while it holds a lock halts nobody for long.

Real processes: one falls silent in mid-transaction, is stopped (SIGSTOP) or loses its connection
without a word, and another one does the work.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import pytest
from django.conf import settings
from django.db import connection, connections

from segments.editing.saving import save_segment
from segments.engine.live_changes.changed_customers import process_batch
from segments.engine.live_changes.passing_time import sweep
from segments.engine.refreshes.runs import waiting_runs, wake_waiting
from segments.models import RefreshRun, Segment, Watermark
from segments.models.work.watermark import swept_until
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from segments.tests.engine.harness import eventually, is_right, marks, stored, worker_environment

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
    pytest.mark.django_db(transaction=True),
]
AT_SHOP = [{"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}]


class Wire:
    """A way to PostgreSQL that can be cut: nothing passes any more, and nobody is told."""

    def __init__(self, host, port):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.target = (host, port)
        self.is_cut = threading.Event()
        self.sockets = []
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _address = self.server.accept()
                self.sockets.append(near)
                far = socket.create_connection(self.target)
                self.sockets.append(far)
                for ends in ((near, far), (far, near)):
                    self.threads.append(threading.Thread(target=self._carry, args=ends))
                    self.threads[-1].start()

    def _carry(self, source, target):
        with suppress(OSError):
            while data := source.recv(65_536):
                if self.is_cut.is_set():
                    return
                target.sendall(data)
        if not self.is_cut.is_set():
            with suppress(OSError):
                target.shutdown(socket.SHUT_RDWR)

    def close(self):
        with suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)  # wakes whoever accepts
        self.threads[0].join(60)
        for one in self.sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self.threads[1:]:
            thread.join(60)
        for one in (self.server, *self.sockets):
            one.close()


@contextmanager
def silent_worker(how, *work):
    """Start the worker, and yield when it is silent: stopped, or its connection cut."""
    place = connection.settings_dict
    wire = Wire(place["HOST"], int(place["PORT"] or 5432))
    environment = worker_environment(
        DATABASE_URL=f"postgres://{place['USER']}@127.0.0.1:{wire.port}/{place['NAME']}"
        "?connect_timeout=60",
        LOCK_SILENCE_SECONDS="1",
        LEASE_SECONDS="2",
        PGPASSWORD=place["PASSWORD"] or "",
        PYTHONPATH=str(settings.BASE_DIR),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "segments.tests.engine.silent_worker", *work],
        env=environment,
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline()
        assert said == "silent\n", process.stderr.read()
        if how == "stopped":
            process.send_signal(signal.SIGSTOP)
            _pid, status = os.waitpid(process.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
        else:
            wire.is_cut.set()
        yield process
    finally:
        process.kill()
        process.communicate()
        wire.close()
        connections.close_all()


def goes_on(process):
    """Let the worker wake up; return its exit status."""
    process.send_signal(signal.SIGCONT)
    process.communicate("go on\n", timeout=60)
    return process.returncode


both_ways = pytest.mark.parametrize("how", ["stopped", "cut"])


@both_ways
def test_changes_are_worked_in_though_the_one_at_it_is_silent(make_customer, make_segment, how):
    segment = make_segment(conditions=AT_SHOP)
    refresh_segment(segment)
    while process_batch():
        pass
    make_customer("ann", email="ann@shop.example")

    with silent_worker(how, "batch") as process:
        assert process_batch() == 0  # It still has the lock.
        eventually(lambda: process_batch() == 1)
        assert stored(segment) == {"ann"}
        if how == "stopped":
            assert goes_on(process) != 0

    assert marks() == []
    assert is_right(segment)


@both_ways
def test_a_refresh_is_taken_over_though_its_worker_is_only_silent(
    make_customer, make_segment, settings, how
):
    segment = make_segment(conditions=AT_SHOP, code="shop")
    make_customer("ann", email="ann@shop.example")

    with silent_worker(how, "refresh", "shop") as process:
        run = segment.runs.get()
        assert run.state == "running"
        # Their lock is free before their lease is: whoever else refreshes need not wait for that.
        assert refresh_segment(segment).state == "completed"
        assert stored(segment) == {"ann"}
        eventually(lambda: wake_waiting() or (not waiting_runs() and run.state != "running"))
        if how == "stopped":
            assert goes_on(process) != 0

    run.refresh_from_db()
    assert run.state != "completed"
    assert is_right(segment)


@both_ways
def test_definitions_are_saved_though_another_saver_is_silent(make_segment, how):
    segment = make_segment("One", code="one")
    other = make_segment("Two", code="two")

    with silent_worker(how, "saving", "one"):
        assert save_segment(other, Definition("Heard"), author=None).changed

    assert set(Segment.objects.values_list("name", flat=True)) == {"One", "Heard"}
    segment.refresh_from_db()
    assert segment.version == 1


@both_ways
def test_passing_time_is_looked_at_though_the_one_at_it_is_silent(make_segment, how):
    make_segment()
    sweep()
    before = Watermark.objects.get().at

    with silent_worker(how, "sweep"):
        sweep()
        assert swept_until() == before  # It still has the lock.
        eventually(lambda: sweep() or swept_until() > before)


def test_every_connection_has_a_limit(settings):
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == (f"{round(settings.IDLE_TRANSACTION_SECONDS / 60)}min",)
        cursor.execute("SHOW tcp_keepalives_idle")
        assert cursor.fetchone() == ("10",)


def test_the_limit_ends_with_the_transaction(make_customer):
    make_customer("ann")
    assert process_batch() == 1
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == (f"{round(settings.IDLE_TRANSACTION_SECONDS / 60)}min",)
    assert not RefreshRun.objects.exists()
