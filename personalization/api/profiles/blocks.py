"""The blocks of a profile, which `ProfileSerializer` shows."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from core.database.fields import from_units, to_units
from customers.models import Customer, Purpose
from customers.privacy.consent import latest_consent
from personalization.engagement import (
    TENTH,
    WHOLE,
    rounded_to,
    share_rounded,
)
from personalization.insights import insights_of
from personalization.lifestyle.figures import FIGURES, Lifestyle, Regularity, Share
from personalization.lifestyle.words import FORMULAS, OF_VALUE
from personalization.models import Assignment
from personalization.profiles.affinity import LISTED
from personalization.profiles.computed import Profile
from predictions.scores import scores_of
from segments.membership import segments_of

UNKNOWN = "unknown"


def consent_of(customer: Customer) -> dict[str, str]:
    """Return the customer's latest consent state for both purposes, `unknown` if there is none."""
    found = {purpose.value: latest_consent(customer, purpose) for purpose in Purpose}
    return {name: UNKNOWN if one is None else one.state for name, one in found.items()}


def _sessions(profile: Profile) -> dict[str, Any]:
    found = profile.sessions
    if not found:
        names = ("last_started_at", "last_ended_at", "average_seconds", "average_activities")
        return {"count": 0} | dict.fromkeys(names)
    seconds = sum(one.seconds for one in found) / len(found)
    activities = sum(one.activities for one in found) / len(found)
    return {
        "count": len(found),
        "last_started_at": found[-1].started_at,
        "last_ended_at": found[-1].ended_at,
        "average_seconds": int(rounded_to(seconds, WHOLE)),
        "average_activities": str(rounded_to(activities, TENTH)),
    }


def _lifestyle(profile: Profile) -> dict[str, Any]:
    found = profile.lifestyle
    shares = found.shares_of_values()
    return {
        "orders": found.orders,
        **{name: _figure(found, name) for name in FIGURES},
        "values": {
            code: _explained_value(
                shares.get(code),
                OF_VALUE,
                amount=format_amount(share.part),
                of=format_amount(share.whole),
            )
            for code, share in found.values.items()
        },
    }


def _figure(lifestyle: Lifestyle, name: str) -> dict[str, Any]:
    value, formula = lifestyle.value(name), FORMULAS[name]
    figure: Share | Regularity = getattr(lifestyle, name)
    if isinstance(figure, Share):
        return _explained_value(value, formula, count=figure.part, of=figure.whole)
    days = {"mean_days": figure.mean, "deviation_days": figure.deviation}
    shown = {key: None if one is None else str(share_rounded(one)) for key, one in days.items()}
    return _explained_value(value, formula, gaps=figure.gaps, **shown)


def _explained_value(value: Decimal | None, formula: Any, **counts: Any) -> dict[str, Any]:
    return {
        "value": None if value is None else str(value),
        "formula": str(formula),
        "counts": counts,
    }


def format_amount(amount: Decimal | int) -> str:
    """Return an amount of money with 4 decimals, as in profiles."""
    return str(from_units(to_units(Decimal(amount))))


def _experiments(profile: Profile) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(customer=profile.customer, assigned_at__lte=profile.as_of)
    named = rows.select_related("experiment").only("variant", "assigned_at", "experiment__code")
    return named.order_by("experiment__code")


# In the order of the response: what each block shows.
BLOCKS: Mapping[str, Callable[[Profile], Any]] = {
    "engagement": lambda profile: profile.engagement,
    "sessions": _sessions,
    "behavior": lambda profile: profile,
    "purchases": lambda profile: profile.purchases,
    "interests": lambda profile: profile.interests[:LISTED],
    "brands": lambda profile: profile.brands[:LISTED],
    "price": lambda profile: profile,
    "lifestyle": _lifestyle,
    "predictions": lambda profile: scores_of(profile.customer),
    "send_time": lambda profile: profile.send_time,
    "segments": lambda profile: sorted(segments_of(profile.customer)),
    "experiments": _experiments,
    "consent": lambda profile: consent_of(profile.customer),
    "insights": insights_of,
}
