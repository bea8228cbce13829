"""Customers' data in syncs, the programs that have it, and its removal by an erasure.

An erased person is removed from the lists by the target's id of the person; then no row is left.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from campaigns.models import AudienceSync, SyncMember, SyncMemberState
from campaigns.syncs.lease import LONGEST_REQUEST
from campaigns.syncs.pushing import remove
from campaigns.syncs.remote import Beat, Busy, Stopped, remote_list
from core.clock import now
from core.database.lease import free_lease, is_due
from customers.privacy.elsewhere import REMOVALS, SHARES
from customers.privacy.holdings import HOLDINGS, Holding, Person, Rows
from customers.privacy.retention import RULES, Rule

# The timeout of an erasure for all lists together (seconds).
LONGEST = 30.0


def register() -> None:
    """Register the model and its data in other programs; called once, when Django is ready."""
    HOLDINGS.register(Holding(SyncMember, "customer", columns=("remote_id",), erase=_have_removed))
    RULES.register(Rule("campaigns.syncmember", _gone_long_ago))
    REMOVALS.register(remove_from_lists)
    SHARES.register(lists_with)


def remove_from_lists(person: Person) -> Iterator[str]:
    """Remove `person` from each list; yield the target and id of the lists that remain."""
    rows = SyncMember.objects.filter(customer=person.pk).exclude(state=SyncMemberState.GONE)
    syncs = AudienceSync.objects.filter(pk__in=rows.values("sync")).order_by("pk")
    beat = _until(time.monotonic() + LONGEST)
    for pk, target, name in list(syncs.values_list("pk", "target", "list")):
        if not _is_removed(pk, rows.filter(sync=pk), {person.pk: person.email}, beat):
            yield f"{target}: {name}"


def lists_with(person: Person) -> Iterator[Mapping[str, Any]]:
    """Yield the external lists to which a sync has tried to add `person`, for their personal data.

    Includes failed attempts, and lists from which the person was removed.
    """
    rows = SyncMember.objects.filter(customer=person.pk, attempts__gt=0)
    for row in rows.select_related("sync__segment").order_by("pk"):
        yield {
            "with": row.sync.target,
            "list": row.sync.list,
            "segment": row.sync.segment.code,
            "state": row.state,
            "since": row.changed_at.isoformat(),
        }


def _is_removed(pk: int, rows: QuerySet[SyncMember], erased: Mapping[int, str], beat: Beat) -> bool:
    """Remove `rows` from the list of one sync; return whether that is done.

    `erased` has the addresses of the erased customers by row key; `beat` returns the seconds that
    each request may take.

    Returns False while a worker holds the lease: it may be sending the person to the list right
    now.
    """
    at = now()
    free = AudienceSync.objects.filter(free_lease(at), is_due(at), pk=pk)
    locked = free.select_for_update(skip_locked=True, no_key=True, of=("self",))
    sync = locked.select_related("segment").first()
    if sync is None:
        return False
    rows.update(state=SyncMemberState.LEAVING)
    try:
        remote = remote_list(sync, beat)
        remove(sync, remote, list(rows.all()), erased)
    except (Busy, Stopped):
        return False
    return not rows.exists()


def _until(ends: float) -> Beat:
    """Return a function with the seconds left until `ends` (`time.monotonic`) for a request."""

    def remaining_seconds() -> float:
        seconds = ends - time.monotonic()
        if seconds <= 0:
            raise Busy("no answer")
        return min(seconds, LONGEST_REQUEST)

    return remaining_seconds


def _have_removed(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Keep the data that a person's removal needs; delete the rows of people who are in no list."""
    count = rows.count()
    rows.filter(Q(state=SyncMemberState.GONE) | Q(attempts=0, remote_id="")).delete()
    rows.update(state=SyncMemberState.LEAVING, digest="", error="", not_before=None)
    return count


def _gone_long_ago(at: datetime) -> QuerySet[Any]:
    days = settings.KEEP_MESSAGES_DAYS
    if not days:
        return SyncMember.objects.none()
    gone = SyncMember.objects.filter(state=SyncMemberState.GONE)
    return gone.filter(changed_at__lt=at - timedelta(days=days))
