"""What has happened since a shop snapshot was taken, so that members found on it are right.

Whose marks are taken off the queue is noted while there is a snapshot. A mark that was taken off
before the snapshot's moment, by a transaction that ended after it, is still in the snapshot, and
judged there. PostgreSQL only, as shop snapshots are.
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
from segments.models.watermark import OVERLAP
from segments.rules.rule import Rule

CHANGED = ChangedSinceSnapshot._meta.db_table
# For so long it is kept who has changed; of an older snapshot nothing is asked.
LONGEST = timedelta(days=7)

EVERYBODY = "since the shop snapshot something about all customers has changed"

LATER = LaterCustomer._meta.db_table
SNAPSHOTS = Snapshot._meta.db_table


class SnapshotRefused(Exception):
    """A shop snapshot is not asked: its answers might be wrong. The message is for the log."""


def require_usable(manifest: Manifest, longest: timedelta | None) -> None:
    """Raise SnapshotRefused unless it is known who has changed since a shop snapshot was taken.

    One that is older than `longest` is refused, too, and so is any that is older than seven days.
    """
    as_of = manifest.as_of
    _require_young(as_of, min(longest or LONGEST, LONGEST))
    if not Snapshot.objects.filter(as_of=as_of).exists():
        # It is another shop's, or newer than the backup that this database was made of, or older
        # than what is kept of who has changed since.
        raise SnapshotRefused("the shop snapshot is not one that this database has written last")
    if not knows_erasures(manifest):
        raise SnapshotRefused("a copy of this database has erased customers from the shop snapshot")
    if ChangedSinceSnapshot.objects.since(as_of).concern_everybody():
        # Such as a zone, which is read from the database.
        raise SnapshotRefused(EVERYBODY)


def note_changed(customer_ids: Collection[int | None]) -> None:
    """Note whose marks were just taken off the queue; None: everybody may have changed.

    To be called after they were taken, in the same transaction.
    """
    if connection.vendor != "postgresql" or not customer_ids:
        return
    with connection.cursor() as cursor:
        # Not earlier than it is, by every clock.
        behind = max(-ahead_of_database(cursor), timedelta(0))
        cursor.execute(
            f"INSERT INTO {CHANGED} (customer_id, at) SELECT unnest(%s::bigint[]), %s"
            f" WHERE EXISTS (SELECT 1 FROM {SNAPSHOTS})",
            [list(customer_ids), now() + behind],
        )


def changed_or_moved(rule: Rule, as_of: datetime, at: datetime) -> QuerySet[Any]:
    """Return the query for the ids of whom the snapshot of `as_of` may know too little at `at`.

    They have changed since, or time has moved them since. Makes a temporary table: to be called
    once, in the transaction that writes the members, once it has locked them: whose marks are taken
    off the queue from then on is marked for the segment again. Raises SnapshotRefused where that is
    not known any more, or is everybody.
    """
    _keep_notes_since(as_of)
    marks = _marked(rule)
    changed = ChangedSinceSnapshot.objects.since(as_of)
    before, after = (context_at(one, rule.scope) for one in (as_of - OVERLAP, at))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {LATER} (customer_id BIGINT PRIMARY KEY)")
        # First who is marked, also where a batch that does not know of this definition is just
        # taking the mark off; what was taken off until then is noted.
        for them in (marks, changed):
            if them.filter(customer_id=None).exists():
                raise SnapshotRefused(EVERYBODY)
            sql, params = statement_of(them.order_by().values("customer_id").distinct())
            cursor.execute(
                f"INSERT INTO {LATER} SELECT * FROM ({sql}) them WHERE customer_id IS NOT NULL"
                " ON CONFLICT DO NOTHING",
                params,
            )
        _require_young(as_of, LONGEST)  # Older notes may have been deleted just now.
        for ids in flipped_customers(rule.tree, before, after):
            with suppress(EmptyResultSet):  # No time has crossed anything.
                sql, params = statement_of(ids.order_by().distinct())
                cursor.execute(f"INSERT INTO {LATER} {sql} ON CONFLICT DO NOTHING", params)
        cursor.execute(f"ANALYZE {LATER}")
    return LaterCustomer.objects.values("customer_id")


def count_of_changed(rule: Rule, as_of: datetime) -> int:
    """Return of how many customers a shop snapshot of `as_of` may know too little, but for time."""
    changed = ChangedSinceSnapshot.objects.since(as_of).values("customer_id")
    return changed.union(_marked(rule).values("customer_id")).count()


def _marked(rule: Rule) -> QuerySet[DirtyCustomer]:
    """Return the marks that wait, and may concern the segment of `rule`."""
    concerned = Q(segment_id=None) | Q(segment_id=rule.segment_id)
    # What is noted of time is found out anew.
    return DirtyCustomer.objects.filter(concerned).exclude(reason=DirtyReason.TIME)


def _require_young(as_of: datetime, longest: timedelta) -> None:
    if as_of < now() - longest:
        raise SnapshotRefused("the shop snapshot is too old")


def _keep_notes_since(as_of: datetime) -> None:
    """Have nobody forget who has changed since the shop snapshot of `as_of`, until the transaction
    ends; raises SnapshotRefused where that may have been forgotten.
    """
    with connection.cursor() as cursor:
        # Its place is not forgotten meanwhile, and no other snapshot takes its place.
        cursor.execute(f"SELECT 1 FROM {SNAPSHOTS} WHERE as_of = %s FOR SHARE", [as_of])
        if cursor.fetchone() is None:
            raise SnapshotRefused("another shop snapshot has taken its place meanwhile")


def forget_seen() -> int:
    """Delete what every shop snapshot has seen, everything where there is none; return how many."""
    snapshots = Snapshot.objects.values_list("as_of", "began_at")
    # Of one that is being taken for the first time, what has changed since it began.
    needed = min((as_of or began for as_of, began in snapshots), default=None)
    seen = ChangedSinceSnapshot.objects.all()
    if needed is not None:
        seen = seen.filter(at__lt=max(needed, now() - LONGEST) - OVERLAP)
    return seen._raw_delete(seen.db)
