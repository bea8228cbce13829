"""Real web servers and workers on the test's PostgreSQL and Redis, which die without a word."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection, transaction
from redis import Redis

from segments.tests.engine.harness import REDIS, eventually, worker_environment


class Killable:
    """A process and its children, which are to die at once and without a word."""

    def __init__(self, *command: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """Kill them all; the database notices a little later."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def has_stopped(self) -> bool:
        """Return whether the first of them has stopped, as by SIGSTOP; it stays as it is."""
        options = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.process.pid, options) is not None


Start = Callable[..., Killable]
Send = Callable[..., Any]


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts a module of Python; what still runs is killed at the end."""
    begun: list[Killable] = []

    def start(*command: str, **environment: str) -> Killable:
        begun.append(Killable(*command, environment=worker_environment(**environment)))
        return begun[-1]

    yield start
    for one in begun:
        one.kill()
    # A backend that still works for one of the dead would keep the flush waiting.
    eventually(lambda: others_at_the_database() == 0)


@pytest.fixture
def broker() -> Iterator[Celery]:
    """Return what sends messages to the test's Redis, as web processes and beat would."""
    if not REDIS:
        pytest.skip("needs Redis")
    redis = Redis.from_url(REDIS)
    redis.flushdb()
    sender = Celery("sender", broker=REDIS, set_as_current=False)
    sender.conf.task_routes = settings.CELERY_TASK_ROUTES
    sender.conf.task_default_queue = settings.CELERY_TASK_DEFAULT_QUEUE
    yield sender
    sender.close()
    redis.flushdb()
    redis.close()


@pytest.fixture
def send(broker: Celery) -> Send:
    """Return a function that sends a task by its name."""
    return lambda name, *args: broker.send_task(name, args)


@pytest.fixture
def worker(start: Start, broker: Celery) -> Start:
    """Return a function that starts a worker of the application `app`, whose leases are short."""

    def begin(app: str = "segmentation_site", **environment: str) -> Killable:
        return start(
            *("celery", "--quiet", "--app", app, "worker", "--pool", "threads"),
            *("--concurrency", "2", "--without-mingle", "--without-gossip"),
            **{"LEASE_SECONDS": "2", **environment},
        )

    return begin


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Return where files of exports lie."""
    settings.EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"


def others_at_the_database() -> int:
    """Return how many other sessions are at the test's database."""
    with connection.cursor() as cursor:
        # Within a transaction the first look would be the last.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        (found,) = cursor.fetchone()
    return int(found)


def kill_at(table: str, mode: str, begin: Callable[[], Killable]) -> None:
    """Lock `table` in `mode`, and kill the process that `begin` starts once it waits for it."""
    with _locked(table, mode, begin) as (process, _session):
        process.kill()


def cut_at(table: str, mode: str, begin: Callable[[], Killable]) -> int:
    """Cut the connection of the process that waits for `table`, and return its exit status."""
    with _locked(table, mode, begin) as (process, session), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [session])
    return process.process.wait()


@contextmanager
def _locked(table: str, mode: str, begin: Callable[[], Killable]) -> Iterator[tuple[Killable, int]]:
    """Yield the process that `begin` starts and its session while the session waits for a lock."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN {mode} MODE")
        process = begin()
        # A worker that starts waits for other locks, too, and may do so for a moment.
        yield process, eventually(lambda: _waiting_session(table))
    eventually(lambda: others_at_the_database() == 0)


def _waiting_session(table: str) -> int:
    """Return a session that waits for a lock of `table`; 0 for none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(MIN(pid), 0) FROM pg_locks"
            " WHERE relation = %s::regclass AND NOT granted",
            [table],
        )
        (found,) = cursor.fetchone()
    return int(found)
