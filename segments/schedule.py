"""What is refreshed without anybody asking."""

from segments.dependents import in_dependency_order
from segments.models import RefreshMode, RefreshRun, Segment
from segments.refresh import SegmentInactive, refresh_segment


def refresh_all() -> list[RefreshRun]:
    """Refresh all active automatic segments, those referred to first; return their runs.

    A segment that fails, or that is deactivated or deleted meanwhile, stops no other.
    """
    runs = []
    automatic = Segment.objects.filter(is_active=True, refresh_mode=RefreshMode.AUTO)
    for segment in in_dependency_order(automatic):
        try:
            runs.append(refresh_segment(segment))
        except (SegmentInactive, Segment.DoesNotExist):
            continue
    return runs
