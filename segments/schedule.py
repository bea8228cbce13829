"""What is refreshed without anybody asking."""

from segments.models import RefreshMode, RefreshRun, Segment
from segments.refresh import SegmentInactive, refresh_segment


def refresh_all() -> list[RefreshRun]:
    """Refresh all active automatic segments, those referred to first; return their runs.

    A segment that fails, or that is deactivated or deleted meanwhile, stops no other.
    """
    runs = []
    for segment in Segment.objects.filter(is_active=True, refresh_mode=RefreshMode.AUTO):
        try:
            runs.append(refresh_segment(segment))
        except SegmentInactive:
            continue
    return runs
