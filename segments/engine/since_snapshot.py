"""Finds the customers who have changed since a shop snapshot, to correct members found on it.

While a snapshot exists, customers whose marks are taken off the queue are noted. A mark that was
deleted before the snapshot's moment, by a transaction that ended after it, is still in the
snapshot and is evaluated there. PostgreSQL only, as shop snapshots are.
"""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from conditions.sql.scope import context_at
from conditions.sql.statement import statement_of
from conditions.upkeep.flips import flipped_customers
from core.clock import ahead_of_database, now
from customers.models import DirtyCustomer, DirtyReason, Snapshot
from customers.snapshots.databases import knows_erasures
from customers.snapshots.manifest import Manifest
from segments.models import ChangedSinceSnapshot, LaterCustomer
from segments.models.work.watermark import OVERLAP
from segments.rules.evaluation.rule import Rule

CHANGED = ChangedSinceSnapshot._meta.db_table
# Notes are kept for this time; an older snapshot is not used.
LONGEST = timedelta(days=7)

EVERYBODY = "since the shop snapshot something about all customers has changed"

LATER = LaterCustomer._meta.db_table
SNAPSHOTS = Snapshot._meta.db_table


class SnapshotRefused(Exception):
    """A shop snapshot is not used, as its results might be wrong. The message is for the log."""


def require_usable(manifest: Manifest, longest: timedelta | None) -> None:
    """Raise SnapshotRefused unless the changes since a shop snapshot are completely known.

    A snapshot that is older than `longest`, or than seven days, is refused, too.
    """
    as_of = manifest.as_of
    _require_young(as_of, min(longest or LONGEST, LONGEST))
    if not Snapshot.objects.filter(as_of=as_of).exists():
        # The snapshot is of another shop, newer than the backup from which this database was
        # restored, or older than the notes that are kept.
        raise SnapshotRefused("the shop snapshot is not one that this database has written last")
    if not knows_erasures(manifest):
        raise SnapshotRefused("a copy of this database has erased customers from the shop snapshot")
    if ChangedSinceSnapshot.objects.since(as_of).concern_everybody():
        # Such as a website's time zone, which is read from the database.
        raise SnapshotRefused(EVERYBODY)


def note_changed(customer_ids: Collection[int | None]) -> None:
    """Note the customers whose marks were just deleted; an id None means that all may have changed.

    Call it after the deletion, in the same transaction.
    """
    if connection.vendor != "postgresql" or not customer_ids:
        return
    with connection.cursor() as cursor:
        # Use the later one of this process's clock and the database's.
        behind = max(-ahead_of_database(cursor), timedelta(0))
        cursor.execute(
            f"INSERT INTO {CHANGED} (customer_id, at) SELECT unnest(%s::bigint[]), %s"
            f" WHERE EXISTS (SELECT 1 FROM {SNAPSHOTS})",
            [list(customer_ids), now() + behind],
        )


def changed_or_moved(rule: Rule, as_of: datetime, at: datetime) -> QuerySet[Any]:
    """Return the query for the ids of customers whose state the snapshot may have wrong at `at`.

    These have changed since, or conditions have flipped for them because time has passed. Creates a
    temporary table: call it once, in the transaction that writes the members, after it has locked
    them, because customers whose marks are processed later are marked for the segment again. Raises
    SnapshotRefused where the changes are not known any more, or affect all customers.
    """
    _keep_notes_since(as_of)
    marks = _waiting_marks(rule)
    changed = ChangedSinceSnapshot.objects.since(as_of)
    before, after = (context_at(one, rule.scope) for one in (as_of - OVERLAP, at))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {LATER} (customer_id BIGINT PRIMARY KEY)")
        # First the waiting marks, which include those that a concurrent batch is deleting without
        # knowing this definition; marks deleted before are in the notes.
        for them in (marks, changed):
            if them.filter(customer_id=None).exists():
                raise SnapshotRefused(EVERYBODY)
            sql, params = statement_of(them.order_by().values("customer_id").distinct())
            cursor.execute(
                f"INSERT INTO {LATER} SELECT * FROM ({sql}) them WHERE customer_id IS NOT NULL"
                " ON CONFLICT DO NOTHING",
                params,
            )
        _require_young(as_of, LONGEST)  # Older notes may have been deleted meanwhile.
        for ids in flipped_customers(rule.tree, before, after):
            with suppress(EmptyResultSet):  # No condition crosses a time boundary.
                sql, params = statement_of(ids.order_by().distinct())
                cursor.execute(f"INSERT INTO {LATER} {sql} ON CONFLICT DO NOTHING", params)
        cursor.execute(f"ANALYZE {LATER}")
    return LaterCustomer.objects.values("customer_id")


def count_of_changed(rule: Rule, as_of: datetime) -> int:
    """Return how many customers have changed since a shop snapshot, not counting passing time."""
    changed = ChangedSinceSnapshot.objects.since(as_of).values("customer_id")
    return changed.union(_waiting_marks(rule).values("customer_id")).count()


def _waiting_marks(rule: Rule) -> QuerySet[DirtyCustomer]:
    """Return the waiting marks that may affect the segment of `rule`."""
    concerned = Q(segment_id=None) | Q(segment_id=rule.segment_id)
    # `changed_or_moved` computes the effect of passing time itself.
    return DirtyCustomer.objects.filter(concerned).exclude(reason=DirtyReason.TIME)


def _require_young(as_of: datetime, longest: timedelta) -> None:
    if as_of < now() - longest:
        raise SnapshotRefused("the shop snapshot is too old")


def _keep_notes_since(as_of: datetime) -> None:
    """Lock the shop snapshot of `as_of`, so that its notes are kept until the transaction ends.

    Raises SnapshotRefused where the snapshot has been replaced and notes may have been deleted.
    """
    with connection.cursor() as cursor:
        # The row lock keeps the row, and keeps another snapshot from replacing it.
        cursor.execute(f"SELECT 1 FROM {SNAPSHOTS} WHERE as_of = %s FOR SHARE", [as_of])
        if cursor.fetchone() is None:
            raise SnapshotRefused("another shop snapshot has taken its place meanwhile")


def forget_seen() -> int:
    """Delete the notes that every shop snapshot contains, and return how many.

    Without a snapshot, all notes are deleted.
    """
    snapshots = Snapshot.objects.values_list("as_of", "began_at")
    # A snapshot that is being taken for the first time needs the changes since it began.
    needed = min((as_of or began for as_of, began in snapshots), default=None)
    seen = ChangedSinceSnapshot.objects.all()
    if needed is not None:
        seen = seen.filter(at__lt=max(needed, now() - LONGEST) - OVERLAP)
    return seen._raw_delete(seen.db)
