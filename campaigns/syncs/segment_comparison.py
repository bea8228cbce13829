"""Store who a sync adds and removes: changed customers at once, and everybody in rounds.

The change log has the customers who entered and left. No log has those who may not get mail any
more, or whose exported data changed: repeated rounds over all customers find them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from campaigns.consent.addresses import hash_of, hashes_of
from campaigns.models import AudienceSync, SyncMember, SyncMemberState
from campaigns.syncs.consent import TELLING, UNTOLD, look_for_ended
from campaigns.syncs.desired_members import Wanted, wanted_among, with_namesakes
from campaigns.syncs.lease import write
from core.clock import now
from customers.models import Customer
from segments.changes import CursorTooOld, changes_since, latest_cursor
from segments.export.contents import exported_members

# A new round begins this long after the beginning of the last one.
ROUND = timedelta(minutes=15)
# How many changes, or customers of a round, are processed in one transaction.
BLOCK = 1_000
# States of members who are in the list, or may be.
KNOWN = (SyncMemberState.THERE, SyncMemberState.ENTERING, SyncMemberState.REFUSED)


def read_changes(sync: AudienceSync) -> bool:
    """Process the customers who entered and left since the cursor; return whether there may be
    more.

    If changes were purged before they were read, a round over all customers begins instead.
    """
    latest = latest_cursor()
    try:
        found = changes_since(sync.cursor, segment=sync.segment, limit=BLOCK)
    except CursorTooOld:
        write(sync, cursor=latest, round_after=0, round_at=now())
        return False
    is_last = len(found) < BLOCK
    cursor = max(latest, *(one.sequence for one in found), 0) if is_last else found[-1].sequence
    if cursor <= sync.cursor:
        return False
    with transaction.atomic():
        write(sync, cursor=cursor)
        look_at(sync, {one.customer_id for one in found if one.customer_id is not None})
    return not is_last


def begin_round(sync: AudienceSync, at: datetime) -> None:
    """Begin a round over all customers if none is in progress and one is due."""
    if sync.round_after is None and (sync.round_at is None or sync.round_at <= at - ROUND):
        write(sync, round_after=0, round_at=at)


def go_round(sync: AudienceSync) -> bool:
    """Process the next customers of the round; return whether there are more."""
    if sync.round_after is None:
        return False
    with transaction.atomic():
        customers = _next(sync, sync.round_after)
        look_at(sync, customers)
        look_for_ended(sync, customers, now())
        if customers:
            write(sync, round_after=max(customers))
        else:
            write(sync, round_after=None, filled_at=sync.filled_at or now())
    return bool(customers)


def look_at(sync: AudienceSync, customers: Collection[int]) -> Mapping[int, Wanted]:
    """Store what has to be sent to the list about `customers` (keys), in the caller's transaction.

    Return the wanted members by the keys of their rows. An inactive segment adds no members to its
    list; the present members stay as long as they may get mail.
    """
    if not customers:
        return {}
    customers = with_namesakes(sync, customers)
    wanted = {one.address: one for one in wanted_among(sync, customers)}
    # A stored hash may be of a secret key that has been changed since.
    whose = {one: address for address in wanted for one in hashes_of(address)}
    rows = SyncMember.objects.filter(sync=sync).filter(
        Q(customer__in=customers) | Q(address_hash__in=list(whose))
    )
    known = {whose.get(one) for one in rows.values_list("address_hash", flat=True)}
    if sync.segment.is_active:
        _add(sync, [one for address, one in wanted.items() if address not in known])
    found: dict[int, Wanted] = {}
    for row in rows.select_for_update(no_key=True).order_by("pk"):
        address = whose.get(row.address_hash)
        if address is None:
            _not_wanted(row)
        else:
            found[row.pk] = wanted[address]
            _wanted(sync, row, wanted[address])
    return found


def _next(sync: AudienceSync, after: int) -> list[int]:
    """Return the next customers after that key who are members or in the list, by key.

    This includes former members who are still subscribed there: they may unsubscribe.
    """
    members = exported_members(sync.segment).filter(customer_id__gt=after)
    is_known = Q(state__in=KNOWN) | UNTOLD if sync.target in TELLING else Q(state__in=KNOWN)
    rows = SyncMember.objects.filter(is_known, sync=sync, customer__gt=after)
    found = {
        *members.values_list("customer_id", flat=True)[:BLOCK],
        *rows.order_by("customer").values_list("customer", flat=True)[:BLOCK],
    }
    return sorted(found)[:BLOCK]


def _add(sync: AudienceSync, wanted: Collection[Wanted]) -> None:
    if not wanted:
        return
    at = now()
    # An erasure that has begun has deleted its customer by now; a later one also finds this row.
    customers = Customer.objects.filter(pk__in=[one.customer_id for one in wanted])
    there = set(customers.select_for_update(no_key=True).values_list("pk", flat=True))
    SyncMember.objects.bulk_create(
        SyncMember(
            sync=sync,
            customer_id=one.customer_id,
            address_hash=hash_of(one.address),
            digest=one.digest,
            changed_at=at,
        )
        for one in wanted
        if one.customer_id in there
    )


def _wanted(sync: AudienceSync, row: SyncMember, wanted: Wanted) -> None:
    """Assign `row` to the wanted customer, and have changed data sent."""
    is_same = row.digest == wanted.digest
    is_out = row.state in (SyncMemberState.LEAVING, SyncMemberState.GONE)
    if is_out and not sync.segment.is_active:
        return
    before = (row.customer_id, row.address_hash, row.digest, row.state)
    row.customer_id, row.address_hash = wanted.customer_id, hash_of(wanted.address)
    row.digest = wanted.digest
    if is_out or (not is_same and row.state != SyncMemberState.ENTERING):
        _turn(row, SyncMemberState.ENTERING)
    if before != (row.customer_id, row.address_hash, row.digest, row.state):
        row.save()


def _not_wanted(row: SyncMember) -> None:
    """Have a person who is or may be in the list removed; delete the row if they never were."""
    if row.state not in KNOWN:
        return
    if not row.attempts and not row.remote_id:
        row.delete()
        return
    _turn(row, SyncMemberState.LEAVING)
    row.save()


def _turn(row: SyncMember, state: SyncMemberState) -> None:
    row.state, row.changed_at = state, now()
    row.error, row.not_before = "", None
