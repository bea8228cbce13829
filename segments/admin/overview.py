"""The overview on the admin's first page: the state of the segments."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.clock import now
from core.text.formats import currency_symbol, money_shown, number_shown, share_shown
from segments.admin.cards import shown_cards
from segments.admin.customer.segments import SEEN_BY
from segments.admin.first_steps import first_steps
from segments.admin.segment_pages.status import (
    badge_of,
    stale_reason,
    wants_refresh,
    worker_warning,
)
from segments.models import Segment, SegmentStatus
from segments.reports.catalogue import REPORTS
from segments.reports.days import beginning_of, last_days
from segments.reports.movers import signed_change
from segments.reports.overview import MOVERS_DAYS, SALES_DAYS, overview
from segments.reports.sales import Sales

ATTENTION_SHOWN = 10
WRONG = (SegmentStatus.FAILED, SegmentStatus.INVALID)


@dataclass(frozen=True)
class Figure:
    """A figure of the sales, and how it differs from the days before ("" where it cannot)."""

    label: str
    value: str
    change: str


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
    may_see_sales = request.user.has_perm("customers.view_order")
    found = overview(at=at, with_sales=may_see_sales)
    attention = [
        NeedsAttention(segment, badge_of(segment), reason, wants_refresh(segment, reason))
        for segment in found.active
        for reason in [stale_reason(segment, at)]
        if reason or segment.status in WRONG
    ]
    return {
        "overview": found,
        "at": at,
        "counted_at": found.counted_at or at,
        "currency": currency_symbol(),
        "sales_since": beginning_of(last_days(SALES_DAYS, at)[0]),
        "sales": _figures(*found.sales) if found.sales else [],
        "sales_took_too_long": may_see_sales and found.sales is None,
        "sales_days": SALES_DAYS,
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


def _figures(latest: Sales, before: Sales) -> list[Figure]:
    """Return the figures of the `latest` days; [] where nothing has been sold since `before`."""
    if not (latest.orders or before.orders):
        return []
    return [
        Figure(
            _("Revenue"),
            money_shown(round(latest.revenue, 2)),
            _growth(latest.revenue, before.revenue),
        ),
        Figure(_("Orders"), number_shown(latest.orders), _growth(latest.orders, before.orders)),
        Figure(
            _("Average order"),
            "–" if latest.average is None else money_shown(round(latest.average, 2)),
            _growth(latest.average, before.average),
        ),
    ]


def _growth(latest: Decimal | int | None, before: Decimal | int | None) -> str:
    """Return the growth since `before` with its sign, as a percentage; "" without a base."""
    if latest is None or not before or before < 0:
        return ""
    growth = round(float(latest / before) - 1, 3)
    sign = "+" if growth > 0 else "−" if growth else "±"
    return f"{sign}{share_shown(abs(growth))}"


def _share(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None
