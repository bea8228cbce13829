"""What became of a campaign, counted from its messages: the states always add up."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from campaigns.brought import brought_by
from campaigns.incremental import incremental_of
from campaigns.models import Campaign, Message, MessageState
from campaigns.touches import source_of_campaign
from customers.models import Order
from customers.models.order import OrderState

MARKS = ("delivered", "bounced", "complained", "unsubscribed")


def report_of(campaign: Campaign, at: datetime) -> dict[str, Any]:
    """Return the report of `campaign` at `at` (aware), as the API has it.

    `audience` = scheduled + sending + sent + failed + skipped + uncertain + purged, the last being
    messages that are not kept any more.
    """
    rows = Message.objects.filter(campaign=campaign)
    states: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {"failed": Counter(), "skipped": Counter()}
    for state, reason, number in rows.values_list("state", "reason").annotate(Count("pk")):
        states[state] += number
        if state in reasons:
            reasons[state][reason] += number
    audience = campaign.eligible if campaign.frozen_at else 0
    marks = rows.aggregate(
        **{name: Count("pk", filter=Q(**{f"{name}_at__isnull": False})) for name in MARKS},
        coupons_issued=Count("coupon"),
    )
    redeemed = (
        Order.objects.filter(
            coupon_code_folded__in=rows.filter(coupon__isnull=False).values("coupon__code_folded")
        )
        .exclude(state=OrderState.CANCELED)
        .count()
    )
    return {
        "audience": audience,
        **{state.value: states[state.value] for state in MessageState},
        "purged": audience - states.total(),
        "failed_by_reason": dict(sorted(reasons["failed"].items())),
        "skipped_by_reason": dict(sorted(reasons["skipped"].items())),
        **marks,
        "opens": campaign.opened,
        "clicks": campaign.clicked,
        "coupons_redeemed": redeemed,
        **brought_by(source_of_campaign(campaign), at, since=campaign.frozen_at),
        "causal": False,
        "incremental_revenue": incremental_of(campaign, at),
    }
