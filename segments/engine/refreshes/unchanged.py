"""Refreshes many segments whose members are already right, with one query.

The roll-up has a row for each customer. The query computes the results of all segments for a row as
one number with a bit for each segment, and fingerprints the rows with equal numbers
(`engine.members.comparing`). It compares each segment's fingerprint with that of its stored
members, and returns only the segments for which they are equal. Being one statement, it sees one
moment, and it holds no lock while reading: it is only used for segments that follow changes by
themselves, which miss nothing between the reading and the recording.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db import DatabaseError, InterfaceError, connection, transaction

from conditions.errors import InvalidTree
from core.clock import now
from core.database.time_limit import Cancelled, TookTooLong, time_limit
from segments.database.locks import try_lock_members
from segments.engine.members.comparing import MEMBERSHIPS, MIXED, MIXED_AGAIN, is_expected_unchanged
from segments.engine.members.stored_members import NOBODY, SEGMENTS, Counts, Diff, note_sizes
from segments.engine.refreshes.execution import announce_end
from segments.models import RefreshRun, RunState, Segment
from segments.rules.evaluation.judging import BATCH, judged_in_rollup, judging_statement, of_pending
from segments.rules.evaluation.rule import Rule, rule_of

logger = logging.getLogger(__name__)

# The maximum number of segments in one query: each has a bit of a signed 64-bit number.
MOST = 60
# The maximum number of nodes in the trees of one query: each takes milliseconds to compile.
NODES = 150
# The time limit of all queries, because the tick waits for them (seconds).
LONGEST = 20.0


def refresh_unchanged(segments: Sequence[Segment]) -> list[RefreshRun]:
    """Refresh those of `segments` whose members are right, and return their completed runs.

    Left to a run of their own are segments that do not follow changes, have a lane of their own,
    are owed a refresh, have overrides, read more than the roll-up, have an unfinished run, are
    alone in their group, or have wrong members. So are the segments of a query that fails or takes
    too long, and all segments on SQLite or while many customers wait for their roll-up.
    """
    if connection.vendor != "postgresql":
        return []
    waiting = of_pending()[:BATCH].count()
    if waiting == BATCH:
        return []
    deadline = time.monotonic() + LONGEST
    runs: list[RefreshRun] = []
    try:
        for part in _parts(_candidates(segments)):
            if len(part) > 1:
                runs += _refresh(part, deadline, ask_pending=waiting > 0)
    except (DatabaseError, InterfaceError, TookTooLong, Cancelled):
        logger.exception("Segments could not be refreshed by one reading")
    return runs


def _parts(rules: Mapping[Segment, Rule]) -> Iterator[dict[Segment, Rule]]:
    """Yield the groups of segments that one query evaluates."""
    part: dict[Segment, Rule] = {}
    nodes = 0
    for segment, rule in rules.items():
        its = sum(1 for _node in rule.tree.walk())
        if part and (len(part) == MOST or nodes + its > NODES):
            yield part
            part, nodes = {}, 0
        part[segment] = rule
        nodes += its
    if part:
        yield part


def _candidates(segments: Sequence[Segment]) -> dict[Segment, Rule]:
    stored = (
        Segment.objects.kept_current()
        .with_overrides()
        .filter(pk__in=[segment.pk for segment in segments], owed_refreshes=None)
        .exclude(pk__in=Segment.objects.in_own_lane())
        # An unfinished run that was requested or has begun is to be executed.
        .exclude(pk__in=RefreshRun.objects.unfinished().values("segment"))
        .prefetch_related("websites", "customer_groups")
    )
    found = {}
    for segment in stored:
        try:
            rule = rule_of(segment)
        except InvalidTree:
            continue  # A run of its own reports the error.
        # The query would have to look up overrides for every row.
        if is_expected_unchanged(segment) and rule.is_in_rollup and not rule.has_overrides:
            found[segment] = rule
    return found


def _refresh(
    rules: Mapping[Segment, Rule], deadline: float, *, ask_pending: bool
) -> list[RefreshRun]:
    began = now()
    of_id = {segment.pk: rule for segment, rule in rules.items()}
    with transaction.atomic(), time_limit(deadline):
        sizes = _sizes_of_right(of_id, began, ask_pending=ask_pending)
    with transaction.atomic():
        # Skip segments that another transaction is deleting or refreshing, without waiting for it.
        free = try_lock_members(sizes)
        ended = [
            _record_unchanged(segment, sizes[segment.pk], began)
            for segment in rules
            if segment.pk in free
        ]
    return [run for run in ended if run is not None]


def _sizes_of_right(
    rules: Mapping[int, Rule], at: datetime, *, ask_pending: bool
) -> dict[int, int]:
    """Return the number of members of each segment whose stored members are right, by segment id.

    Without `ask_pending`, customers whose roll-up is pending count as members of no segment. Where
    the stored members agree with that, the mark that made the roll-up pending corrects them later.
    """
    everybody, params = judged_in_rollup(rules, as_of=at)
    pending, of_those = NOBODY
    if ask_pending:
        pending, of_those = judging_statement(rules, of_pending(), as_of=at, rolled_up=False)
    bits = ", ".join(f"({int(pk)}::bigint, {1 << place}::bigint)" for place, pk in enumerate(rules))
    marks = ", ".join(["%s"] * len(rules))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH alike AS MATERIALIZED (
                SELECT bits, {MIXED} FROM ({everybody}) AS everybody (customer_id, bits)
                GROUP BY bits
            ),
            wanted AS (
                SELECT segment_id, {MIXED_AGAIN} FROM (
                    SELECT segment_id, size, total, one, other
                    FROM alike
                    JOIN (VALUES {bits}) AS of_segment (segment_id, bit) ON bits & bit <> 0
                    UNION ALL
                    SELECT segment_id, {MIXED}
                    FROM ({pending}) AS pending (segment_id, customer_id) GROUP BY segment_id
                ) AS part GROUP BY segment_id
            ),
            stored AS (
                SELECT segment_id, {MIXED} FROM {MEMBERSHIPS}
                WHERE segment_id IN ({marks}) GROUP BY segment_id
            )
            SELECT segment_id, stored.size FROM wanted JOIN stored USING (segment_id)
            JOIN {SEGMENTS} AS segment ON segment.id = segment_id
            WHERE segment.members_count = stored.size
                AND (wanted.size, wanted.total, wanted.one, wanted.other)
                    = (stored.size, stored.total, stored.one, stored.other)
            """,
            [*params, *of_those, *rules],
        )
        return dict(cursor.fetchall())


def _record_unchanged(segment: Segment, size: int, began: datetime) -> RefreshRun | None:
    """Record a refresh of `segment` as it was read; return None where it has changed since."""
    at = now()
    # An edit, a refresh or a deactivation since then takes precedence.
    as_read = Segment.objects.kept_current().filter(
        pk=segment.pk, version=segment.version, refreshed_at=segment.refreshed_at
    )
    if not as_read.update(refreshed_at=at, as_of=began, failures_count=0):
        return None
    note_sizes({segment.pk: Counts()}, at)
    run = RefreshRun.objects.create(
        segment=segment,
        outcome=RunState.COMPLETED,
        created_at=began,
        started_at=began,
        finished_at=at,
        attempts=1,
        done=size,
        total=size,
        version=segment.version,
        as_of=began,
    )
    transaction.on_commit(partial(announce_end, run.pk, Diff({}, 0, 0)), robust=True)
    return run
