"""The state of a segment and of its members in words, as pages show them."""

import time
from datetime import datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from core.clock import now
from customers.models import Customer
from segments.engine.refreshes.schedule import last_due
from segments.engine.workers import is_missing, last_seen
from segments.insight.previews.figures import mailable_in_time
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
# An automatic segment is late if it is not refreshed within this time after it is due.
LATE = timedelta(hours=12)
# The time limit for counting the members who can be mailed; slower counts are not shown.
SECONDS_FOR_MAILABLE = 0.5


def stale_reason(segment: Segment, at: datetime) -> str:
    """Return why the members of `segment` may be out of date at `at`, in words; "" if they are not.

    Costs a query unless the segment comes from `Segment.objects.with_status()`.
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
    """Return whether a page should offer to refresh `segment`; `stale` is its `stale_reason`.

    It should if the last refresh failed or members may be out of date, and none is running.
    """
    under_way = (SegmentStatus.QUEUED, SegmentStatus.RUNNING)
    # A refresh of invalid conditions would fail.
    if not segment.is_active or segment.status in (*under_way, SegmentStatus.INVALID):
        return False
    return bool(stale) or segment.status is SegmentStatus.FAILED


def follows_list(segment: Segment) -> bool:
    """Return whether the members of `segment` are those of its list, without a refresh."""
    is_kept = segment.is_list and segment.is_active
    return is_kept and segment.status is SegmentStatus.COMPLETED


def status_word(segment: Segment) -> str:
    """Return the status of `segment` in words; a list may never have been refreshed."""
    return _("in step with its list") if follows_list(segment) else str(segment.status.label)


def badge_of(segment: Segment) -> SafeString:
    """Return the status of `segment` as HTML; see `badge`."""
    return badge(segment.status, status_word(segment))


def badge(status: SegmentStatus | RunState, word: str = "") -> SafeString:
    """Return `status` as HTML, with the text `word` if given; screen readers ignore the icon."""
    return format_html(
        '<span class="segment-status segment-status-{}"><span aria-hidden="true">{}</span> '
        "{}</span>",
        status.value,
        ICONS[status],
        word or status.label,
    )


def mailable_count(segment: Segment) -> int | None:
    """Return how many members can be mailed; None before the first refresh or on a timeout."""
    if segment.refreshed_at is None:
        return None
    members = Customer.objects.filter(pk__in=segment.memberships.values("customer"))
    websites = [one.pk for one in segment.websites.all()]
    return mailable_in_time(members, websites, time.monotonic() + SECONDS_FOR_MAILABLE)


def worker_warning() -> str:
    """Return a warning where no worker has been seen for some minutes; "" otherwise."""
    if not is_missing():
        return ""
    seen = last_seen()
    if seen is None:
        return _("No worker has been seen yet, so nothing is refreshed.")
    return _("No worker has been seen for %(time)s, so nothing is refreshed.") % {
        "time": timesince(seen, now())
    }
