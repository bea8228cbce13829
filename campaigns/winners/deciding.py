"""Decides which variant of a campaign's experiment goes to the customers outside of the test."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Q

from campaigns.audit import CAMPAIGN
from campaigns.content.experiments import experiment_called
from campaigns.models import (
    OPEN,
    Campaign,
    CampaignState,
    Message,
    MessageState,
    OptimizeFor,
)
from core.audit import record
from customers.models import AuditAction, Store

# A store without an opened mail in so long probably gets no reports of opens.
LOOKED_BACK = timedelta(days=30)
# The minimum of sent mails of a variant for a conclusion.
FEWEST = 100
TOO_FEW = "too_few"
# A mail that is opened sooner after its delivery was opened by a machine.
MACHINE = timedelta(seconds=2)
DEFAULT_ALPHA = 0.05
SENT = (MessageState.SENT, MessageState.UNCERTAIN)


@dataclass(frozen=True)
class Counted:
    """The mails of a variant that were sent (perhaps sent included), and those of them that were
    opened, or clicked in."""

    sent: int
    reached: int

    @property
    def rate(self) -> float | None:
        """The share of the sent mails; None without any."""
        return self.reached / self.sent if self.sent else None


def decide_due(at: datetime) -> int:
    """Decide every campaign whose decision is due at `at` (aware); return their number."""
    waiting = Campaign.objects.filter(
        state=CampaignState.SENDING, test_share__isnull=False, decision__isnull=True
    )
    return sum(_decide(key, at) for key in waiting.order_by("pk").values_list("pk", flat=True))


def decision_time(campaign: Campaign) -> datetime | None:
    """Return when the campaign is decided: so many hours after the last mail of the test left.

    None while a mail of the test is still to be sent, and for a campaign without a test.
    """
    if campaign.decide_after_hours is None or campaign.frozen_at is None:
        return None
    test = Message.objects.filter(campaign=campaign, in_test=True)
    if test.filter(state__in=OPEN).exists():
        return None
    last = test.aggregate(last=Max("claimed_at"))["last"] or campaign.frozen_at
    return last + timedelta(hours=campaign.decide_after_hours)


def counts_by_variant(campaign: Campaign) -> dict[str, Counted]:
    """Return the counts of each variant's mails of the test, the control first.

    A click counts, or the last open that no machine is reported to have made, unless it was within
    two seconds of the delivery.
    """
    by_person = Q(person_opened_at__isnull=False) & (
        Q(delivered_at=None) | Q(person_opened_at__gte=F("delivered_at") + MACHINE)
    )
    wanted = by_person if campaign.optimize_for == OptimizeFor.OPEN_RATE else Q(clicks__gt=0)
    rows = Message.objects.filter(campaign=campaign, in_test=True, state__in=SENT).order_by()
    found = {
        code: Counted(sent, reached)
        for code, sent, reached in rows.values("variant")
        .annotate(sent=Count("pk"), reached=Count("pk", filter=wanted))
        .values_list("variant", "sent", "reached")
    }
    codes = campaign.variants.order_by("pk").values_list("code", flat=True)
    return {code: found.get(code, Counted(0, 0)) for code in codes}


def decision_of(counts: Mapping[str, Counted], alpha: float) -> dict[str, Any]:
    """Return the decision as JSON: `winner`, `rates`, `p_value`, `significant`, `reason`.

    The highest rate wins; of equal ones the control, then the earlier variant. `p_value` is the
    winner's against the runner-up: two-sided z, adjusted by Holm for all variants that the winner
    is compared with. With fewer than 100 sent mails of a variant the control wins (`too_few`).
    """
    from personalization.statistics import holm, proportions

    codes = list(counts)
    decision: dict[str, Any] = {
        "winner": codes[0],
        "rates": {code: one.rate for code, one in counts.items()},
        "sent": {code: one.sent for code, one in counts.items()},
        "p_value": None,
        "significant": False,
        "reason": TOO_FEW,
    }
    if min(one.sent for one in counts.values()) < FEWEST:
        return decision
    # The sort is stable: of equal rates the earlier variant, which the control is.
    first, *others = sorted(codes, key=lambda code: -(counts[code].rate or 0.0))
    ps = [
        proportions(
            counts[other].reached, counts[other].sent, counts[first].reached, counts[first].sent
        ).p
        or 0.0
        for other in others
    ]
    p = holm(ps)[0]
    return decision | {"winner": first, "p_value": p, "significant": p < alpha, "reason": None}


def _decide(key: int, at: datetime) -> bool:
    """Decide one campaign, once, and have its other messages leave from `at` on."""
    with transaction.atomic():
        stored: Campaign = Campaign.objects.select_for_update(no_key=True).get(pk=key)
        if stored.state != CampaignState.SENDING or stored.decision is not None:
            return False
        due = decision_time(stored)
        if due is None or due > at:
            return False
        counts = counts_by_variant(stored)
        if not counts:
            return False
        experiment = experiment_called(stored.experiment)
        alpha = experiment.alpha if experiment is not None else DEFAULT_ALPHA
        stored.decision = {**decision_of(counts, alpha), "at": at.isoformat()}
        stored.save(update_fields=["decision"])
        rest = Message.objects.filter(campaign=stored, in_test=False, attempts=0)
        rest.filter(state=MessageState.SCHEDULED).update(due_at=at)
        record(
            None,
            AuditAction.CHANGED,
            CAMPAIGN,
            stored.code,
            before={"decision": None},
            after={"decision": stored.decision["winner"]},
        )
    return True


def stores_without_opens(codes: Collection[str], at: datetime) -> list[Store]:
    """Return the stores with mails delivered in 30 days before `at`, none of which was opened."""
    rows = Message.objects.filter(delivered_at__gt=at - LOOKED_BACK, delivered_at__lte=at)
    return [
        store
        for store in Store.objects.filter(code__in=codes).order_by("code")
        if rows.filter(store=store).exists() and not rows.filter(store=store, opens__gt=0).exists()
    ]
