"""Brings changed customers up to date in all segments, some hundreds of them at a time.

Triggers note in the queue of dirty customers whose data has changed (`customers.changes`), the
sweep of `segments.passing_time` for whom time has changed something. One batch is one transaction:
its marks are taken off the queue, the roll-ups of its customers are put right, all segments that
are kept current are asked about them, and the differences are written and logged. So the
marks are gone exactly when the memberships are right; many marks of one customer are one question.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet

from conditions import rollup
from conditions.errors import InvalidTree
from customers.clock import now
from customers.models import Customer, CustomerRollup, DirtyCustomer, DirtyReason
from customers.refolding import refold_unchecked
from segments.batch import batch_of, judged
from segments.definition import rule_of
from segments.diff import Diff, apply_diff
from segments.locks import try_lock_incremental, try_lock_members
from segments.models import ChangeReason, Segment
from segments.runs import SegmentInactive, request_refresh
from segments.shards import segments_in_shards
from segments.signals import announce

logger = logging.getLogger(__name__)

BATCH = 1_000
# So many segments are asked about in one statement.
AT_ONCE = 50
# More customers than these and than a fifth of all are cheaper to bring up to date by refreshing
# the segments as a whole.
FLOOD = 10_000
# When a segment that a refresh holds is tried again.
LATER = timedelta(seconds=1)

DIRTY = DirtyCustomer._meta.db_table


@dataclass(frozen=True)
class Marks:
    """What was taken off the queue: whom to look at and why, and in which segments (None: all)."""

    reasons: Mapping[int, ChangeReason]
    segment_ids: Collection[int] | None
    # Whose data has changed, so that their roll-ups must be put right too.
    changed_ids: Sequence[int]
    # The numbers of those who are deleted.
    deleted: Mapping[int, str]


def process_changes(*, batches: int = 1_000) -> int:
    """Bring changed customers up to date until none is left, and return how many that were.

    Stops after `batches` batches. Does nothing where somebody else is at it.
    """
    done = 0
    for _number in range(batches):
        count = process_batch()
        done += count
        if not count:
            break
    return done


def process_batch() -> int:
    """Bring one batch of at most `BATCH` changed customers up to date; return how many."""
    refold_unchecked()  # What it corrects is marked, too.
    with transaction.atomic():
        if not try_lock_incremental():
            return 0
        _find_by_index()
        if _is_flooded():
            return _refresh_everything()
        marks = _take_marks()
        if not marks.reasons:
            return 0
        rollup.update(marks.changed_ids)
        segments = _locked_segments(marks)
        at = now()
        with batch_of(marks.reasons, marks.deleted) as ids:
            parts = [segments[n : n + AT_ONCE] for n in range(0, len(segments), AT_ONCE)]
            diff = _together([_bring_up_to_date(part, ids, at) for part in parts])
        transaction.on_commit(partial(_announce, segments, diff), robust=True)
    return len(marks.reasons)


def _find_by_index() -> None:
    """Let PostgreSQL find a batch's few rows by index; it thinks reading all of a table cheaper."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL random_page_cost = 1.1")


def _is_flooded() -> bool:
    """Return whether everybody may be concerned, or so many that it comes to the same."""
    if DirtyCustomer.objects.filter(customer_id=None).exists():
        return True
    marks = DirtyCustomer.objects.filter(external_id=None)
    if not marks.order_by("pk")[FLOOD : FLOOD + 1].exists():
        return False
    dirty = marks.values("customer_id").distinct().count()
    return dirty > max(FLOOD, Customer.objects.count() // 5)


def _refresh_everything() -> int:
    """Take all marks off the queue and queue a refresh of every automatic segment.

    The marks of deleted customers stay: they know the number by which the change log names them.
    """
    marks = DirtyCustomer.objects.filter(external_id=None)
    last = marks.order_by("-pk").values_list("pk", flat=True).first()
    marks = marks.filter(pk__lte=last)
    fresh = marks.filter(Q(customer_id=None) | Q(is_rolled_up=True) | ~Q(segment_id=None))
    count = fresh._raw_delete(fresh.db)
    changed = marks._raw_delete(marks.db)
    # Only now: what the marks are about is seen by all that follows.
    if changed:
        rollup.build()
    for segment in Segment.objects.automatic().filter(quarantined_at=None):
        _request(segment)
    return count + changed


def _take_marks() -> Marks:
    chosen = _chosen_customers()
    if not chosen:
        return Marks({}, None, [], {})
    locking = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    held = ", ".join(["%s"] * len(chosen))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            DELETE FROM {DIRTY} WHERE id IN (
                SELECT id FROM {DIRTY} WHERE customer_id IN ({held}) {locking}
            )
            RETURNING customer_id, segment_id, reason, external_id, is_rolled_up
            """,
            chosen,
        )
        taken = cursor.fetchall()
    reasons: dict[int, ChangeReason] = {}
    for customer, _segment, reason, *_ in taken:
        # An event outweighs passing time where both were noted.
        if reason == DirtyReason.EVENT or customer not in reasons:
            reasons[customer] = ChangeReason(reason)
    segment_ids = {segment for _customer, segment, *_ in taken}
    changed = {one for one, segment, *_, rolled_up in taken if segment is None and not rolled_up}
    deleted = {one: external_id for one, *_, external_id, _rolled_up in taken if external_id}
    return Marks(reasons, None if None in segment_ids else segment_ids, sorted(changed), deleted)


def _chosen_customers() -> list[int]:
    """Return the customers who have waited longest; they are many in few rows, or few in many."""
    due = DirtyCustomer.objects.filter(Q(segment_id=None) | Q(at__lte=now()))
    oldest = due.order_by("pk").values_list("customer_id", flat=True)[: 20 * BATCH]
    return list(dict.fromkeys(pk for pk in oldest if pk is not None))[:BATCH]


def _locked_segments(marks: Marks) -> list[Segment]:
    """Return the segments to ask, each with its lock held to the end of the transaction.

    Where a refresh is at work just now, the customers are marked for that segment again: it may
    have read their data before it changed. That holds for segments that are not kept current, too:
    by what the refresh writes they may be.
    """
    concerned = Segment.objects.filter(is_active=True)
    if marks.segment_ids is not None:
        concerned = concerned.filter(pk__in=marks.segment_ids)
    ids = set(concerned.values_list("pk", flat=True))
    locked = try_lock_members(ids.difference(segments_in_shards()))
    for pk in sorted(ids - locked):
        _mark_again(pk, marks)
    # Read only now that no refresh can change them.
    kept = Segment.objects.kept_current().filter(pk__in=locked).with_overrides()
    return list(kept.prefetch_related("websites", "customer_groups"))


def _mark_again(segment_id: int, marks: Marks) -> None:
    at = now() + LATER
    DirtyCustomer.objects.bulk_create(
        DirtyCustomer(
            customer_id=pk,
            segment_id=segment_id,
            reason=DirtyReason(reason),
            external_id=marks.deleted.get(pk),
            at=at,
        )
        for pk, reason in marks.reasons.items()
    )


def _bring_up_to_date(segments: Sequence[Segment], ids: QuerySet[Any], at: datetime) -> Diff:
    """Write what differs for the batch; a segment that cannot be asked is refreshed by a run."""
    try:
        with transaction.atomic():
            return _diff(segments, ids, at)
    except (InvalidTree, DatabaseError):
        if not connection.is_usable():  # That is no segment's fault: the next tick goes on.
            raise
        if len(segments) == 1:
            logger.exception("Segment %s cannot be kept current", segments[0].code)
            # Its run says what is wrong, tries again, and leaves it alone in the end.
            _request(segments[0])
            return Diff({}, 0, 0)
    half = len(segments) // 2
    return _together(
        [_bring_up_to_date(part, ids, at) for part in (segments[:half], segments[half:])]
    )


def _diff(segments: Sequence[Segment], ids: QuerySet[Any], at: datetime) -> Diff:
    rules = {segment.pk: rule_of(segment) for segment in segments}
    # What a roll-up cannot hold (a sum beyond 64 bits) is asked of the rows, and fails as it must.
    incomplete = CustomerRollup.objects.filter(customer__in=ids, complete=False)
    wanted = judged(rules, ids, as_of=at, rolled_up=not incomplete.exists())
    return apply_diff(segments, wanted, at=at, only_batch=True)


def _together(diffs: Sequence[Diff]) -> Diff:
    return Diff(
        {pk: counts for diff in diffs for pk, counts in diff.counts.items()},
        min((diff.after for diff in diffs if diff.counts), default=0),
        max((diff.last for diff in diffs), default=0),
    )


def _request(segment: Segment) -> None:
    try:
        request_refresh(segment, after_change=True)
    except (SegmentInactive, Segment.DoesNotExist):
        logger.info("Segment %s is not refreshed: it is inactive or gone", segment.code)


def _announce(segments: Sequence[Segment], diff: Diff) -> None:
    for segment in segments:
        if segment.pk in diff.counts:
            announce(segment, None, after=diff.after, last=diff.last)
