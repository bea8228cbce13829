"""Cancels a preview that runs on another connection to PostgreSQL.

A row for each client contains the process id of the backend that runs its preview, on the primary
or on a replica; the backend's application name identifies the preview, too. The canceller holds the
row's lock, and the cancelled connection takes that lock before it does anything else: so a cancel
signal never reaches a query that does not belong to a preview.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connections, transaction

from core.clock import now
from core.database.replicas import reading_alias
from core.database.time_limit import Cancelled, IsOver, never_over, was_cancelled
from segments.models.work.running_preview import RunningPreview

# The time that a newer preview waits for the older one to end; usually some milliseconds.
SECONDS = 1.0
BETWEEN_SIGNALS = 0.01
FORGET_AFTER = timedelta(days=1)


@contextmanager
def running(user: User, client: str, seq: int) -> Iterator[IsOver]:
    row = _enter(user, client, seq)
    try:
        yield never_over
    except BaseException as error:
        with suppress(DatabaseError):  # The caller needs the block's exception.
            _leave(row)
        if isinstance(error, OperationalError) and was_cancelled(error):
            raise Cancelled from error
        raise
    if not _leave(row):
        raise Cancelled


def cancel(user: User, client: str, seq: int | None) -> bool:
    with transaction.atomic():
        row = _lock_preview(user, client)
        ends = row.pid is not None and (seq is None or seq >= row.seq)
        if ends:
            _stop(row)
            row.pid = None
        row.ended = max(row.ended, row.seq if seq is None else seq)
        row.save()
    return ends


def _enter(user: User, client: str, seq: int) -> RunningPreview:
    with transaction.atomic():
        row = _lock_preview(user, client)
        if seq < row.seq or seq <= row.ended:
            raise Cancelled
        _stop(row)
        row.seq, row.pid, row.server = seq, _ours("SELECT pg_backend_pid()"), reading_alias()
        row.save()
        _call_ourselves(_name_of(row))
        RunningPreview.objects.filter(touched_at__lt=now() - FORGET_AFTER, pid=None).delete()
    return row


def _lock_preview(user: User, client: str) -> RunningPreview:
    row, _created = RunningPreview.objects.update_or_create(
        user=user, client=client, defaults={"touched_at": now()}
    )
    return row


def _stop(row: RunningPreview) -> None:
    """Cancel the statements of the row's backend until it waits for the row or is gone."""
    if row.pid is None or row.server not in connections:
        return
    if row.server == DEFAULT_DB_ALIAS:
        _signal(row)
    else:
        # If the replica is down, the preview has ended with it.
        with suppress(DatabaseError):
            _signal(row)


def _signal(row: RunningPreview) -> None:
    if row.pid == _value(row.server, "SELECT pg_backend_pid()"):
        return
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        _value(row.server, "SELECT pg_stat_clear_snapshot()")
        found = _value(
            row.server,
            "SELECT count(CASE WHEN state = 'active' THEN pg_cancel_backend(pid) END) + 1"
            " FROM pg_stat_activity WHERE pid = %s AND application_name = %s HAVING count(*) > 0",
            row.pid,
            _name_of(row),
        )
        if found is None:
            return
        # A signal between two queries has no effect, so it is sent again.
        time.sleep(BETWEEN_SIGNALS)


def _leave(row: RunningPreview) -> bool:
    """Make the preview not cancellable any more; return False where it was cancelled before."""
    # After the name has changed, no signal is sent any more; one that is on its way interrupts one
    # of these three statements, which are then repeated.
    server = reading_alias()
    _run_uninterrupted(server, lambda: _call_ourselves("preview leaving"))
    mine = RunningPreview.objects.filter(pk=row.pk, seq=row.seq, pid=row.pid)
    left = _run_uninterrupted(DEFAULT_DB_ALIAS, lambda: mine.update(pid=None))
    _run_uninterrupted(server, lambda: _ours("RESET application_name"))
    return bool(left)


def _run_uninterrupted(server: str, run: Any) -> Any:
    while True:
        try:
            with transaction.atomic(using=server):
                return run()
        except OperationalError as error:
            if not was_cancelled(error):
                raise


def _name_of(row: RunningPreview) -> str:
    return f"preview {row.pk}.{row.seq}"


def _call_ourselves(name: str) -> None:
    _ours("SELECT set_config('application_name', %s, false)", name)


def _ours(sql: str, *params: Any) -> Any:
    """Run a query on the server on which the preview runs."""
    return _value(reading_alias(), sql, *params)


def _value(server: str, sql: str, *params: Any) -> Any:
    with connections[server].cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone() if cursor.description else None
    return None if row is None else row[0]
