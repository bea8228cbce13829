"""The change log, so written and read that a reader who resumes from a cursor misses nothing.

A sequence number is given when a row is written, and seen when its transaction commits, which may
be in another order. So each writer shows, as a lock that ends with its transaction, the highest
number that there was before its own, and a reader stops at the lowest one that is shown. On SQLite
there is one writer at a time, and nothing to do.
"""

from datetime import datetime

from django.db import connection
from django.db.models import Max, Q, QuerySet

from segments.models import MembershipChange, Segment, Watermark
from segments.models.watermark import Work, purged_number

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
    if cursor is not None:
        changes = changes.filter(sequence__gt=cursor)
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


def purge_changes(*, before: datetime) -> int:
    """Delete the changes that are older than `before`, and return how many there were."""
    old: QuerySet[MembershipChange] = MembershipChange.objects.filter(at__lt=before)
    # A row may be older than one with a lower number; what is kept must be without a gap.
    kept = MembershipChange.objects.filter(at__gte=before).order_by("sequence")
    first_kept = kept.values_list("sequence", flat=True).first()
    if first_kept is not None:
        old = old.filter(sequence__lt=first_kept)
    newest = old.aggregate(newest=Max("sequence"))["newest"]
    if newest is None:
        return 0
    # First the mark: a reader in between is refused rather than given half.
    Watermark.objects.update_or_create(name=Work.PURGE, defaults={"number": newest})
    return old._raw_delete(old.db)


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
