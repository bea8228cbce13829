"""Cancels a preview that runs on SQLite, in this process or another one of the same machine.

Marks are kept in a small database of their own, because a writer may lock the shop's database for a
long time. A running preview reads its mark every few milliseconds.
"""

import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

from django.conf import settings
from django.contrib.auth.models import User

from core.clock import now
from core.database.time_limit import Cancelled, IsOver

BETWEEN_LOOKS = 0.05
FORGET_AFTER = 24 * 3600

TABLE = """CREATE TABLE IF NOT EXISTS preview (
    user_id INTEGER, client TEXT, seq INTEGER, ended INTEGER, token TEXT, touched REAL,
    PRIMARY KEY (user_id, client))"""
ENTER = """INSERT INTO preview VALUES (?, ?, ?, -1, ?, ?)
    ON CONFLICT DO UPDATE SET seq = excluded.seq, token = excluded.token, touched = excluded.touched
    WHERE excluded.seq >= seq AND excluded.seq > ended"""
CANCEL = """INSERT INTO preview VALUES (?1, ?2, -1, coalesce(?3, -1), NULL, ?4)
    ON CONFLICT DO UPDATE SET ended = max(ended, coalesce(?3, seq)),
    token = CASE WHEN ?3 < seq THEN token END"""
RUNNING = "SELECT seq FROM preview WHERE user_id = ? AND client = ? AND token IS NOT NULL"
DONE = "UPDATE preview SET token = NULL WHERE user_id = ? AND client = ? AND token = ?"
MINE = "SELECT 1 FROM preview WHERE user_id = ? AND client = ? AND token = ?"


@contextmanager
def running(user: User, client: str, seq: int) -> Iterator[IsOver]:
    token, at = uuid.uuid4().hex, now().timestamp()
    with closing(_marks()) as marks:
        marks.execute("DELETE FROM preview WHERE touched < ?", (at - FORGET_AFTER,))
        if not marks.execute(ENTER, (user.pk, client, seq, token, at)).rowcount:
            raise Cancelled

        def is_mine() -> bool:
            return marks.execute(MINE, (user.pk, client, token)).fetchone() is not None

        looked = time.monotonic()

        def is_over() -> bool:
            nonlocal looked
            if time.monotonic() < looked + BETWEEN_LOOKS:
                return False
            looked = time.monotonic()
            return not is_mine()

        try:
            yield is_over
        finally:
            was_mine = marks.execute(DONE, (user.pk, client, token)).rowcount
        if not was_mine:
            raise Cancelled


def cancel(user: User, client: str, seq: int | None) -> bool:
    with closing(_marks()) as marks:
        running = marks.execute(RUNNING, (user.pk, client)).fetchone()
        marks.execute(CANCEL, (user.pk, client, seq, now().timestamp()))
    return running is not None and (seq is None or seq >= running[0])


def _marks() -> sqlite3.Connection:
    marks = sqlite3.connect(settings.DATA_DIR / "previews.sqlite3", isolation_level=None)
    marks.execute("PRAGMA synchronous = OFF")  # The data need not survive a crash.
    marks.execute(TABLE)
    return marks
