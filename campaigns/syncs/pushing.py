"""Sends stored changes to a list in blocks of people, and stores each answer as it arrives.

A block is committed before its requests, and its outcome afterwards. After a kill, the next worker
sends the same block again, which changes nothing in the list.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from campaigns.models import AudienceSync, SyncMember, SyncMemberState
from campaigns.syncs.consent import address_of, note_sent_unsubscriptions, still_subscribed
from campaigns.syncs.desired_members import Wanted, codes_of
from campaigns.syncs.remote import Answer, Person, RemoteList
from campaigns.syncs.segment_comparison import look_at
from campaigns.transports.server_texts import remove_addresses
from core.clock import now
from customers.models import Customer
from segments.export.targets import TARGETS

# How many people are sent at a time.
BLOCK = 50
# How long to wait after a refused removal.
LATER = timedelta(hours=1)
# Attempts are not counted beyond this: a small integer column holds no more.
MOST_ATTEMPTS = 30_000


def tell_next(sync: AudienceSync, remote: RemoteList) -> bool:
    """Send the next stored changes to `remote`; return whether there were any.

    Removals come first. Raises what `remote` raises; answers up to then are stored.
    """
    leaving = list(_due(sync, SyncMemberState.LEAVING)[:BLOCK])
    if leaving:
        remove(sync, remote, leaving)
        return True
    entering = list(_due(sync, SyncMemberState.ENTERING)[:BLOCK])
    if entering:
        _add(sync, remote, entering)
    return bool(entering)


def remove(
    sync: AudienceSync,
    remote: RemoteList,
    rows: Collection[SyncMember],
    erased: Mapping[int, str] | None = None,
) -> None:
    """Remove `rows` from the list; then delete those of deleted customers.

    `erased` has the addresses of deleted customers by key. Raises what the target raises.
    """
    _begin(rows)
    people = _leaving(sync, rows, erased or {})
    note_sent_unsubscriptions(
        sync, [person.key for person in people if not person.is_subscribed], now()
    )
    _note(people, remote.remove(people), _record_removal)


def _add(sync: AudienceSync, remote: RemoteList, rows: Collection[SyncMember]) -> None:
    with transaction.atomic():
        # Eligibility is checked again just before: some may have left, or may not get mail any
        # more.
        wanted = look_at(sync, {row.customer_id for row in rows})
        keys = [row.pk for row in rows if row.pk in wanted]
        entering = SyncMember.objects.filter(pk__in=keys, state=SyncMemberState.ENTERING)
        found = list(entering.order_by("pk"))
        _begin(found)
    people = [_person(row, wanted[row.pk]) for row in found]
    _note(people, remote.add(people), _added)


def _due(sync: AudienceSync, state: SyncMemberState) -> QuerySet[SyncMember]:
    rows: QuerySet[SyncMember] = SyncMember.objects.filter(sync=sync, state=state)
    return rows.filter(Q(not_before=None) | Q(not_before__lte=now())).order_by("pk")


def _begin(rows: Iterable[SyncMember]) -> None:
    begun = SyncMember.objects.filter(pk__in=[row.pk for row in rows])
    begun.filter(attempts__lt=MOST_ATTEMPTS).update(attempts=F("attempts") + 1)


def _person(row: SyncMember, wanted: Wanted) -> Person:
    return Person(row.pk, wanted.address, row.remote_id, wanted.values)


def _leaving(
    sync: AudienceSync, rows: Collection[SyncMember], erased: Mapping[int, str]
) -> list[Person]:
    """Return the people to be removed, with their address if they still have it."""
    customers = {row.customer_id for row in rows}
    emails = dict(Customer.objects.filter(pk__in=customers).values_list("pk", "email"))
    known = {**erased, **emails}
    subscribed = still_subscribed(sync, rows, known)
    head, codes = TARGETS[sync.target].segments, codes_of(sync, customers)
    return [
        Person(
            row.pk,
            address_of(row, known),
            row.remote_id,
            {head: codes[row.customer_id]} if row.customer_id in emails else {},
            is_subscribed=row.pk in subscribed,
        )
        for row in rows
    ]


def _note(
    people: Iterable[Person], answers: Iterable[Answer], note: Callable[[Answer, datetime], None]
) -> None:
    addresses = {person.key: person.address for person in people}
    for answer in answers:
        said = answer.error
        if isinstance(said, str):
            # Errors of programs may contain the address, and characters that a database does not
            # store.
            answer = replace(answer, error=remove_addresses(said, to=addresses[answer.key]))
        note(answer, now())


def _added(answer: Answer, at: datetime) -> None:
    rows = SyncMember.objects.filter(pk=answer.key)
    if answer.remote_id:
        # Stored also for a member who is to be removed by now.
        rows.update(remote_id=answer.remote_id)
    still = rows.filter(state=SyncMemberState.ENTERING)
    if answer.error is not None:
        still.update(state=SyncMemberState.REFUSED, error=answer.error, changed_at=at)
    else:
        # A person who had unsubscribed there has come back: later reports are their own act.
        still.update(
            state=SyncMemberState.THERE,
            error="",
            attempts=1,
            changed_at=at,
            told_unsubscribed_at=None,
        )


def _record_removal(answer: Answer, at: datetime) -> None:
    rows = SyncMember.objects.filter(pk=answer.key, state=SyncMemberState.LEAVING)
    if answer.error is not None:
        rows.update(error=answer.error, not_before=at + LATER)
        return
    rows.exclude(customer__in=Customer.objects.values("pk")).delete()
    rows.update(state=SyncMemberState.GONE, error="", changed_at=at)
