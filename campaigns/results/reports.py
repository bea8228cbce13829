"""Reports of a campaign or a sequence, counted from its messages: the states always add up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from campaigns.models import Campaign, Message, MessageState, Run, RunState, Sequence
from campaigns.results.attributed_sales import brought_by
from campaigns.results.incremental import incremental_of
from campaigns.results.touches import source_of_campaign
from customers.models import Order, Purpose
from customers.models.purchases.order import OrderState
from customers.privacy.consent import refusing

MARKS = ("delivered", "bounced", "complained", "unsubscribed")
UNIQUE = Count("customer", distinct=True)


@dataclass(frozen=True)
class Engagement:
    """The sent mails whose opens and clicks are `known`, those opened, and those clicked in.

    `unopened` are the mails of active customers that were neither opened nor clicked in: mail
    programs that load no images report clicks without an open. `is_kept` where the mail of a
    customer who still exists is stored.
    """

    known: int
    opened: int
    clicked: int
    unopened: int
    is_kept: bool


def engagement_of(campaign: Campaign) -> Engagement:
    """Return how many mails of `campaign` were opened and clicked in.

    Opens and clicks of customers who refuse tracking, or were erased, are not known.
    """
    sent = Message.objects.filter(campaign=campaign, state=MessageState.SENT)
    kept = sent.exclude(customer=None)
    ignored = Q(opened_at=None, clicked_at=None, customer__is_active=True)
    counted = kept.exclude(refusing(Purpose.TRACKING, "customer")).aggregate(
        known=Count("pk"),
        opened=Count("pk", filter=Q(opened_at__isnull=False)),
        clicked=Count("pk", filter=Q(clicked_at__isnull=False)),
        unopened=Count("pk", filter=ignored),
    )
    return Engagement(**counted, is_kept=counted["known"] > 0 or kept.exists())


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
    """Return the report of `sequence` at `at` (aware), as the API has it: counts, by step, too.

    Messages keep the number of their step that they had when they left.
    """
    by_number = _counts_by_column(Message.objects.filter(sequence=sequence), "step")
    return {
        **counts_of_sequence(sequence),
        **brought_by(sequence.source, at),
        "causal": False,
        "steps": [{"number": number} | counts for number, counts in by_number.items()],
    }


def counts_of_sequence(sequence: Sequence) -> dict[str, Any]:
    """Return the counts of `sequence`, in total and by the day (UTC) on which messages are due.

    `total`, the number of messages, = scheduled + sending + sent + failed + skipped + uncertain, on
    each day, too.
    """
    rows = Message.objects.filter(sequence=sequence)
    runs = Run.objects.filter(sequence=sequence)
    eligible = runs.filter(state=RunState.STARTED).count()
    counted = _counts(rows, unique_customers=UNIQUE)
    by_day = _counts_by_column(rows.annotate(day=TruncDate("due_at")), "day")
    return {
        "total": sum(counted[state.value] for state in MessageState),
        **counted,
        "runs": eligible,
        "not_eligible": runs.count() - eligible,
        "opens": sequence.opened,
        "clicks": sequence.clicked,
        "days": [{"day": day} | counts for day, counts in by_day.items()],
    }


def counts_of_steps(sequence: Sequence) -> dict[int | None, dict[str, int]]:
    """Return total, states and unique customers by the key of the step as it is now.

    The counts of removed steps are under None.
    """
    return _counts_by_column(Message.objects.filter(sequence=sequence), "of_step")


def _counts_by_column(rows: QuerySet[Message], name: str) -> dict[Any, dict[str, int]]:
    """Return total, states and unique customers of `rows` by the column `name`, in order."""
    counts: Any = {state.value: Count("pk", filter=Q(state=state.value)) for state in MessageState}
    counts |= {"total": Count("pk"), "unique_customers": UNIQUE}
    found: Iterable[dict[str, Any]] = rows.values(name).annotate(**counts).order_by(name)
    return {row.pop(name): row for row in found}


def _counts(rows: QuerySet[Message], **more: Count) -> dict[str, Any]:
    """Return how many of `rows` are in which state, why, what came back of them, and `more`."""
    states: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {"failed": Counter(), "skipped": Counter()}
    for state, reason, number in rows.values_list("state", "reason").annotate(Count("pk")):
        states[state] += number
        if state in reasons:
            reasons[state][reason] += number
    marks = rows.aggregate(
        **{name: Count("pk", filter=Q(**{f"{name}_at__isnull": False})) for name in MARKS},
        coupons_issued=Count("coupon", distinct=True),
        **more,
    )
    redeemed = 0
    if marks["coupons_issued"]:
        codes = rows.filter(coupon__isnull=False).values("coupon__code_folded")
        orders = Order.objects.filter(used_coupon_folded__in=codes)
        redeemed = orders.exclude(state=OrderState.CANCELED).count()
    return {
        **{state.value: states[state.value] for state in MessageState},
        "failed_by_reason": dict(sorted(reasons["failed"].items())),
        "skipped_by_reason": dict(sorted(reasons["skipped"].items())),
        **marks,
        "coupons_redeemed": redeemed,
    }
