"""Whom a start of the present members would be for, before anybody presses it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet

from campaigns.covered import resolved
from campaigns.models import OPEN, Campaign, Message, Reason, Reentry, Run, RunState, Sequence
from campaigns.recipients import count_recipients, counted, judged_recipients
from customers.models import Store


@dataclass(frozen=True)
class Outlook:
    """The members of a sequence's segment at a moment: `members` = `eligible` + all of `excluded`,
    who may not get mail, by the first reason. `stores`: where the eligible ones get it from.

    `started` of the eligible have been started before, and `again` of these the re-entry lets in
    once more, so that the first mail comes to them again; `starts` are all who would start.
    """

    members: int
    eligible: int
    excluded: Mapping[str, int]
    stores: tuple[str, ...]
    started: int
    again: int
    as_of: datetime

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
    with judged_recipients(everybody, resolved(everybody), at, most):
        for reason, store, number in counted():
            # Of one address each customer has a sequence of their own.
            if reason in (None, Reason.SAME_ADDRESS):
                assert store is not None
                stores[store] += number
            else:
                excluded[str(reason)] += number
        before = _started(sequence)
        started, again = count_recipients(before), count_recipients(_again(sequence, before, at))
    return Outlook(
        members=stores.total() + excluded.total(),
        eligible=stores.total(),
        excluded={one.value: excluded[one] for one in Reason if excluded[one]},
        stores=tuple(codes[pk] for pk in sorted(stores)),
        started=started,
        again=again,
        as_of=at,
    )


def _started(sequence: Sequence) -> QuerySet[Any, Any]:
    """Return the customers who were started, each once, with the last time."""
    runs = Run.objects.filter(sequence=sequence, state=RunState.STARTED, customer__isnull=False)
    return runs.order_by().values("customer").annotate(last=Max("started_at"))


def _again(sequence: Sequence, started: QuerySet[Any, Any], at: datetime) -> QuerySet[Any, Any]:
    """Return those of `started` who may be started once more at `at`."""
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
