"""The members of a segment brought up to date now, in this process."""

from datetime import datetime

from core.clock import checked_clock
from segments.engine.elsewhere import Elsewhere
from segments.engine.execution import execute_now
from segments.engine.runs import SegmentInactive
from segments.models import RefreshRun, Segment


def refresh_segment(
    segment: Segment, *, as_of: datetime | None = None, where: Elsewhere | None = None
) -> RefreshRun:
    """Bring the stored members of `segment` up to date now, and return the finished run.

    `as_of` is the aware instant at which conditions are judged; now unless given. `where` the
    members are to be found instead, an engine over a shop snapshot, whose instant it then is; as
    the settings say unless given. A refresh that fails changes no member; its run says why. Raises
    SegmentInactive, and Segment.DoesNotExist for a deleted one, and ValueError for an `as_of`
    without a time zone or too far away, or with `where`.
    """
    if as_of is not None:
        if where is not None:
            raise ValueError("a shop snapshot has an instant of its own")
        checked_clock(as_of)
    segment = Segment.objects.get(pk=segment.pk)  # What the caller holds may be old.
    if not segment.is_active:
        raise SegmentInactive(segment)
    return execute_now(segment, as_of=as_of, where=where)
