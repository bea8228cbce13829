"""A customer's page “Segments and why”: current, former and near segments with reasons."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.reason_text import CanSee
from core.clock import now
from customers.admin.tabs import CUSTOMER_TABS, CustomerTab
from customers.models import Customer
from segments.admin.customer.reasons import Line, line_of, lines_of
from segments.insight.explanations.customer_memberships import JUDGED, Standing, standings_of
from segments.insight.explanations.explanation import values_seen_by

SEEN_BY = ("segments.view_segment", "segments.view_members")


@dataclass(frozen=True)
class ShownStanding:
    """A segment with its reasons in words."""

    standing: Standing
    lines: list[Line]
    deciding: list[Line]
    note: str


def segments_page(
    request: HttpRequest, customer: Customer, context: dict[str, Any]
) -> HttpResponse:
    """Show the customer's segments now; the compared values need a permission of their own."""
    can_see = values_seen_by(request.user)
    at, why = now(), request.GET.get("why")
    standings = standings_of(customer, as_of=at)
    context |= {
        "current": [standing_in_words(one, can_see) for one in standings.current],
        "entering": [standing_in_words(one, can_see) for one in standings.entering],
        "near": [standing_in_words(one, can_see) for one in standings.near],
        # There can be many, and each explanation queries names: only explain the requested one.
        "away": [
            standing_in_words(one, can_see) if one.segment.code == why else _named(one)
            for one in standings.away
        ],
        "former": standings.former,
        "is_active": customer.is_active,
        "is_complete": standings.is_complete,
        "judged": JUDGED,
        "at": at,
        "page_name": _("Segments and why"),
    }
    return TemplateResponse(request, "admin/segments/customer/segments.html", context)


def standing_in_words(standing: Standing, can_see: CanSee) -> ShownStanding:
    """Return `standing` with its reasons, as far as `can_see` allows their values."""
    reason = standing.reason
    return ShownStanding(
        standing,
        lines_of(reason, can_see) if reason else [],
        [line_of(one, can_see) for one in standing.deciding],
        _note(standing),
    )


def _named(standing: Standing) -> ShownStanding:
    return ShownStanding(standing, [], [], _note(standing))


def _note(standing: Standing) -> str:
    """Return a note with the reasons that are not in the tree."""
    if standing.problem:
        return _("The stored conditions are no longer valid: %(problem)s") % {
            "problem": standing.problem
        }
    if not standing.segment.is_active:
        return _("The segment is inactive: for those who ask, it has no members.")
    notes = []
    if standing.override:
        notes.append(
            _("By hand: %(decision)s. %(reason)s")
            % {
                "decision": standing.override.get_kind_display(),
                "reason": standing.override.reason,
            }
        )
    if not standing.in_scope:
        notes.append(_("Outside of the segment's scope."))
    if standing.is_member and not standing.holds:
        notes.append(_("Does not fit any more, and leaves with the next refresh."))
    return " ".join(note.strip() for note in notes)


CUSTOMER_TABS.register(
    CustomerTab(
        "segments",
        gettext_lazy("Segments and why"),
        segments_page,
        SEEN_BY,
        place=10,
    )
)
