"""What a segment's pages say of its state: in a word with an icon, and of its members."""

import time
from datetime import datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from customers.models import Customer
from segments.engine.schedule import last_due
from segments.insight.figures import mailable_in_time
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
# An automatic segment that so long after its time has not been refreshed is late.
LATE = timedelta(hours=12)
# A page is shown without the members who can be mailed when counting them takes longer.
SECONDS_FOR_MAILABLE = 0.5


def stale_reason(segment: Segment, at: datetime) -> str:
    """Return why the members of `segment` may be out of date at `at`, in words; "" if they are not.

    Wants a segment of `Segment.objects.with_status()`, else it costs a query.
    """
    if not segment.is_active or segment.refreshed_at is None:
        return ""
    if segment.stale_reason:
        return segment.stale_reason
    if segment.status in (SegmentStatus.FAILED, SegmentStatus.INVALID):
        return _("The last refresh failed; the members are those of the one before.")
    if segment.is_automatic:
        due = last_due(segment, at=at - LATE)
        if due is not None and segment.refreshed_at < due:
            return _("Not refreshed for %(time)s.") % {"time": timesince(segment.refreshed_at, at)}
    return ""


def wants_refresh(segment: Segment, stale: str) -> bool:
    """Return whether somebody should be offered to refresh `segment`; `stale`: its `stale_reason`.

    One that failed, or whose members may be out of date, and that is not being refreshed.
    """
    under_way = (SegmentStatus.QUEUED, SegmentStatus.RUNNING)
    # Of invalid conditions a refresh would make nothing.
    if not segment.is_active or segment.status in (*under_way, SegmentStatus.INVALID):
        return False
    return bool(stale) or segment.status is SegmentStatus.FAILED


def follows_list(segment: Segment) -> bool:
    """Return whether the members of `segment` are those of its list, without a refresh."""
    is_kept = segment.is_list and segment.is_active
    return is_kept and segment.status is SegmentStatus.COMPLETED


def status_word(segment: Segment) -> str:
    """Return the status of `segment` in a word; a list need not have been refreshed ever."""
    return _("in step with its list") if follows_list(segment) else str(segment.status.label)


def badge_of(segment: Segment) -> SafeString:
    """Return the status of `segment` as HTML; see `badge`."""
    return badge(segment.status, status_word(segment))


def badge(status: SegmentStatus | RunState, word: str = "") -> SafeString:
    """Return `status` as HTML, called `word` if given; the icon is for the eye alone."""
    return format_html(
        '<span class="segment-status segment-status-{}"><span aria-hidden="true">{}</span> '
        "{}</span>",
        status.value,
        ICONS[status],
        word or status.label,
    )


def mailable_count(segment: Segment) -> int | None:
    """Return how many members can be mailed; None before the first refresh, or past the time."""
    if segment.refreshed_at is None:
        return None
    members = Customer.objects.filter(pk__in=segment.memberships.values("customer"))
    websites = [one.pk for one in segment.websites.all()]
    return mailable_in_time(members, websites, time.monotonic() + SECONDS_FOR_MAILABLE)
