"""A profile as JSON, block by block."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.database.fields import from_units, to_units
from customers.models import Customer, Purpose
from customers.privacy.consent import latest_consent
from personalization.api.profiles.responses import InsightSerializer
from personalization.engagement import (
    HUNDREDTH,
    TENTH,
    WHOLE,
    format_points,
    rounded_to,
    share_rounded,
)
from personalization.insights import insights_of
from personalization.lifestyle.figures import FIGURES, Lifestyle, Regularity, Share
from personalization.lifestyle.words import FORMULAS, OF_VALUE
from personalization.models import Assignment
from personalization.profiles.affinity import LISTED, Affinity
from personalization.profiles.computed import Profile
from predictions.scores import scores_of
from segments.membership import segments_of

UNKNOWN = "unknown"


def customer_of(profile: Profile, *, sees_personal: bool) -> dict[str, Any]:
    """Return the customer's data; names and personal data only with `sees_personal`."""
    one = profile.customer
    found: dict[str, Any] = {
        "id": one.external_id,
        "kind": one.kind,
        "website": one.website.code,
        "registered_at": one.registered_at,
    }
    if sees_personal:
        found |= {"name": one.name, "email": one.email or ""}
    return found | {
        "age_group": profile.age_group if sees_personal else None,
        "gender": (one.gender or None) if sees_personal else None,
        "country": profile.country,
        "attributes": profile.attributes if sees_personal else {},
    }


def consent_of(customer: Customer) -> dict[str, str]:
    """Return the customer's latest consent state for both purposes, `unknown` if there is none."""
    found = {purpose.value: latest_consent(customer, purpose) for purpose in Purpose}
    return {name: UNKNOWN if one is None else one.state for name, one in found.items()}


def _engagement(profile: Profile) -> dict[str, Any]:
    found = profile.engagement
    return {
        "score": str(found.score),
        "raw": format_points(found.raw),
        "parts": [
            {"type": one.type, "count": one.count, "points": format_points(one.points)}
            for one in found.parts
        ],
    }


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


def _behavior(profile: Profile) -> dict[str, Any]:
    return {
        "product_views_30d": profile.product_views,
        "last_viewed": profile.last_viewed,
        "searches": profile.searches,
        "channels": profile.channels,
        "devices": profile.devices,
    }


def _purchases(profile: Profile) -> dict[str, Any]:
    found = profile.purchases
    return {
        "orders": found.orders,
        "sales": str(found.sales),
        "average_order_value": str(found.average_order_value),
        "last_order_at": found.last_order_at,
        "days_since_last_order": found.days_since_last_order,
    }


def _price(profile: Profile) -> dict[str, Any]:
    figures = {
        "discount_share": profile.purchases.discount_share,
        "position": profile.price_position,
    }
    return {name: None if one is None else str(one) for name, one in figures.items()}


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


def _send_time(profile: Profile) -> dict[str, Any]:
    found = profile.send_time
    return {"hour": found.hour, "confidence": str(rounded_to(found.confidence, HUNDREDTH))}


def _segments(profile: Profile) -> list[str]:
    return sorted(segments_of(profile.customer))


def _experiments(profile: Profile) -> list[dict[str, Any]]:
    rows = Assignment.objects.filter(customer=profile.customer, assigned_at__lte=profile.as_of)
    found = rows.order_by("experiment__code").values_list(
        "experiment__code", "variant", "assigned_at"
    )
    return [{"code": code, "variant": variant, "assigned_at": at} for code, variant, at in found]


def _affinities(found: Sequence[Affinity], name: str) -> list[dict[str, str]]:
    return [
        {
            name: one.code,
            "share": str(share_rounded(one.share)),
            "lift": str(share_rounded(one.lift)),
        }
        for one in found[:LISTED]
    ]


# In the order of the response.
BLOCKS: Mapping[str, Callable[[Profile], Any]] = {
    "engagement": _engagement,
    "sessions": _sessions,
    "behavior": _behavior,
    "purchases": _purchases,
    "interests": lambda profile: _affinities(profile.interests, "category"),
    "brands": lambda profile: _affinities(profile.brands, "brand"),
    "price": _price,
    "lifestyle": _lifestyle,
    "predictions": lambda profile: scores_of(profile.customer),
    "send_time": _send_time,
    "segments": _segments,
    "experiments": _experiments,
    "consent": lambda profile: consent_of(profile.customer),
    "insights": lambda profile: list(
        map(InsightSerializer().to_representation, insights_of(profile))
    ),
}
