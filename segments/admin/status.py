"""The status of a segment or a run as a word with an icon."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from segments.models import RunState, Segment, SegmentStatus

ICONS = {
    SegmentStatus.NEVER: "○",
    SegmentStatus.QUEUED: "…",
    SegmentStatus.RUNNING: "↻",
    SegmentStatus.COMPLETED: "✓",
    SegmentStatus.FAILED: "✗",
    SegmentStatus.INVALID: "⚠",
    RunState.CANCELLED: "–",
}


def segment_badge(segment: Segment) -> SafeString:
    """Return the status of `segment`, and whether its definition has changed since, as HTML."""
    shown = badge(segment.status)
    if not segment.is_stale:
        return shown
    return format_html("{} ({})", shown, _("changed since"))


def badge(status: SegmentStatus | RunState) -> SafeString:
    """Return `status` as HTML; the icon is for the eye alone, the word says it all."""
    return format_html(
        '<span class="segment-status segment-status-{}"><span aria-hidden="true">{}</span> '
        "{}</span>",
        status.value,
        ICONS[status],
        status.label,
    )
