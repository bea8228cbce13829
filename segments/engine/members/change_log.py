"""Writes and reads the change log so that a reader who resumes from a cursor misses no change.

A sequence number is assigned when a row is written, but becomes visible when its transaction
commits, which may happen in another order. Therefore each writer takes an advisory lock whose key
contains the highest number before its own, and a reader stops at the lowest number in such a lock.
The lock ends with the writer's transaction. SQLite has one writer at a time and needs no lock.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Max, Q, QuerySet

from segments.database.partitions import drop, partitions
from segments.models import MembershipChange, Segment
from segments.models.work.watermark import note_purged, purged_number

# The key of the lock: these 16 bits, then 48 bits of the sequence number.
WRITING = 0x5347
LARGEST_PAGE = 1_000


class CursorTooOld(ValueError):
    """The log has been purged beyond this cursor, so the changes after it are incomplete."""


def begin_writing() -> int:
    """Take the writer's lock, and return the highest number before those of this transaction."""
    newest = newest_number()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [(WRITING << 48) | newest])
    return newest


def settled_number(*, own: bool = True) -> int:
    """Return the sequence number up to which no transaction can add a row any more.

    Without `own`, the lock of the current transaction is ignored: only other writers count.
    """
    # Read this before the locks: a writer that takes its lock later writes above this number.
    newest = newest_number()
    if connection.vendor != "postgresql":
        return newest
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT min(key & ((1::bigint << 48) - 1)) FROM (
                SELECT (classid::bigint << 32) | objid::bigint AS key FROM pg_locks
                WHERE locktype = 'advisory' AND objsubid = 1 AND (%s OR pid <> pg_backend_pid())
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            ) locks WHERE key >> 48 = %s
            """,
            [own, WRITING],
        )
        (shown,) = cursor.fetchone()
    return newest if shown is None else min(newest, int(shown))


def latest_cursor() -> int:
    """Return the cursor of a reader who has seen every change up to `settled_number`."""
    # SQLite has no highest number where all changes have been purged.
    return max(settled_number(), purged_number())


def changes_since(
    cursor: int | None,
    *,
    segment: Segment | None = None,
    among: Q | None = None,
    limit: int = LARGEST_PAGE,
    with_segment: bool = True,
) -> list[MembershipChange]:
    """Return, in order, the first `limit` changes whose sequence number is above `cursor`.

    Only the changes of `segment`, if given, and those that match `among`. With `cursor` None, start
    at the first change that is kept. `with_segment` loads the segments too, which doubles the time.
    A reader who continues from the last number returned sees each change exactly once. Raises
    CursorTooOld where changes after `cursor` have been purged.
    """
    changes = MembershipChange.objects.filter(sequence__lte=settled_number())
    # Rows up to the purge mark may exist until they are deleted.
    changes = changes.filter(sequence__gt=purged_number() if cursor is None else cursor)
    if segment is not None:
        changes = changes.filter(segment=segment)
    if among is not None:
        changes = changes.filter(among)
    if with_segment:
        changes = changes.select_related("segment")
    found = list(changes.order_by("sequence")[:limit])
    # Check after reading: rows that were purged during the query are missing from `found`.
    if cursor is not None and cursor < purged_number():
        raise CursorTooOld(cursor)
    return found


def purge_changes(*, before: datetime, wait: timedelta = timedelta(0)) -> int:
    """Delete the changes that are older than `before`, and return how many there were.

    The remaining changes have no gap. Old changes in a full partition that also has newer ones stay
    if the whole partition will be old within `wait`: it is then dropped at once.
    """
    # Other transactions may still write rows with numbers above this one.
    settled = settled_number(own=False)
    old: QuerySet[MembershipChange] = MembershipChange.objects.filter(
        at__lt=before, sequence__lte=settled
    )
    # A row may be older than one with a lower number.
    first_kept = _first_from(before)
    if first_kept is not None:
        old = old.filter(sequence__lt=first_kept)
    newest = old.aggregate(newest=Max("sequence"))["newest"]
    if newest is not None and wait:
        newest = _without_waiting(newest, before + wait)
    if newest is None:
        return 0
    count = MembershipChange.objects.filter(sequence__lte=newest).count()
    # Set the mark before deleting: a reader between the two gets CursorTooOld instead of a gap.
    note_purged(newest)
    delete_purged()
    return count


def delete_purged() -> bool:
    """Delete the rows up to the purge mark: whole partitions at once, other rows with DELETE.

    Return whether anything was deleted.

    Deletes in the order of the sequence numbers, so that no reader finds older rows and misses
    newer ones. Stops at a partition that is in use; a later call continues there.
    """
    purged = purged_number()
    rows: QuerySet[MembershipChange] = MembershipChange.objects.filter(sequence__lte=purged)
    whole = [one for one in partitions() if one.end <= purged + 1]
    if not whole and not rows.exists():
        return False  # Without a write, so that SQLite's write lock is not needed.
    done = 0
    for one in whole:
        if one.start > done + 1:
            between = rows.filter(sequence__gt=done, sequence__lt=one.start)
            between._raw_delete(between.db)
        if not drop(one):
            return done > 0
        done = one.end - 1
    rest = rows.filter(sequence__gt=done)
    rest._raw_delete(rest.db)
    return True


def _first_from(at: datetime) -> int | None:
    """Return the lowest sequence number of a change at `at` or later; None if there is none.

    Testing each partition for such a change is faster than scanning it in the order of its numbers.
    """
    rows = MembershipChange.objects.filter(at__gte=at)
    start = 0
    for one in partitions():
        if rows.filter(sequence__gte=start, sequence__lt=one.end).exists():
            break
        start = one.end
    found = rows.filter(sequence__gte=start).order_by("sequence")
    return found.values_list("sequence", flat=True).first()


def _without_waiting(newest: int, later: datetime) -> int | None:
    """Return the highest number to purge, at most `newest`; None where nothing is to be purged.

    Skips a full partition that also has newer changes, if all its changes are before `later`.
    """
    for one in partitions():
        if one.start <= newest < one.end - 1 < newest_number():
            of_it = MembershipChange.objects.filter(sequence__gte=one.start, sequence__lt=one.end)
            if of_it.latest("sequence").at < later:
                before = MembershipChange.objects.filter(sequence__lt=one.start)
                return before.order_by("-sequence").values_list("sequence", flat=True).first()
    return newest


def newest_number() -> int:
    """Return the highest sequence number that was assigned, to committed rows or not."""
    if connection.vendor != "postgresql":
        newest = MembershipChange.objects.aggregate(newest=Max("sequence"))["newest"]
        return newest or 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END "
            "FROM segments_membershipchange_sequence_seq"
        )
        (number,) = cursor.fetchone()
    return int(number)
