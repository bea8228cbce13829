"""Refreshes a segment now, in this process."""

from datetime import datetime

from core.clock import checked_clock
from segments.engine.refreshes.execution import execute_now
from segments.engine.refreshes.runs import SegmentInactive
from segments.engine.refreshes.snapshot_engine import Elsewhere
from segments.models import RefreshRun, Segment


def refresh_segment(
    segment: Segment, *, as_of: datetime | None = None, where: Elsewhere | None = None
) -> RefreshRun:
    """Refresh the stored members of `segment` now, and return the finished run.

    `as_of` is the aware instant at which conditions are evaluated, now by default. `where` is the
    engine on a shop snapshot that finds the members, as of the snapshot's instant; by default that
    of the settings. A refresh that fails changes no member; its run has the error. Raises
    SegmentInactive, Segment.DoesNotExist for a deleted segment, and ValueError for an `as_of` that
    has no time zone, is too far away or is combined with `where`.
    """
    if as_of is not None:
        if where is not None:
            raise ValueError("a shop snapshot has an instant of its own")
        checked_clock(as_of)
    segment = Segment.objects.get(pk=segment.pk)  # The caller's instance may be outdated.
    if not segment.is_active:
        raise SegmentInactive(segment)
    return execute_now(segment, as_of=as_of, where=where)
