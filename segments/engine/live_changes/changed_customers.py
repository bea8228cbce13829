"""Updates the memberships of changed customers in all segments, in batches of some hundreds.

The queue of dirty customers contains customers whose data has changed, marked by triggers
(`customers.changes`), and customers affected by passing time, marked by the sweep of
`passing_time`. One batch is one transaction: it takes its marks off the queue,
corrects the roll-ups of its customers, evaluates all segments that are kept current for them, and
writes and logs the differences. So the marks disappear exactly when the memberships are right, and
many marks of one customer cost one evaluation. Two kinds of segments are skipped: those that read
no column that has changed (`affected_segments`), and those that are costly or compare customers
with each other. For the latter, the customers are marked separately, and
`segments.engine.live_changes.costly_segments` evaluates them in a lane of their own.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet

from conditions.errors import InvalidTree
from conditions.upkeep import rollup
from core.clock import now
from customers.changes.hooks import WHEN_PROCESSED
from customers.models import DirtyCustomer, DirtyReason
from customers.refolding import refold_unchecked
from customers.signals import changes_processed
from segments.database.locks import try_lock_incremental, try_lock_members
from segments.engine.batch import batch_of
from segments.engine.live_changes.affected_segments import concerned_by
from segments.engine.live_changes.batch_trace import BatchTrace, traced_batch
from segments.engine.marks import LATER, Marks, due_marks, few_of, is_flood, mark_for, take
from segments.engine.measuring import measure_again
from segments.engine.members.stored_members import Diff, announce_diff, apply_diff, wanted_by
from segments.engine.refreshes.runs import leave_to_refresh
from segments.engine.refreshes.shards import segments_in_shards
from segments.engine.since_snapshot import note_changed
from segments.models import ChangeReason, Segment
from segments.rules.evaluation.cost import EXPECTED
from segments.rules.evaluation.judging import BATCH, judging_statement
from segments.rules.evaluation.rule import members_of, rule_of

logger = logging.getLogger(__name__)

# The number of segments that one statement evaluates.
AT_ONCE = 50


def process_changes(*, batches: int = 1_000) -> int:
    """Process changed customers until the queue is empty, and return how many there were.

    Stops after `batches` batches. Does nothing while another worker processes changes.
    """
    done = 0
    for _number in range(batches):
        count = process_batch()
        done += count
        if not count:
            break
    if done:
        tell_others()
    return done


def tell_others() -> None:
    """Send `changes_processed`, so that other apps do their own work for the changed customers.

    The memberships are right by then. Call it outside of a transaction.
    """
    changes_processed.send_robust(DirtyCustomer)


def process_batch() -> int:
    """Process one batch of at most `BATCH` changed customers, and return how many it had."""
    refold_unchecked()  # The customers that it corrects are marked, too.
    with transaction.atomic():
        if not try_lock_incremental():
            return 0
        find_by_index()
        own_lane = Segment.objects.automatic().in_own_lane()
        others = dict(own_lane.values_list("pk", "compares_customers"))
        due = due_marks().exclude(segment_id__in=others)
        if _is_flooded(due):
            return _refresh_everything()
        began = now()
        marks = take(due, customers=BATCH)
        if not marks.reasons:
            return 0
        with traced_batch(marks.reasons, began) as trace:
            slow = _bring_up_to_date(marks, others, trace)
    measure_again(slow)
    return len(marks.reasons)


def _bring_up_to_date(marks: Marks, others: Mapping[int, bool], trace: BatchTrace) -> list[Segment]:
    """Update the memberships of the customers of `marks`; return the segments that were slow.

    `others` maps the ids of the segments in a lane of their own to whether they compare customers.
    """
    rollup.update(marks.changed_ids, changed=marks.changed)
    concerned = concerned_by(marks)
    apart = concerned & others.keys()
    comparing = {pk for pk in apart if others[pk]}
    mark_for(comparing, few_of(marks))
    mark_for(apart - comparing, marks)
    _tell_processed(marks)
    segments = _locked_segments(concerned - apart, marks)
    slow: list[Segment] = []
    at = trace.judged_at = now()
    with batch_of(marks.reasons, marks.deleted) as ids:
        parts = [segments[n : n + AT_ONCE] for n in range(0, len(segments), AT_ONCE)]
        diffs = []
        for part in parts:
            started = time.monotonic()
            diffs.append(bring_up_to_date(part, ids, at))
            if time.monotonic() - started > EXPECTED:
                slow += part
    diff = _together(diffs)
    announce_diff(segments, diff)
    return slow


def _tell_processed(marks: Marks) -> None:
    """Call the hooks of other apps with the changed customers who still exist."""
    keys = [
        key
        for key in marks.everywhere
        if key not in marks.gone and marks.reasons[key] == ChangeReason.EVENT
    ]
    if keys:
        for hook in WHEN_PROCESSED:
            hook(customers=keys, changed=marks.changed)


def find_by_index() -> None:
    """Make PostgreSQL use indexes for a batch's few rows: by default it prefers full scans."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL random_page_cost = 1.1")


def _is_flooded(marks: QuerySet[DirtyCustomer]) -> bool:
    """Return whether all customers may be affected, or so many that a refresh is cheaper."""
    if DirtyCustomer.objects.filter(customer_id=None).exists():
        return True
    return is_flood(marks.filter(external_id=None))


def _refresh_everything() -> int:
    """Take all marks off the queue and queue a refresh of every automatic segment.

    The marks of deleted customers stay, because the change log needs the customer numbers in them.
    """
    marks = DirtyCustomer.objects.filter(external_id=None)
    last = marks.order_by("-pk").values_list("pk", flat=True).first()
    marks = marks.filter(pk__lte=last)
    are_data = marks.filter(segment_id=None, reason=DirtyReason.EVENT).exists()
    fresh = marks.filter(Q(customer_id=None) | Q(is_rolled_up=True) | ~Q(segment_id=None))
    count = fresh._raw_delete(fresh.db)
    changed = marks._raw_delete(marks.db)
    note_changed([None])
    # After the marks are deleted, so that the statements below see every change that was marked.
    if changed:
        rollup.build()
    if are_data:
        for hook in WHEN_PROCESSED:
            hook(customers=None, changed=None)
    leave_to_refresh(Segment.objects.automatic())
    return count + changed


def _locked_segments(ids: set[int], marks: Marks) -> list[Segment]:
    """Return those of the segments `ids` to evaluate, locked until the transaction ends.

    Where a refresh holds a segment's lock, the customers are marked for that segment again, because
    the refresh may have read their data before the change. This includes segments that are not kept
    current yet: the refresh may make them so.
    """
    locked = try_lock_members(ids.difference(segments_in_shards()))
    mark_for(ids - locked, marks, at=now() + LATER)
    # Read only now that no refresh can change them.
    kept = Segment.objects.kept_current().filter(pk__in=locked).with_overrides()
    segments = list(kept.prefetch_related("websites", "customer_groups"))
    # A refresh that has ended since may have made a segment one that compares customers.
    comparing = {segment.pk for segment in segments if segment.compares_customers}
    mark_for(comparing, marks, at=now())
    return [segment for segment in segments if segment.pk not in comparing]


def bring_up_to_date(
    segments: Sequence[Segment],
    ids: QuerySet[Any],
    at: datetime,
    *,
    rolled_up: bool = True,
    everybody: ChangeReason | None = None,
) -> Diff:
    """Write the differences for the batch; queue a refresh of each segment that fails.

    `rolled_up`: the roll-ups of the batch's customers are up to date. `everybody`: evaluate all
    customers, for one segment; changes of customers outside the batch are logged with that reason.
    Raises InvalidTree or DatabaseError where the connection itself is not usable any more.
    """
    try:
        with transaction.atomic():
            if everybody is not None:
                return _diff_of_everybody(segments, everybody, at)
            return _diff(segments, ids, at, rolled_up)
    except (InvalidTree, DatabaseError):
        if not connection.is_usable():  # Not the fault of a segment; the next tick tries again.
            raise
        if len(segments) == 1:
            logger.exception("Segment %s cannot be kept current", segments[0].code)
            # The run records the error, retries, and finally quarantines the segment.
            leave_to_refresh(segments)
            return Diff({}, 0, 0)
    half = len(segments) // 2
    return _together(
        [
            bring_up_to_date(part, ids, at, rolled_up=rolled_up)
            for part in (segments[:half], segments[half:])
        ]
    )


def _diff(segments: Sequence[Segment], ids: QuerySet[Any], at: datetime, rolled_up: bool) -> Diff:
    rules = {segment.pk: rule_of(segment) for segment in segments}
    # A sum beyond 64 bits does not fit into a roll-up: read the rows, so that the query fails.
    rolled_up = rolled_up and not rollup.has_incomplete(ids)
    wanted = judging_statement(rules, ids, as_of=at, rolled_up=rolled_up)
    return apply_diff(segments, wanted, at=at, only_batch=True)


def _diff_of_everybody(segments: Sequence[Segment], reason: ChangeReason, at: datetime) -> Diff:
    (segment,) = segments
    wanted = wanted_by(segment.pk, members_of(segment, as_of=at))
    return apply_diff(segments, wanted, at=at, reason=reason, has_batch=True)


def _together(diffs: Sequence[Diff]) -> Diff:
    return Diff(
        {pk: counts for diff in diffs for pk, counts in diff.counts.items()},
        min((diff.after for diff in diffs if diff.counts), default=0),
        max((diff.last for diff in diffs), default=0),
    )
