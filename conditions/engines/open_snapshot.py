"""The shop snapshot that this process keeps open in DuckDB: opening takes longer than a query.

Only the snapshot that was queried last stays open. Each caller gets a session of its own, so that
several threads can query the snapshot at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Lock

from conditions.engines.duckdb import DuckDBSession, open_in_duckdb
from conditions.engines.engine import EngineFailed
from customers.snapshots.checking import check_there
from customers.snapshots.manifest import Manifest


@dataclass(eq=False)
class _Open:
    """An open snapshot; `users` is the number of its current users."""

    location: str
    manifest: Manifest
    session: DuckDBSession
    ending: ExitStack
    users: int = 0


@dataclass
class _Place:
    kept: _Open | None = None
    lock: Lock = field(default_factory=Lock)


_place = _Place()


@contextmanager
def open_session(location: str, manifest: Manifest) -> Iterator[DuckDBSession]:
    """Give a session over the snapshot at `location` with the manifest `manifest`.

    The snapshot is opened where another snapshot, or another manifest of this one, was used before.
    Raises EngineFailed, and the next query opens the snapshot again; SnapshotError where its files
    are missing.
    """
    one = _acquire_session(location, manifest)
    try:
        with one.session.beside() as session:
            yield session
    except EngineFailed:
        _forget(one)
        raise
    finally:
        with _place.lock:
            one.users -= 1
            _end_unused(one)


def close_open_snapshot() -> None:
    """Close the open snapshot, as soon as it is no longer in use."""
    kept = _place.kept
    if kept is not None:
        _forget(kept)


def _acquire_session(location: str, manifest: Manifest) -> _Open:
    with _place.lock:
        kept = _place.kept
        if kept is None or (kept.location, kept.manifest) != (location, manifest):
            _place.kept = None
            if kept is not None:
                _end_unused(kept)
            check_there(location, manifest)
            with ExitStack() as stack:
                session = stack.enter_context(open_in_duckdb(location, manifest))
                kept = _place.kept = _Open(location, manifest, session, stack.pop_all())
        kept.users += 1
        return kept


def _forget(one: _Open) -> None:
    with _place.lock:
        if _place.kept is one:
            _place.kept = None
            _end_unused(one)


def _end_unused(one: _Open) -> None:
    """Close `one` if it is not in use and will not be used again."""
    if _place.kept is not one and not one.users:
        one.ending.close()
