"""A forecast of a start for present members: how many would be started, and how many not."""

from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from campaigns.audience.counts import Alike, count_by_mail_facts, count_reasons, count_recipients
from campaigns.audience.coupons import reason_against_coupon
from campaigns.audience.empty_names import empty_names
from campaigns.audience.recipients import judged_recipients
from campaigns.audience.scope import resolve_scope
from campaigns.content.contents import content_of
from campaigns.content.values import SAMPLE_CODE, coupon_values
from campaigns.models import (
    OPEN,
    Campaign,
    Message,
    MessageReason,
    Reason,
    Reentry,
    Run,
    RunState,
    Sequence,
    Step,
)
from customers.models import CustomerGroup, Store
from price_rules.models import Coupon
from segments.models import Membership


@dataclass(frozen=True)
class Outlook:
    """The members of a sequence's segment at an instant: `members` = `eligible` + all of
    `excluded`, who may not get mail, by the first reason. `stores` send the mail to the eligible.

    `started` of the eligible have been started before. The re-entry rule lets `again` of these
    start once more, with the first mail again. `starts` is the number of all who would start;
    `held_back` of them would not get every mail of the steps, by the first reason.
    """

    members: int
    eligible: int
    excluded: Mapping[str, int]
    stores: tuple[str, ...]
    started: int
    again: int
    as_of: datetime
    held_back: Mapping[str, int]

    @property
    def starts(self) -> int:
        return self.eligible - self.started + self.again


def outlook_of(sequence: Sequence, at: datetime) -> Outlook:
    """Return what starting the present members of `sequence` at `at` (aware) would find."""
    codes = dict(Store.objects.order_by("pk").values_list("pk", "code"))
    everybody = Campaign(segments=[sequence.segment_code], stores=list(codes.values()))
    excluded: Counter[str] = Counter()
    stores: Counter[int] = Counter()
    most = settings.MAIL_MAX_PER_CUSTOMER_WEEK
    with judged_recipients(everybody, resolve_scope(everybody), at, most):
        for reason, store, _is_elsewhere, number in count_reasons():
            # Customers who share an address each have a run of the sequence.
            if reason in (None, Reason.SAME_ADDRESS):
                assert store is not None
                stores[store] += number
            else:
                excluded[str(reason)] += number
        before = _started_customers(sequence)
        once_more = _again(sequence, before, at)
        started, again = count_recipients(before), count_recipients(once_more)
        held_back = _held_back(
            sequence, count_by_mail_facts(without=before, but=once_more, once_each=False), at
        )
    return Outlook(
        members=stores.total() + excluded.total(),
        eligible=stores.total(),
        excluded={one.value: excluded[one] for one in Reason if excluded[one]},
        stores=tuple(codes[pk] for pk in sorted(stores)),
        started=started,
        again=again,
        as_of=at,
        held_back=held_back,
    )


def count_startable(sequence: Sequence, at: datetime) -> int:
    """Return how many members have not triggered `sequence` yet, or may trigger it again at `at`.

    Members who may not get mail count, too.
    """
    known = Run.objects.filter(sequence=sequence, customer=OuterRef("customer"))
    again = _again(sequence, _started_customers(sequence), at).values("customer")
    members = Membership.objects.filter(segment=sequence.segment_id or 0)
    return members.filter(~Exists(known) | Q(customer__in=again)).count()


def _held_back(sequence: Sequence, starting: Many[Alike], at: datetime) -> Counter[str]:
    """Return how many of those who are `starting` at `at` would not get some mail, by reason."""
    stores = Store.objects.select_related("website").in_bulk()
    groups = CustomerGroup.objects.in_bulk()
    steps = list(
        sequence.steps.filter(is_active=True)
        .select_related("template", "coupon_rule")
        .order_by("delay_minutes", "number")
    )
    holes: dict[tuple[int, bool, bool], bool] = {}
    found: Counter[str] = Counter()
    for alike in starting:
        store, group = stores[alike.store], groups[alike.group]
        for step in steps:
            due_at = at + timedelta(minutes=step.delay_minutes)
            reason = step.coupon_rule and reason_against_coupon(
                step.coupon_rule, store.website, group, due_at
            )
            key = (step.pk, alike.has_first_name, alike.has_last_name)
            if not reason and key not in holes:
                holes[key] = _has_hole(step, alike, store, due_at)
            if reason or holes[key]:
                found[(reason or MessageReason.EMPTY).value] += alike.number
                break
    return found


def _has_hole(step: Step, alike: Alike, store: Store, at: datetime) -> bool:
    """Return whether the mail of `step` shows a name or a coupon's value that is empty."""
    coupon: dict[str, Any] = {}
    if rule := step.coupon_rule:
        expires_at = at + timedelta(days=step.coupon_days) if step.coupon_days else None
        sample = Coupon(rule=rule, code=SAMPLE_CODE, expires_at=expires_at)
        coupon = coupon_values(rule, sample, store)
    return bool(
        empty_names(
            content_of(step.template),
            store,
            has_first_name=alike.has_first_name,
            has_last_name=alike.has_last_name,
            coupon=coupon,
            segment=step.sequence.segment,
            step=step.number,
        )
    )


def _started_customers(sequence: Sequence) -> QuerySet[Any, Any]:
    """Return the customers who were started, each once, with the last time."""
    runs = Run.objects.filter(sequence=sequence, state=RunState.STARTED, customer__isnull=False)
    return runs.order_by().values("customer").annotate(last=Max("started_at"))


def _again(sequence: Sequence, started: QuerySet[Any, Any], at: datetime) -> QuerySet[Any, Any]:
    """Return the customers of `started` who may be started again at `at`."""
    if sequence.reentry == Reentry.NEVER:
        return started.none()
    found = started.filter(last__lte=at - timedelta(days=sequence.reentry_days))
    if sequence.reentry == Reentry.ALWAYS:
        return found
    unfinished = Run.objects.filter(
        Exists(Message.objects.filter(run=OuterRef("pk"), state__in=OPEN)),
        sequence=sequence,
        state=RunState.STARTED,
        ended_at=None,
        customer=OuterRef("customer"),
    )
    return found.exclude(Exists(unfinished))
