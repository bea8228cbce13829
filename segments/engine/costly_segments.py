"""The lane of segments that are asked one by one, with a rest after each turn.

Some are costly. Others compare customers with each other: one customer's change may turn the answer
for all others, so that the members are compared as a whole. `segments.engine.changed_customers`
marks changed customers for these segments alone, and passing time does so anyway. They are taken
here, one segment and one transaction at a time, so that no other segment waits, and none takes more
than a part of one processor. While it rests, changes gather: many of one customer are one question,
and where all are compared those of many customers.
"""

import time

from celery import current_app
from django.db import transaction

from core.clock import now
from segments.database.locks import try_lock_costly, try_lock_members
from segments.engine.batch import batch_of
from segments.engine.changed_customers import bring_up_to_date, find_by_index
from segments.engine.marks import BY_WEIGHT, due_marks, is_flood, take
from segments.engine.runs import leave_to_refresh
from segments.engine.shards import segments_in_shards
from segments.engine.stored_members import announce_diff
from segments.models import Segment
from segments.rules.cost import rest_of

# More than in the others' lane, since most of the cost is the same for one customer and for many.
BATCH = 5_000
# Whoever has worked for so long (seconds) leaves the rest to the next message.
LONGEST = 20.0


def wake_costly() -> None:
    """Send a worker the message that segments of the lane are to be worked in, where any are."""
    if _whose_turn():
        # Another one is sent by the next tick: nobody needs an old one.
        current_app.send_task("segments.process_costly", args=[], expires=5)


def process_costly() -> int:
    """Work changes into the segments whose turn it is; return how many customers that were.

    Does nothing where somebody else is at it.
    """
    deadline = time.monotonic() + LONGEST
    done = 0
    for segment in _whose_turn():
        if time.monotonic() >= deadline:
            break
        done += _process(segment)
    return done


def _whose_turn() -> list[Segment]:
    """Return the segments of the lane that have rested and have changes, the longest rest first."""
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
    """Work in one batch of changes, or have the segment refreshed where they are too many."""
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
            return 0  # A refresh is at work: it may have read the data before they changed.
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
