"""The overview on the admin's first page: the state of the segments."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from core.clock import now
from segments.admin.cards import shown_cards
from segments.admin.customer.segments import SEEN_BY
from segments.admin.first_steps import first_steps
from segments.admin.status import badge_of, stale_reason, wants_refresh, worker_warning
from segments.models import Segment, SegmentStatus
from segments.reports.catalogue import REPORTS
from segments.reports.movers import signed_change
from segments.reports.overview import MOVERS_DAYS, overview

ATTENTION_SHOWN = 10
WRONG = (SegmentStatus.FAILED, SegmentStatus.INVALID)


@dataclass(frozen=True)
class NeedsAttention:
    """A segment that failed or is stale, and the reason."""

    segment: Segment
    badge: str
    reason: str
    wants_refresh: bool


def overview_context(request: HttpRequest) -> dict[str, Any]:
    """Return the overview's context; empty for users who may not see segments."""
    if not request.user.has_perm("segments.view_segment"):
        return {}
    at = now()
    found = overview(at=at)
    attention = [
        NeedsAttention(segment, badge_of(segment), reason, wants_refresh(segment, reason))
        for segment in found.active
        for reason in [stale_reason(segment, at)]
        if reason or segment.status in WRONG
    ]
    return {
        "overview": found,
        "in_no_segment_share": _share(found.in_no_segment, found.customers),
        "links_customers": request.user.has_perms((*SEEN_BY, "customers.view_customer")),
        "movers": [(mover, signed_change(mover.net)) for mover in found.movers],
        "movers_days": MOVERS_DAYS,
        "attention": attention[:ATTENTION_SHOWN],
        "attention_count": len(attention),
        "worker_warning": worker_warning(),
        "cards": shown_cards(request),
        "first_steps": first_steps(request),
        "reports": [report for report in REPORTS if report.may_see(request.user)],
        "may_refresh": request.user.has_perm("segments.refresh_segment"),
        "may_add_segment": request.user.has_perm("segments.add_segment"),
    }


def _share(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None
