"""The lane of segments that are updated one by one, with a rest after each turn.

Some of these segments are costly. Others compare customers with each other: a change of one
customer may change the membership of all others, so all members are evaluated again.
`changed_customers` marks changed customers for these segments separately, as
passing time always does. This module updates one segment in one transaction at a time, so that no
other segment waits for it and none takes more than a part of one processor. Marks accumulate during
a segment's rest: many marks of one customer, and for a segment that compares customers the marks of
many customers, cost one evaluation.
"""

import time

from celery import current_app
from django.db import transaction

from core.clock import now
from segments.database.locks import try_lock_costly, try_lock_members
from segments.engine.batch import batch_of
from segments.engine.live_changes.changed_customers import bring_up_to_date, find_by_index
from segments.engine.marks import BY_WEIGHT, due_marks, is_flood, take
from segments.engine.members.stored_members import announce_diff
from segments.engine.refreshes.runs import leave_to_refresh
from segments.engine.refreshes.shards import segments_in_shards
from segments.models import Segment
from segments.rules.evaluation.cost import rest_of

# More than in the common lane, because most of the cost does not depend on the number of customers.
BATCH = 5_000
# A worker that has worked for so long (seconds) leaves the rest to the next message.
LONGEST = 20.0


def wake_costly() -> None:
    """Send a worker the message to update the segments of the lane, if any is due."""
    if _whose_turn():
        # The next tick sends another message, so an old one is of no use.
        current_app.send_task("segments.process_costly", args=[], expires=5)


def process_costly() -> int:
    """Update the segments that are due, and return the number of customers processed.

    Does nothing while another worker holds the lane's lock.
    """
    deadline = time.monotonic() + LONGEST
    done = 0
    for segment in _whose_turn():
        if time.monotonic() >= deadline:
            break
        done += _process(segment)
    return done


def _whose_turn() -> list[Segment]:
    """Return the segments of the lane that have rested and have marks, the longest rest first."""
    at = now()
    return [
        segment
        for segment in Segment.objects.automatic().in_own_lane().order_by("worked_in_at", "pk")
        if (
            segment.worked_in_at is None
            or segment.worked_in_at > at
            or segment.worked_in_at + rest_of(segment.batch_seconds or 0.0) <= at
        )
        and due_marks().filter(segment_id=segment.pk).exists()
    ]


def _process(chosen: Segment) -> int:
    """Process one batch of marks of the segment, or queue a refresh where there are too many."""
    with transaction.atomic():
        if not try_lock_costly():
            return 0
        find_by_index()
        due = due_marks().filter(segment_id=chosen.pk)
        living = due.filter(external_id=None)
        if is_flood(living):
            count: int = living._raw_delete(living.db)
            leave_to_refresh([chosen])
            return count
        if not try_lock_members({chosen.pk}.difference(segments_in_shards())):
            return 0  # A refresh is running, which may have read the data before the change.
        marks = take(due, customers=BATCH)
        if not marks.reasons:
            return 0
        kept = Segment.objects.kept_current().filter(pk=chosen.pk).with_overrides()
        segments = list(kept.prefetch_related("websites", "customer_groups"))
        if segments:
            with batch_of(marks.reasons, marks.deleted) as ids:
                everybody = None
                if segments[0].compares_customers:
                    everybody = min(marks.reasons.values(), key=BY_WEIGHT.index)
                diff = bring_up_to_date(segments, ids, now(), rolled_up=False, everybody=everybody)
            announce_diff(segments, diff)
        Segment.objects.filter(pk=chosen.pk).update(worked_in_at=now())
    return len(marks.reasons)
