"""Advancing: the change log is read once, in order; its entries start and end runs."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Q

from campaigns import models
from campaigns.models import MessageReason, OnDefinition, SequenceCursor, Trigger
from campaigns.sequences.ending import end_runs, skip_ended
from campaigns.sequences.members import TRIES, start_members
from campaigns.sequences.row_locks import lock_sequences
from campaigns.sequences.starting import Entry, start_runs
from core.clock import checked_clock, now
from core.database.deadlock_retries import tried_again
from segments.changes import CursorTooOld, changes_since, latest_cursor, purged_number
from segments.models import ChangeKind, ChangeReason, MembershipChange, RefreshRun, RunState

logger = logging.getLogger(__name__)

# Entries of the log that are read in one transaction.
BLOCK = 1_000


def advance(*, as_of: datetime | None = None, seconds: float | None = None) -> int:
    """Start and end runs by new entries of the change log; return how many entries were read.

    Then start present members as requested by users, and skip messages that are not to be sent any
    more. `as_of` (aware; now unless given) is the time for which eligibility is checked. Each block
    is a transaction that includes the cursor, so that no entry is read twice or left out; after
    about `seconds` no further block is begun, and the rest is left to the next call. Raises
    ValueError for an `as_of` without a time zone.
    """
    at = checked_clock(now() if as_of is None else as_of)
    until = None if seconds is None else time.monotonic() + seconds
    read = 0
    while True:
        number, is_last = tried_again(partial(_read_block, at), tries=TRIES, also=IntegrityError)
        read += number
        if is_last or (until is not None and time.monotonic() >= until):
            break
    start_members(at, until=until)
    with transaction.atomic():
        skip_ended()
    return read


def _read_block(at: datetime) -> tuple[int, bool]:
    """Read one block of the log; return how many entries it has, and whether it was the last."""
    with transaction.atomic():
        cursor = SequenceCursor.objects.select_for_update().filter(pk=1).first()
        if cursor is None:
            # Nothing was ever active.
            return 0, True
        ids = list(
            models.Sequence.objects.filter(segment__isnull=False)
            .order_by()
            .values_list("segment", flat=True)
            .distinct()
        )
        # Taken before the log is read: later changes belong to the next block.
        settled = latest_cursor()
        changes = _changes(cursor, ids) if ids else []
        is_last = len(changes) < BLOCK
        _note_first_refreshes()
        sequences = lock_sequences({change.segment_id for change in changes})
        for batch in _batches(changes):
            _follow(batch, sequences, at)
        last = changes[-1].sequence if changes else cursor.number
        # Changes that became readable after `settled` was taken may have been read, too.
        cursor.number = max(settled, last) if is_last else last
        cursor.save(update_fields=["number"])
    return len(changes), is_last


def _changes(cursor: SequenceCursor, ids: Sequence[int]) -> list[MembershipChange]:
    while True:
        try:
            return changes_since(
                cursor.number, among=Q(segment__in=ids), limit=BLOCK, with_segment=False
            )
        except CursorTooOld:
            # No worker advanced for longer than the log is kept: continue with the rest of the log.
            logger.warning("Sequences missed changes that are not kept any more")
            cursor.number = purged_number()


def _batches(changes: Sequence[MembershipChange]) -> list[list[MembershipChange]]:
    """Split `changes` into batches with at most one change of a customer in a segment each."""
    found: list[list[MembershipChange]] = [[]]
    seen: set[tuple[int, int | None]] = set()
    for change in changes:
        key = (change.segment_id, change.customer_id)
        if key in seen:
            found.append([])
            seen = set()
        seen.add(key)
        found[-1].append(change)
    return found


def _follow(
    batch: Sequence[MembershipChange],
    sequences: dict[tuple[int | None, str], models.Sequence],
    at: datetime,
) -> None:
    """End and start by a batch: who enters leaves the exit's sequence, and the other way round."""
    begins = {ChangeKind.ENTERED.value: Trigger.ENTER, ChangeKind.LEFT.value: Trigger.EXIT}
    ends = {
        ChangeKind.ENTERED.value: (Trigger.EXIT, MessageReason.RE_ENTERED),
        ChangeKind.LEFT.value: (Trigger.ENTER, MessageReason.LEFT),
    }
    for segment_id in sorted({change.segment_id for change in batch}):
        for kind in begins:
            # Changes of erased customers have no customer any more.
            entries = [
                (change, Entry(change.customer_id, change.at, change.sequence))
                for change in batch
                if (change.segment_id, change.kind) == (segment_id, kind)
                and change.customer_id is not None
            ]
            trigger, reason = ends[kind]
            ending = sequences.get((segment_id, trigger))
            if ending is not None and entries:
                end_runs(ending, [entry.customer_id for _change, entry in entries], reason, at)
            starting = sequences.get((segment_id, begins[kind]))
            if starting is not None:
                wanted = [entry for change, entry in entries if _starts(starting, change)]
                start_runs(starting, wanted, at)


def _starts(sequence: models.Sequence, change: MembershipChange) -> bool:
    """Return whether `change` may start `sequence`: after its activation, and of that kind."""
    if not sequence.is_active or sequence.segment is None or not sequence.segment.is_active:
        return False
    if change.sequence <= sequence.active_after:
        return False
    is_first = change.run_id is not None and change.run_id == sequence.silent_run
    if is_first and sequence.silent_since is not None:
        return False
    if sequence.on_definition_change == OnDefinition.START:
        return True
    return not is_first and change.reason != ChangeReason.DEFINITION


def _note_first_refreshes() -> None:
    """Store the first completed refresh of segments that had none when their sequence was
    activated, or since they were turned on again.

    Its entries are in the log by then or come later, so that none of them starts a run before the
    refresh is known.
    """
    waiting = models.Sequence.objects.filter(
        silent_run=None, segment__members_version__isnull=False
    )
    for sequence in waiting.select_for_update(no_key=True, of=("self",)):
        runs = RefreshRun.objects.filter(segment=sequence.segment_id, outcome=RunState.COMPLETED)
        if sequence.silent_since is not None:
            runs = runs.filter(finished_at__gte=sequence.silent_since)
        first = runs.order_by("finished_at", "pk").values_list("pk", flat=True).first()
        if first is not None or sequence.silent_since is None:
            models.Sequence.objects.filter(pk=sequence.pk).update(silent_run=first or 0)
