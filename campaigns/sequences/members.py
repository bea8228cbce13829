"""Starting a sequence for the present members of its segment, at a user's request."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from campaigns import models
from campaigns.audience.coupons import reason_against_coupon_in_step
from campaigns.audience.freezing import NotSent, check_expected
from campaigns.audit import SEQUENCE, STARTED
from campaigns.models import Run, Trigger
from campaigns.sequences.row_locks import lock_sequence
from campaigns.sequences.starting import Entry, start_runs
from core.audit import record
from core.database.deadlock_retries import tried_again
from segments.changes import newest_of
from segments.models import Membership

# Members who are started in one transaction.
BLOCK = 1_000
# So often a block is begun whose customers are erased or merged before it is committed.
TRIES = 3
PROGRESS = ("starting_at", "starting_after", "started_members")


def members_of(sequence: models.Sequence) -> int:
    """Return how many members the segment of `sequence` has, by the stored memberships."""
    return Membership.objects.filter(segment=sequence.segment_id or 0).count()


def reason_against_start(sequence: models.Sequence, at: datetime) -> str:
    """Return why a step of `sequence` would give no customer a usable coupon; "" for none."""
    steps = sequence.steps.filter(is_active=True).select_related("template", "coupon_rule")
    return next(filter(None, (reason_against_coupon_in_step(step, at) for step in steps)), "")


def ask_to_start(
    sequence: models.Sequence,
    at: datetime,
    *,
    expected: int,
    author: Any,
    before: Callable[[models.Sequence], None] | None = None,
) -> models.Sequence:
    """Start `sequence` for the present members; a few immediately, many by `advance`.

    `before` is called with the locked row, and may raise. While a start is in progress, another
    call does nothing. Raises NotSent, without starting anybody, with the code `audience_changed`
    where the number of members is not `expected`, `no_audience` where there are none, `not_enter`
    for a sequence that is triggered by leaving, `sequence_inactive`, `segment_inactive`, or the
    reason why one of its steps has no coupon.
    """
    with transaction.atomic():
        stored = lock_sequence(sequence.pk)
        if before is not None:
            before(stored)
        if stored.trigger != Trigger.ENTER:
            raise NotSent("not_enter")
        if not stored.is_active:
            raise NotSent("sequence_inactive")
        if stored.segment is None or not stored.segment.is_active:
            raise NotSent("segment_inactive")
        if stored.starting_at is not None:
            return stored
        if why := reason_against_start(stored, at):
            raise NotSent(why)
        members = members_of(stored)
        check_expected(expected, members)
        if not members:
            raise NotSent("no_audience")
        stored.starting_at, stored.starting_after, stored.started_members = at, 0, 0
        # Customers who entered up to now are among these members: the change log does not start
        # them again.
        stored.active_after = newest_of(stored.segment)
        # A retried request with the former version starts nobody twice.
        stored.version += 1
        stored.save(update_fields=[*PROGRESS, "active_after", "version"])
        said = {"members": members}
        record(author, STARTED, SEQUENCE, str(stored.pk), after=said)
    if members <= BLOCK:
        while _start_next(stored.pk, at):
            pass
        stored.refresh_from_db()
    return stored


def stop_starting(sequence: models.Sequence) -> None:
    """End a start of members that is under way; the row is locked, and stored by the caller."""
    sequence.starting_at, sequence.starting_after = None, 0


def start_members(at: datetime, *, until: float | None) -> None:
    """Go on with all starts of members, until the monotonic clock shows `until`."""
    waiting = models.Sequence.objects.filter(starting_at__isnull=False).order_by("starting_at")
    for pk in waiting.values_list("pk", flat=True):
        while until is None or time.monotonic() < until:
            if not _start_next(pk, at):
                break


def _start_next(pk: int, at: datetime) -> bool:
    """Start the next members; return False if none are left.

    Retried where some of them are erased or merged concurrently.
    """
    return tried_again(partial(_start_block, pk, at), tries=TRIES, also=IntegrityError)


def _start_block(pk: int, at: datetime) -> bool:
    """Start the next members; return False if none are left. Earlier blocks stay committed."""
    with transaction.atomic():
        sequence = lock_sequence(pk)
        if sequence.starting_at is None:
            return False
        members = Membership.objects.filter(
            segment=sequence.segment_id or 0,
            customer__gt=sequence.starting_after,
            entered_at__lte=sequence.starting_at,
        )
        ids = list(members.order_by("customer").values_list("customer", flat=True)[:BLOCK])
        if not ids:
            stop_starting(sequence)
            sequence.save(update_fields=PROGRESS)
            return False
        # The change log has started these customers since the activation.
        later = Run.objects.filter(
            sequence=sequence, customer__in=ids, change__gt=sequence.active_after
        )
        known = set(later.values_list("customer", flat=True))
        entries = [Entry(one, sequence.starting_at) for one in ids if one not in known]
        if sequence.segment is not None and sequence.segment.is_active:
            start_runs(sequence, entries, at)
        sequence.starting_after = ids[-1]
        sequence.started_members += len(ids)
        sequence.save(update_fields=PROGRESS)
    return True
