"""Makes the stored members of segments equal to the results of queries, inside the database.

One statement writes the differences into a temporary table, in the order of internal ids, and the
members are updated from there. No id enters Python, and without differences nothing is written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from conditions.nodes.matching_customers import ids_of
from conditions.sql.statement import Statement, statement_of
from customers.models import Customer, DirtyCustomer, DirtyReason
from segments.engine.members.change_log import begin_writing
from segments.engine.members.comparing import (
    compare,
    execute,
    is_expected_unchanged,
    size_if_unchanged,
)
from segments.engine.members.erased_customers import forget_written
from segments.models import (
    ChangeKind,
    ChangeReason,
    Membership,
    MembershipChange,
    RefreshRun,
    RunPhase,
    Segment,
    SegmentSize,
    Stay,
)
from segments.rules.in_conditions.stays import segments_named_in_stays
from segments.signals import announce

CUSTOMERS = Customer._meta.db_table
MEMBERSHIPS = Membership._meta.db_table
CHANGES = MembershipChange._meta.db_table
DIRTY = DirtyCustomer._meta.db_table
SIZES = SegmentSize._meta.db_table
SEGMENTS = Segment._meta.db_table
STAYS = Stay._meta.db_table

# How many rows are written before progress is reported.
BLOCK = 100_000

# Called with the phase, the number of finished rows and the total in the phase.
OnProgress = Callable[[RunPhase, int, int | None], None]


@dataclass(frozen=True)
class Counts:
    """The numbers of customers who entered and left one segment."""

    entered: int = 0
    left: int = 0


@dataclass(frozen=True)
class Diff:
    """The changes by segment id; their sequence numbers are above `after`, up to `last`."""

    counts: Mapping[int, Counts]
    after: int
    last: int

    def counts_of(self, segment: Segment) -> Counts:
        """Return the numbers of customers who entered and left `segment`."""
        return self.counts.get(segment.pk, Counts())


def no_progress(phase: RunPhase, done: int, total: int | None) -> None:
    """Ignore the progress."""


# A statement that selects (segment id, customer id): the members that segments should have.
NOBODY: Statement = ("SELECT 0, 0 WHERE 1 = 0", ())


def wanted_by(owner_id: int, members: QuerySet[Customer]) -> Statement:
    """Return a statement that selects (`owner_id`, id) for `members`: a segment's, or a run's."""
    try:
        sql, params = statement_of(ids_of(members))
    except EmptyResultSet:  # The query has no results, whatever the rows.
        return NOBODY
    return f"SELECT {int(owner_id)}, found.id FROM ({sql}) found", params


def apply_diff(
    segments: Sequence[Segment],
    wanted: Statement,
    *,
    at: datetime,
    run: RefreshRun | None = None,
    reason: ChangeReason = ChangeReason.REFRESH,
    only_batch: bool = False,
    has_batch: bool = False,
    progress: OnProgress = no_progress,
) -> Diff:
    """Store the wanted members, log who entered and left at `at`, and update the sizes.

    Call it in a transaction that holds `lock_members` of all `segments`. With `has_batch`, there is
    a batch (`segments.engine.batch`) whose customers are logged with the batch's reasons; with
    `only_batch`, only the customers of the batch are compared.
    """
    ids = sorted(segment.pk for segment in segments)
    if not ids:
        return Diff({}, 0, 0)
    progress(RunPhase.COMPARING, 0, None)
    if not only_batch and len(segments) == 1 and is_expected_unchanged(segments[0]):
        size = size_if_unchanged(ids[0], wanted)
        if size is not None:
            execute(f"UPDATE {SEGMENTS} SET members_count = %s WHERE id = %s", [size, *ids])
            note_sizes({ids[0]: Counts()}, at)
            return Diff({}, 0, 0)
    changed = compare(ids, wanted, only_batch)
    after = begin_writing() if changed else 0
    if changed:
        followed = sorted(segments_named_in_stays(ids))
        _write(at, reason, has_batch or only_batch, run, progress, changed, followed)
        forget_written(after)
    counts = _counts()
    if only_batch:
        _add_to_sizes(counts)
        note_sizes(counts, at)
    else:
        _set_sizes(ids)
        note_sizes(dict.fromkeys(ids, Counts()) | counts, at)
    execute("DROP TABLE segment_changed")
    return Diff(counts, after, _last_sequence(after) if changed else 0)


def announce_diff(segments: Sequence[Segment], diff: Diff) -> None:
    """Send the signals for the customers who entered and left, when the transaction commits."""
    transaction.on_commit(partial(_announce, segments, diff), robust=True)


def _announce(segments: Sequence[Segment], diff: Diff) -> None:
    for segment in segments:
        if segment.pk in diff.counts:
            announce(segment, None, after=diff.after, last=diff.last)


def _write(
    at: datetime,
    reason: ChangeReason,
    has_batch: bool,
    run: RefreshRun | None,
    progress: OnProgress,
    total: int,
    followed: Sequence[int],
) -> None:
    """Write the differences in blocks; mark customers who entered or left `followed` segments."""
    values = {
        "at": connection.ops.adapt_datetimefield_value(at),
        "run": run.pk if run else None,
        "reason": reason.value,
        "noted": (DirtyReason.EVENT if reason is ChangeReason.REFRESH else reason).value,
    }
    logged, batch = "%(reason)s", ""
    number = f"(SELECT MAX(d.external_id) FROM {DIRTY} d WHERE d.customer_id = t.customer_id)"
    if has_batch:
        logged, number = f"COALESCE(b.reason, {logged})", f"b.external_id, {number}"
        batch = "LEFT JOIN segment_batch b ON b.customer_id = t.customer_id"
    done = 0
    progress(RunPhase.WRITING, done, total)
    for block in _blocks(total):
        row = {**values, **block}
        # The log first, so that sequence numbers follow the order of segments and customers.
        execute(
            f"""
            INSERT INTO {CHANGES}
                (segment_id, customer_id, customer_external_id, kind, reason, at, run_id)
            SELECT t.segment_id, t.customer_id, COALESCE(
                c.external_id,
                {number},
                (SELECT h.customer_external_id FROM {CHANGES} h
                 WHERE h.customer_id = t.customer_id ORDER BY h.sequence DESC LIMIT 1)
            ), t.kind, {logged}, %(at)s, %(run)s
            FROM segment_changed t LEFT JOIN {CUSTOMERS} c ON c.id = t.customer_id {batch}
            WHERE {_IN_BLOCK}
            ORDER BY t.segment_id, t.customer_id
            """,
            row,
        )
        execute(
            f"""
            DELETE FROM {MEMBERSHIPS} WHERE (segment_id, customer_id) IN (
                SELECT t.segment_id, t.customer_id FROM segment_changed t
                WHERE {_IN_BLOCK} AND t.kind = '{ChangeKind.LEFT}'
            )
            """,
            row,
        )
        execute(
            f"""
            INSERT INTO {MEMBERSHIPS} (segment_id, customer_id, entered_at)
            SELECT t.segment_id, t.customer_id, %(at)s FROM segment_changed t
            WHERE {_IN_BLOCK} AND t.kind = '{ChangeKind.ENTERED}'
            ORDER BY t.segment_id, t.customer_id
            """,
            row,
        )
        if followed:
            _mark_stays(followed, row, batch)
        done = min(done + BLOCK, total)
        progress(RunPhase.WRITING, done, total)


def _mark_stays(followed: Sequence[int], row: Mapping[str, Any], batch: str) -> None:
    """Mark the customers of a block for the segments that refer to stays in the `followed` ones.

    Customers of a batch keep the batch's reason.
    """
    reason = "COALESCE(b.reason, %(noted)s)" if batch else "%(noted)s"
    ids = ", ".join(map(str, followed))
    execute(
        f"""
        INSERT INTO {DIRTY} (customer_id, source_table, reason, is_rolled_up, at)
        SELECT DISTINCT t.customer_id, %(stays)s, {reason}, %(yes)s, %(at)s
        FROM segment_changed t JOIN {CUSTOMERS} c ON c.id = t.customer_id {batch}
        WHERE {_IN_BLOCK} AND t.segment_id IN ({ids})
        """,
        {**row, "stays": STAYS, "yes": True},
    )


_IN_BLOCK = (
    "(t.segment_id, t.customer_id) > (%(segment)s, %(customer)s) AND "
    "(t.segment_id, t.customer_id) <= (%(last_segment)s, %(last_customer)s)"
)


def _blocks(total: int) -> Iterator[dict[str, int]]:
    """Yield the bounds of blocks of at most `BLOCK` changes, in their order."""
    segment = customer = 0
    for start in range(0, total, BLOCK):
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT t.segment_id, t.customer_id FROM segment_changed t
                WHERE (t.segment_id, t.customer_id) > (%s, %s)
                ORDER BY t.segment_id, t.customer_id LIMIT 1 OFFSET %s
                """,
                [segment, customer, min(BLOCK, total - start) - 1],
            )
            last_segment, last_customer = cursor.fetchone()
        yield {
            "segment": segment,
            "customer": customer,
            "last_segment": last_segment,
            "last_customer": last_customer,
        }
        segment, customer = last_segment, last_customer


def _counts() -> dict[int, Counts]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT segment_id, "
            f"SUM(CASE WHEN kind = '{ChangeKind.ENTERED}' THEN 1 ELSE 0 END), "
            f"SUM(CASE WHEN kind = '{ChangeKind.LEFT}' THEN 1 ELSE 0 END) "
            "FROM segment_changed GROUP BY segment_id"
        )
        return {pk: Counts(int(entered), int(left)) for pk, entered, left in cursor.fetchall()}


def _add_to_sizes(counts: Mapping[int, Counts]) -> None:
    for segment_id, count in sorted(counts.items()):
        execute(
            f"UPDATE {SEGMENTS} SET members_count = members_count + %s WHERE id = %s",
            [count.entered - count.left, segment_id],
        )


def _set_sizes(ids: Sequence[int]) -> None:
    for segment_id in ids:
        execute(
            f"UPDATE {SEGMENTS} SET members_count = "
            f"(SELECT COUNT(*) FROM {MEMBERSHIPS} WHERE segment_id = %s) WHERE id = %s",
            [segment_id, segment_id],
        )


def note_sizes(counts: Mapping[int, Counts], at: datetime) -> None:
    """Store each segment's current size and add `counts`, for the shop's day of `at`."""
    day = at.astimezone(ZoneInfo(settings.DEFAULT_TIME_ZONE)).date()
    for segment_id, count in counts.items():
        execute(
            f"""
            INSERT INTO {SIZES} (segment_id, day, members_count, entered, "left")
            SELECT id, %s, members_count, %s, %s FROM {SEGMENTS} WHERE id = %s
            ON CONFLICT (segment_id, day) DO UPDATE SET
                members_count = EXCLUDED.members_count,
                entered = {SIZES}.entered + EXCLUDED.entered,
                "left" = {SIZES}."left" + EXCLUDED."left"
            """,
            [connection.ops.adapt_datefield_value(day), count.entered, count.left, segment_id],
        )


def _last_sequence(after: int) -> int:
    newest = MembershipChange.objects.filter(sequence__gt=after).order_by("-sequence")
    return newest.values_list("sequence", flat=True).first() or after
