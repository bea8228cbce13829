"""Starting runs: each triggering customer gets a run with messages, or with a reason why not."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, prefetch_related_objects

from campaigns import models
from campaigns.audience.scope import covers
from campaigns.consent.eligibility import Known, known_of, reason_against
from campaigns.database.inserting import insert_copies
from campaigns.models import (
    OPEN,
    Message,
    MessageKind,
    Reason,
    Reentry,
    Run,
    RunState,
    Step,
)
from campaigns.sequences.quiet_hours import after_quiet
from customers.models import Customer, NewsletterSubscription, Store
from customers.models.identity.newsletter import SubscriptionStatus

# Fields of a customer that decide whether they may get mail.
JUDGED = ("external_id", "email", "mailbox", "is_active", "accepts_marketing", "store")


@dataclass(frozen=True)
class Entry:
    """A customer (key) who triggered a sequence at an instant (aware).

    `change` is the number of the change in the log; None if a user started the sequence.
    """

    customer_id: int
    at: datetime
    change: int | None = None


def start_runs(sequence: models.Sequence, entries: Sequence[Entry], at: datetime) -> int:
    """Start `sequence`, whose row is locked, where its re-entry rule allows; return how many
    started.

    `entries` has one entry per customer. A customer who may not get mail at `at` gets a run without
    messages, which does not count as a start.
    """
    again = _let_in(sequence, entries)
    customers = Customer.objects.only(*JUDGED).in_bulk([entry.customer_id for entry in again])
    again = [entry for entry in again if entry.customer_id in customers]
    if not again or sequence.segment is None:
        return 0
    # `covers` reads them for each store.
    prefetch_related_objects([sequence.segment], "websites")
    stores = {one.pk: one for one in Store.objects.select_related("website")}
    covered = {pk for pk, store in stores.items() if covers(sequence.segment, store)}
    subscriptions = _subscriptions(customers)
    known = known_of(list(customers.values()), at)
    refused = _refused_by_intent(sequence, again)
    runs, chosen, renewed = [], [], []
    for entry in again:
        customer = customers[entry.customer_id]
        subscription, reason = _standing(
            customer, subscriptions[customer.pk], covered, at, known=known
        )
        run = refused.get(customer.pk)
        if run and reason and entry.change is None:
            # A repeated start by a user refuses the same customers again: update the run, add no
            # second one.
            run.reason, run.started_at = reason, entry.at
            renewed.append(run)
            continue
        runs.append(
            Run(
                sequence=sequence,
                customer=customer,
                change=entry.change,
                state=RunState.NOT_ELIGIBLE if reason else RunState.STARTED,
                reason=reason or "",
                started_at=entry.at,
            )
        )
        chosen.append(subscription)
    Run.objects.bulk_create(runs)
    Run.objects.bulk_update(renewed, ["reason", "started_at"])
    steps = list(sequence.steps.filter(is_active=True))
    rows = [
        {
            "run_id": run.pk,
            "step": step.number,
            "of_step_id": step.pk,
            "customer_id": run.customer_id,
            "store_id": subscription.store_id,
            "due_at": _due(run, step, stores[subscription.store_id]),
        }
        for run, subscription in zip(runs, chosen, strict=True)
        if run.state == RunState.STARTED and subscription is not None
        for step in steps
    ]
    insert_copies(Message(kind=MessageKind.SEQUENCE, sequence=sequence), rows)
    return sum(run.state == RunState.STARTED for run in runs)


def _refused_by_intent(sequence: models.Sequence, entries: Iterable[Entry]) -> dict[int, Run]:
    """Return the run of each customer who was to be started by intent already, and might not."""
    ids = [entry.customer_id for entry in entries if entry.change is None]
    runs = Run.objects.filter(
        sequence=sequence, customer__in=ids, change=None, state=RunState.NOT_ELIGIBLE
    )
    return {run.customer_id: run for run in runs.order_by("pk") if run.customer_id is not None}


def _due(run: Run, step: Step, store: Store) -> datetime:
    due = run.started_at + timedelta(minutes=step.delay_minutes)
    return after_quiet(due, store.website.timezone)


def _let_in(sequence: models.Sequence, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that start something by the sequence's re-entry."""
    ids = [entry.customer_id for entry in entries]
    runs = Run.objects.filter(sequence=sequence, customer__in=ids)
    started = runs.filter(state=RunState.STARTED)
    last = dict(started.values_list("customer").annotate(Max("started_at")))
    by_intent = dict(runs.filter(change=None).values_list("customer").annotate(Max("started_at")))
    # A message that is being handed over does not keep a run alive whose customer has left.
    unfinished = set(
        started.filter(ended_at=None, messages__state__in=OPEN).values_list("customer", flat=True)
    )
    least = timedelta(days=sequence.reentry_days)
    found = []
    for entry in entries:
        before = last.get(entry.customer_id)
        started_by_hand = by_intent.get(entry.customer_id)
        if entry.change is not None and started_by_hand and started_by_hand >= entry.at:
            # A user started all members after this customer had entered.
            continue
        if before is not None:
            if sequence.reentry == Reentry.NEVER or entry.at - before < least:
                continue
            if entry.customer_id in unfinished and sequence.reentry != Reentry.ALWAYS:
                continue
        found.append(entry)
    return found


def _subscriptions(customers: Collection[int]) -> dict[int, list[NewsletterSubscription]]:
    found: dict[int, list[NewsletterSubscription]] = defaultdict(list)
    rows = NewsletterSubscription.objects.standing().filter(customer__in=customers)
    for row in rows.order_by("store"):
        found[row.customer_id].append(row)
    return found


def _standing(
    customer: Customer,
    subscriptions: Iterable[NewsletterSubscription],
    covered: Collection[int],
    at: datetime,
    *,
    known: Known,
) -> tuple[NewsletterSubscription | None, Reason | None]:
    """Return by which subscription `customer` gets mail of the covered stores, or why not."""
    all_of_them = list(subscriptions)
    inside = [one for one in all_of_them if one.store_id in covered]
    subscribed = [one for one in inside if one.standing == SubscriptionStatus.SUBSCRIBED]
    own = [one for one in subscribed if one.store_id == customer.store_id]
    gone = [one for one in inside if one.standing == SubscriptionStatus.UNSUBSCRIBED]
    chosen = next(iter([*own, *subscribed, *gone, *inside]), None)
    reason = reason_against(customer, chosen, at, respects_holdout=False, known=known)
    elsewhere = any(one.standing == SubscriptionStatus.SUBSCRIBED for one in all_of_them)
    if reason == Reason.NOT_SUBSCRIBED and elsewhere:
        reason = Reason.OTHER_WEBSITE
    return chosen, reason
