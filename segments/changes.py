"""The change log as other apps read it: by a cursor, in order, each change once."""

from django.db.models import Max

from segments.engine.change_log import CursorTooOld, changes_since, latest_cursor
from segments.models import MembershipChange, Segment
from segments.models.watermark import purged_number

__all__ = ["CursorTooOld", "changes_since", "latest_cursor", "newest_of", "purged_number"]


def newest_of(segment: Segment) -> int:
    """Return the highest number of a change of `segment` that is committed; 0: none is kept.

    Whatever of it is seen later has a higher one: who writes a segment's members holds its lock
    until that is committed.
    """
    found = MembershipChange.objects.filter(segment=segment).aggregate(newest=Max("sequence"))
    return found["newest"] or 0
