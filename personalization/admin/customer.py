"""A customer's profile, on a page beside their data: how active, interested in what, since when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.clock import now
from core.text.formats import number_shown, share_shown
from customers.models import Category, ConsentState, Customer, Purpose
from customers.privacy.consent import latest_consent, refuses
from personalization.admin.behavior_labels import type_label
from personalization.engagement import TENTH, rounded_to, share_rounded
from personalization.insights import insights_of
from personalization.lifestyle.figures import FEWEST_ORDERS
from personalization.lifestyle.words import explained_figures
from personalization.models import Assignment
from personalization.profiles.affinity import LISTED, Affinity
from personalization.profiles.computed import Profile

# The newest sessions that are shown.
SESSIONS = 10
# The newest experiments.
EXPERIMENTS = 50
MINUTE = 60


@dataclass(frozen=True)
class Interest:
    """A category or brand as the page shows it."""

    name: str
    share: str
    lift: str


def profile_page(request: HttpRequest, customer: Customer, context: dict[str, Any]) -> HttpResponse:
    """Show the profile of `customer` as of now; of who refuses nothing but their consent."""
    is_refused = refuses(customer, Purpose.PERSONALIZATION)
    context |= {
        "page_name": _("Personalization"),
        "is_refused": is_refused,
        "consents": list(_consents(customer)),
    }
    if not is_refused:
        context |= _profile_figures(Profile(customer, now()))
        if request.user.has_perm("personalization.view_experiment"):
            rows = Assignment.objects.filter(customer=customer).select_related("experiment")
            context["assignments"] = list(rows.order_by("-assigned_at", "-pk")[:EXPERIMENTS])
    return TemplateResponse(request, "admin/personalization/customer.html", context)


def _profile_figures(profile: Profile) -> dict[str, Any]:
    engagement, sessions = profile.engagement, profile.sessions
    names = dict(
        Category.objects.filter(
            code__in=[one.code for one in profile.interests[:LISTED]]
        ).values_list("code", "name")
    )
    return {
        "insights": insights_of(profile),
        "score": number_shown(engagement.score),
        "parts": [
            (type_label(one.type), one.count, _points(one.points)) for one in engagement.parts
        ],
        "sessions_count": len(sessions),
        "sessions": [
            (one.started_at, _minutes(one.seconds), one.activities)
            for one in reversed(sessions[-SESSIONS:])
        ],
        "tables": [
            (_("Interests in categories"), _interests(profile.interests, names)),
            (_("Interests in brands"), _interests(profile.brands, {})),
        ],
        "lifestyle": list(explained_figures(profile.lifestyle)),
        "fewest_orders": FEWEST_ORDERS,
        "is_lifestyle_known": profile.lifestyle.is_known,
        "send_time": _hour(profile),
        "searches": profile.searches,
        "last_viewed": profile.last_viewed,
    }


def _interests(found: Any, names: dict[str, str]) -> list[Interest]:
    return [_interest(one, names) for one in found[:LISTED]]


def _interest(one: Affinity, names: dict[str, str]) -> Interest:
    return Interest(
        names.get(one.code, one.code),
        share_shown(share_rounded(one.share)),
        number_shown(rounded_to(one.lift, TENTH)),
    )


def _hour(profile: Profile) -> str:
    found = profile.send_time
    if not profile.engagement.parts:
        text = _("Not known; all others are most active at %(hour)d o'clock.")
        return text % {"hour": found.hour}
    text = _("%(hour)d o'clock (%(share)s of the activity)")
    return text % {"hour": found.hour, "share": share_shown(share_rounded(found.confidence))}


def _points(points: float) -> str:
    tenths = rounded_to(points, TENTH)
    return number_shown(tenths) if tenths or not points else f"< {number_shown(TENTH)}"


def _minutes(seconds: float) -> str:
    return number_shown(rounded_to(seconds / MINUTE, TENTH))


def _consents(customer: Customer) -> Iterator[tuple[str, str, datetime | None]]:
    """Yield each purpose with the customer's latest consent or refusal, and its time."""
    labels = dict(ConsentState.choices)
    for purpose in Purpose:
        one = latest_consent(customer, purpose)
        if one is None:
            yield str(purpose.label), _("nothing said"), None
        else:
            yield str(purpose.label), str(labels[one.state]), one.at
