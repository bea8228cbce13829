"""Stores the counts of a big shop, so that pages need not wait for counting all customers."""

import time
from datetime import timedelta

from core.clock import now
from core.database.snapshot import read_snapshot
from core.database.time_limit import TookTooLong, time_limit
from segments.models import KeptTotals
from segments.models.members.totals import count_overlaps, count_scopes
from segments.models.work.watermark import Work, is_time_for

COUNTED_AGAIN = timedelta(minutes=15)
# For smaller shops, pages count live.
BIG = 100_000
# The time limit for counting the members that pairs of segments share.
SECONDS = 60.0
OVERLAPS_KEPT = 5


def keep_totals_if_due() -> None:
    """Count all customers, unless any process has done so within `COUNTED_AGAIN`."""
    if is_time_for(Work.TOTALS, every=COUNTED_AGAIN):
        keep_totals()


def keep_totals() -> None:
    """Count all customers and store the counts; store nothing for a shop that is not `BIG`."""
    with read_snapshot():
        at = now()
        scopes = count_scopes()
        is_big = sum(scope.customers for scope in scopes) >= BIG
        overlaps = _overlaps() if is_big else None
    if is_big:
        rows = [list(vars(scope).values()) for scope in scopes]
        values = {"at": at, "scopes": rows, "overlaps": overlaps}
        KeptTotals.objects.update_or_create(name="shop", defaults=values)
    else:
        KeptTotals.objects.all().delete()


def _overlaps() -> list[tuple[int, int, int]] | None:
    try:
        with time_limit(time.monotonic() + SECONDS):
            return count_overlaps(OVERLAPS_KEPT)
    except TookTooLong:
        return None
