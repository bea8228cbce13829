"""Whom a start of the present members would be for, before anybody presses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef

from campaigns.audience import audience_of
from campaigns.models import OPEN, Campaign, Message, Reason, Reentry, Run, RunState, Sequence
from customers.models import Store
from segments.models import Membership


@dataclass(frozen=True)
class Outlook:
    """The members of a sequence's segment at a moment: `members` = `eligible` + all of `excluded`,
    who may not get mail, by the first reason.

    `started` of the members have been started before; `again` of these the re-entry lets in once
    more, so that the first mail comes to them again.
    """

    members: int
    eligible: int
    excluded: Mapping[str, int]
    started: int
    again: int
    as_of: datetime


def outlook_of(sequence: Sequence, at: datetime) -> Outlook:
    """Return what starting the present members of `sequence` at `at` (aware) would find."""
    stores = list(Store.objects.order_by("pk").values_list("code", flat=True))
    everybody = Campaign(segments=[sequence.segment_code], stores=stores)
    found = audience_of(everybody, as_of=at)
    # Of one address each customer has a sequence of their own.
    excluded = {one: n for one, n in found.excluded.items() if one != Reason.SAME_ADDRESS}
    started, again = _started(sequence, at)
    return Outlook(
        members=found.members,
        eligible=found.members - sum(excluded.values()),
        excluded=excluded,
        started=started,
        again=again,
        as_of=at,
    )


def _started(sequence: Sequence, at: datetime) -> tuple[int, int]:
    """Return how many members have been started, and how many of them may be once more."""
    is_member = Membership.objects.filter(
        segment=sequence.segment_id or 0, customer=OuterRef("customer")
    )
    runs = Run.objects.filter(Exists(is_member), sequence=sequence, state=RunState.STARTED)
    customers = runs.order_by().values("customer").annotate(last=Max("started_at"))
    started = customers.count()
    if sequence.reentry == Reentry.NEVER:
        return started, 0
    again = customers.filter(last__lte=at - timedelta(days=sequence.reentry_days))
    if sequence.reentry != Reentry.ALWAYS:
        unfinished = Run.objects.filter(
            Exists(Message.objects.filter(run=OuterRef("pk"), state__in=OPEN)),
            sequence=sequence,
            state=RunState.STARTED,
            ended_at=None,
            customer=OuterRef("customer"),
        )
        again = again.exclude(Exists(unfinished))
    return started, again.count()
