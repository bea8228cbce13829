"""What became of a campaign or a sequence, counted from its messages: states always add up."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from campaigns.brought import brought_by
from campaigns.incremental import incremental_of
from campaigns.models import Campaign, Message, MessageState, Run, RunState, Sequence
from campaigns.touches import source_of_campaign
from customers.models import Order
from customers.models.order import OrderState

MARKS = ("delivered", "bounced", "complained", "unsubscribed")


def report_of(campaign: Campaign, at: datetime) -> dict[str, Any]:
    """Return the report of `campaign` at `at` (aware), as the API has it.

    `audience` = scheduled + sending + sent + failed + skipped + uncertain + purged, the last being
    messages that are not kept any more.
    """
    audience = campaign.eligible if campaign.frozen_at else 0
    counted = _counts(Message.objects.filter(campaign=campaign))
    states = sum(counted[state.value] for state in MessageState)
    return {
        "audience": audience,
        **counted,
        "purged": audience - states,
        "opens": campaign.opened,
        "clicks": campaign.clicked,
        **brought_by(source_of_campaign(campaign), at, since=campaign.frozen_at),
        "causal": False,
        "incremental_revenue": incremental_of(campaign, at),
    }


def report_of_sequence(sequence: Sequence, at: datetime) -> dict[str, Any]:
    """Return the report of `sequence` at `at` (aware): of all, by step and by day (of UTC).

    `total`, how many messages there are, = scheduled + sending + sent + failed + skipped +
    uncertain, of each step and day, too; the day is that on which they are due.
    """
    rows = Message.objects.filter(sequence=sequence)
    runs = Run.objects.filter(sequence=sequence)
    eligible = runs.filter(state=RunState.STARTED).count()
    return {
        **_grouped(rows)[()],
        **_counts(rows),
        "runs": eligible,
        "not_eligible": runs.count() - eligible,
        "opens": sequence.opened,
        "clicks": sequence.clicked,
        **brought_by(sequence.source, at),
        "causal": False,
        "steps": [
            {"number": number} | counts for (number,), counts in _grouped(rows, "step").items()
        ],
        "days": [
            {"day": day} | counts
            for (day,), counts in _grouped(rows.annotate(day=TruncDate("due_at")), "day").items()
        ],
    }


def counts_of_steps(sequence: Sequence) -> dict[int | None, dict[str, int]]:
    """Return total, states and unique customers by the key of the step as it is now.

    Under None are those of steps that are gone.
    """
    rows = _grouped(Message.objects.filter(sequence=sequence), "of_step")
    return {step: counts for (step,), counts in rows.items()}


def _grouped(rows: QuerySet[Message], *names: str) -> dict[tuple[Any, ...], dict[str, int]]:
    """Return total, states and unique customers of `rows` by the columns `names`, in order."""
    counts: Any = {state.value: Count("pk", filter=Q(state=state.value)) for state in MessageState}
    counts |= {"total": Count("pk"), "unique_customers": Count("customer", distinct=True)}
    if not names:
        return {(): rows.aggregate(**counts)}
    found: Iterable[dict[str, Any]] = rows.values(*names).annotate(**counts).order_by(*names)
    return {tuple(row.pop(name) for name in names): row for row in found}


def _counts(rows: QuerySet[Message]) -> dict[str, Any]:
    """Return how many of `rows` are in which state, why, and what came back of them."""
    states: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {"failed": Counter(), "skipped": Counter()}
    for state, reason, number in rows.values_list("state", "reason").annotate(Count("pk")):
        states[state] += number
        if state in reasons:
            reasons[state][reason] += number
    marks = rows.aggregate(
        **{name: Count("pk", filter=Q(**{f"{name}_at__isnull": False})) for name in MARKS},
        coupons_issued=Count("coupon", distinct=True),
    )
    redeemed = (
        Order.objects.filter(
            coupon_code_folded__in=rows.filter(coupon__isnull=False).values("coupon__code_folded")
        )
        .exclude(state=OrderState.CANCELED)
        .count()
    )
    return {
        **{state.value: states[state.value] for state in MessageState},
        "failed_by_reason": dict(sorted(reasons["failed"].items())),
        "skipped_by_reason": dict(sorted(reasons["skipped"].items())),
        **marks,
        "coupons_redeemed": redeemed,
    }
