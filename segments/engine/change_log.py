"""The change log, so written and read that a reader who resumes from a cursor misses nothing.

A sequence number is given when a row is written, and seen when its transaction commits, which may
be in another order. So each writer shows, as a lock that ends with its transaction, the highest
number that there was before its own, and a reader stops at the lowest one that is shown. On SQLite
there is one writer at a time, and nothing to do.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Max, Q, QuerySet

from segments.database.partitions import drop, partitions
from segments.models import MembershipChange, Segment
from segments.models.watermark import note_purged, purged_number

# The lock's key: these 16 bits, and 48 of the sequence number.
WRITING = 0x5347
LARGEST_PAGE = 1_000


class CursorTooOld(ValueError):
    """The log has been purged beyond this cursor: what follows it is no longer complete."""


def begin_writing() -> int:
    """Show readers that this transaction is about to write; return the number it writes after."""
    newest = newest_number()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [(WRITING << 48) | newest])
    return newest


def settled_number(*, own: bool = True) -> int:
    """Return the sequence number up to which nothing can be added to the log any more.

    By others at least, without `own`: of what it writes itself a transaction need not be told.
    """
    # In this order: a writer who does not show himself yet will write after what is newest now.
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
    """Return the cursor of a reader who has seen all that is settled now."""
    # Where all changes have been purged, SQLite knows no number any more.
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

    Of `segment` only, or of all, and `among` those; None: from the first that is kept. Each comes
    with its segment where that is wanted: that takes as long as the change itself. Whoever goes
    on from the last number returned sees each change exactly once. Raises CursorTooOld where
    changes after `cursor` have been purged.
    """
    changes = MembershipChange.objects.filter(sequence__lte=settled_number())
    # What is purged by the mark may be there for a while.
    changes = changes.filter(sequence__gt=purged_number() if cursor is None else cursor)
    if segment is not None:
        changes = changes.filter(segment=segment)
    if among is not None:
        changes = changes.filter(among)
    if with_segment:
        changes = changes.select_related("segment")
    found = list(changes.order_by("sequence")[:limit])
    # Afterwards: what was purged while this was reading is missing in it.
    if cursor is not None and cursor < purged_number():
        raise CursorTooOld(cursor)
    return found


def purge_changes(*, before: datetime, wait: timedelta = timedelta(0)) -> int:
    """Delete the changes that are older than `before`, and return how many there were.

    What is kept is without a gap. What is in one partition with newer changes waits for those where
    all of them are older within `wait`.
    """
    # Not past a number below which others may still write.
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
    # First the mark: a reader in between is refused rather than given half.
    note_purged(newest)
    delete_purged()
    return count


def delete_purged() -> bool:
    """Delete what is purged by the mark: partitions at once, other rows one by one.

    Return whether anything was deleted.

    In the order of the numbers, so that nobody finds older rows and misses newer ones; where a
    partition is in use, that and all after it is left to a later look.
    """
    purged = purged_number()
    rows: QuerySet[MembershipChange] = MembershipChange.objects.filter(sequence__lte=purged)
    whole = [one for one in partitions() if one.end <= purged + 1]
    if not whole and not rows.exists():
        return False  # Not even to wait for SQLite's one writer.
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
    """Return the lowest number of a change of `at` or later; None: there is none.

    To look whether a partition has any is faster than to go through it in the order of its numbers.
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
    """Return up to where is purged of what is old up to `newest`; None: nothing.

    Not what is in one partition with newer ones, if that is full, and all of it before `later`.
    """
    for one in partitions():
        if one.start <= newest < one.end - 1 < newest_number():
            of_it = MembershipChange.objects.filter(sequence__gte=one.start, sequence__lt=one.end)
            if of_it.latest("sequence").at < later:
                before = MembershipChange.objects.filter(sequence__lt=one.start)
                return before.order_by("-sequence").values_list("sequence", flat=True).first()
    return newest


def newest_number() -> int:
    """Return the highest sequence number that was given, whether its row is committed or not."""
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
