"""What is refreshed without anybody asking."""

from contextlib import suppress

from django.db.models import QuerySet

from segments.dependents import in_dependency_order
from segments.models import RefreshMode, RefreshRun, Segment
from segments.refresh import SegmentInactive, refresh_segment, request_refresh


def request_all() -> list[RefreshRun]:
    """Queue a refresh of all active automatic segments, those referred to first."""
    runs = []
    for segment in in_dependency_order(_automatic()):
        with suppress(SegmentInactive, Segment.DoesNotExist):
            runs.append(request_refresh(segment))
    return runs


def refresh_all() -> list[RefreshRun]:
    """Refresh all active automatic segments, those referred to first; return their runs.

    A segment that fails, or that is deactivated or deleted meanwhile, stops no other.
    """
    runs = []
    for segment in in_dependency_order(_automatic()):
        with suppress(SegmentInactive, Segment.DoesNotExist):
            runs.append(refresh_segment(segment))
    return runs


def _automatic() -> QuerySet[Segment]:
    return Segment.objects.filter(is_active=True, refresh_mode=RefreshMode.AUTO)
