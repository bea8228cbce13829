"""The interface of the change log for other apps: by a cursor, in order, each change once."""

from django.db.models import Max

from segments.engine.members.change_log import CursorTooOld, changes_since, latest_cursor
from segments.models import MembershipChange, Segment
from segments.models.work.watermark import purged_number

__all__ = ["CursorTooOld", "changes_since", "latest_cursor", "newest_of", "purged_number"]


def newest_of(segment: Segment) -> int:
    """Return the highest sequence number of a committed change of `segment`; 0 without any.

    Changes of the segment that become visible later have higher numbers, because the writer of a
    segment's members holds the segment's lock until the commit.
    """
    found = MembershipChange.objects.filter(segment=segment).aggregate(newest=Max("sequence"))
    return found["newest"] or 0
