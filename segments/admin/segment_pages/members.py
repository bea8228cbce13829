"""The Members page: the members of a segment, page by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import BigIntegerField, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from core.access.website_limits import websites_of
from core.audit import record_look
from core.clock import now
from core.text.folding import fold
from customers.models import AuditSubject
from segments.admin.customer.purchases import purchases_of
from segments.models import Membership, Segment
from segments.rules.website_limits.websites import members_within

PAGE_SIZE = 50
LARGEST_ID = BigIntegerField.MAX_BIGINT
SEARCHED = ("external_id_folded", "email_folded", "last_name_folded", "first_name_folded")


@dataclass(frozen=True)
class Position:
    """The end of a page: the last member's id, and the time of entering for the order by time."""

    customer_id: int
    entered_at: datetime

    def __str__(self) -> str:
        return f"{self.customer_id}@{self.entered_at.isoformat()}"


def members_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show `PAGE_SIZE` members after the given position, without counting all."""
    sort = "entered" if request.GET.get("sort") == "entered" else "id"
    search = request.GET.get("q", "").strip()
    position = _position(request.GET.get("after", ""))
    found = members_within(_search_members(segment, search), websites_of(request.user))
    sees_orders = request.user.has_perm("customers.view_order")
    figures = ("customer__rollup", "customer__website") if sees_orders else ()
    members = _order_members(found, sort, position).select_related("customer", *figures)
    page = list(members[: PAGE_SIZE + 1])
    more = len(page) > PAGE_SIZE
    page = page[:PAGE_SIZE]
    if page:
        seen = [member.customer.external_id for member in page]
        record_look(request.user, AuditSubject.SEGMENT, segment.code, "members", customers=seen)
    kept = {"sort": sort, "q": search}
    context |= {
        "members": page,
        "rows": [(one, purchases_of(one.customer, now()) if sees_orders else None) for one in page],
        "sees_orders": sees_orders,
        "sort": sort,
        "search": search,
        "is_first": position is None,
        "first_url": f"?{urlencode(kept)}",
        "next_url": f"?{urlencode({**kept, 'after': str(_position_of(page[-1]))})}" if more else "",
    }
    return TemplateResponse(request, "admin/segments/segment/members.html", context)


def _search_members(segment: Segment, search: str) -> QuerySet[Membership]:
    members = segment.memberships.all()
    if not search:
        return members
    if "\0" in search:  # PostgreSQL rejects NUL, and no name has it.
        return members.none()
    fits = Q()
    for column in SEARCHED:
        fits |= Q(**{f"customer__{column}__startswith": fold(search)})
    return members.filter(fits)


def _order_members(
    members: QuerySet[Membership], sort: str, after: Position | None
) -> QuerySet[Membership]:
    if sort == "id":
        if after:
            members = members.filter(customer_id__gt=after.customer_id)
        return members.order_by("customer_id")
    if after:
        members = members.filter(
            Q(entered_at__lt=after.entered_at)
            | Q(entered_at=after.entered_at, customer_id__gt=after.customer_id)
        )
    return members.order_by("-entered_at", "customer_id")


def _position_of(member: Membership) -> Position:
    return Position(member.customer_id, member.entered_at)


def _position(text: str) -> Position | None:
    """Return the position in a link; None, for the beginning, where it is invalid."""
    customer_id, _, entered_at = text.partition("@")
    try:
        position = Position(int(customer_id), datetime.fromisoformat(entered_at))
    except ValueError:
        return None
    is_ours = position.entered_at.tzinfo and 0 < position.customer_id <= LARGEST_ID
    return position if is_ours else None
