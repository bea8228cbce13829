"""Full refreshes of 20 segments: from empty, with nothing changed, and as at night."""

import resource
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction

from benchmarks.chaos import condition
from benchmarks.made import made, make, settle
from benchmarks.measure import Goal, Kind, Options, Row, in_turn, milliseconds
from conditions.sql.statement import Statement, statement_of
from core.clock import now
from segments.editing.deletion import delete_segments
from segments.engine.refreshes.unchanged import refresh_unchanged
from segments.models import Membership, Segment
from segments.refresh import refresh_segment
from segments.rules.evaluation.rule import members_of

SEGMENTS = 20
# The size of a batch in the loop of batches for comparison, and the number of timed batches.
BATCH, BATCHES = 300, 2


def rows(options: Options) -> list[Row]:
    settle()
    rounds = max(1, options.rounds // 2)
    return [*from_empty(rounds), *measure_unchanged(rounds), memory()]


def from_empty(rounds: int) -> list[Row]:
    """Measure all segments from empty, against hand-written SQL, and against batches."""
    ours, by_hand, by_loop = [], [], []
    for _round in range(rounds):
        segments = [make(index, condition(index)) for index in range(SEGMENTS)]
        try:
            ours.append(milliseconds(lambda made=segments: refresh_all(made)))
            wanted = [wanted_by(segment) for segment in segments]
            sizes = [Membership.objects.filter(segment=segment).count() for segment in segments]
        finally:
            delete_segments(segments)
        by_hand.append(milliseconds(lambda found=wanted: diffs_by_hand(found)))
        by_loop.append(
            sum(loop(statement, size) for statement, size in zip(wanted, sizes, strict=True))
        )
    what, more = f"{SEGMENTS} segments from empty", {"members": sum(sizes)}
    times, faster = Goal(Kind.TIMES, 1.3), Goal(Kind.FASTER, 100)
    loops = f"batches of {BATCH}, at least"
    return [
        Row("refresh", what, ours, "by hand", by_hand, (times,), grows=True, more=more),
        Row("refresh", what, ours, loops, by_loop, (faster,), more=more),
    ]


def refresh_all(segments: Sequence[Segment]) -> None:
    for segment in segments:
        refresh_segment(segment)


def refresh_at_night(segments: Sequence[Segment]) -> None:
    """Refresh together what one reading finds to be right, and the others one by one."""
    right = {run.segment_id for run in refresh_unchanged(segments)}
    refresh_all([segment for segment in segments if segment.pk not in right])


def wanted_by(segment: Segment) -> Statement:
    return statement_of(members_of(segment, as_of=now()).order_by().values("id"))


def diffs_by_hand(wanted: Sequence[Statement]) -> None:
    """Write the same members and changes by hand-written statements; roll back at the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        for index, (sql, params) in enumerate(wanted, 1):
            cursor.execute(f"CREATE TEMPORARY TABLE wanted_{index} AS {sql}", params)
            values = {"at": now(), "segment": -index}
            cursor.execute(
                "INSERT INTO segments_membershipchange "
                "(segment_id, customer_id, customer_external_id, kind, reason, at) "
                "SELECT %(segment)s, c.id, c.external_id, 'entered', 'refresh', %(at)s "
                f"FROM wanted_{index} w JOIN customers_customer c ON c.id = w.id "
                "WHERE NOT EXISTS (SELECT 1 FROM segments_membership m "
                "WHERE m.segment_id = %(segment)s AND m.customer_id = c.id) ORDER BY c.id",
                values,
            )
            cursor.execute(
                "INSERT INTO segments_membership (segment_id, customer_id, entered_at) "
                f"SELECT %(segment)s, id, %(at)s FROM wanted_{index} ON CONFLICT DO NOTHING",
                values,
            )
        transaction.set_rollback(True)


def loop(wanted: Statement, size: int) -> float:
    """Return the milliseconds of batches selected by NOT IN, as in Mautic, for a segment of that
    size.

    Only some batches are timed. The others are assumed to take as long, although they take longer.
    Rolled back at the end.
    """
    sql, params = wanted
    batch = (
        "INSERT INTO segments_membership (segment_id, customer_id, entered_at) "
        f"SELECT -1, w.id, now() FROM ({sql}) w WHERE w.id NOT IN "
        f"(SELECT customer_id FROM segments_membership WHERE segment_id = -1) LIMIT {BATCH}"
    )

    def batches() -> None:
        with connection.cursor() as cursor:
            for _batch in range(BATCHES):
                cursor.execute(batch, params)

    with transaction.atomic():
        taken = milliseconds(batches)
        transaction.set_rollback(True)
    # One more batch finds no customers and ends the loop.
    return taken / BATCHES * (-(-size // BATCH) + 1)


def measure_unchanged(rounds: int) -> list[Row]:
    """All segments with nothing changed, against their counts; and what that writes."""
    with made(SEGMENTS, condition) as segments:
        refresh_all(segments)
        what = f"{SEGMENTS} segments, nothing changed"
        found = [
            unchanged_row("refresh", what, segments, rounds),
            unchanged_row("refresh", f"{what}, at night", segments, rounds, refresh_at_night),
        ]
    with made(SEGMENTS, figure) as segments:
        refresh_all(segments)
        what = f"{SEGMENTS} figures, nothing changed, at night"
        return [*found, unchanged_row("refresh", what, segments, rounds, refresh_at_night)]


def figure(index: int) -> dict[str, Any]:
    """Return one of the conditions that ask for a figure."""
    attributes = ["lifetime.sales", "lifetime.number_of_orders", "lifetime.average_order_value"]
    attribute, step = attributes[index % 3], 1 + index // 3
    value = step if attribute == "lifetime.number_of_orders" else 50 * step
    return {"attribute": attribute, "operator": "gte", "value": value}


def unchanged_row(
    part: str,
    what: str,
    segments: Sequence[Segment],
    rounds: int,
    refresh: Callable[[Sequence[Segment]], None] = refresh_all,
) -> Row:
    """Refresh segments whose members are right, against their counts."""
    written = rows_written()
    ours, counts = in_turn(
        lambda: refresh(segments),
        lambda: [members_of(segment, as_of=now()).count() for segment in segments],
        rounds=rounds,
    )
    written = rows_written() - written
    goals = (Goal(Kind.TIMES, 1.6), Goal(Kind.ROWS, 0))
    return Row(
        part, what, ours, "their counts", counts, goals, amount=written, unit="rows", grows=True
    )


def rows_written() -> int:
    """Return how many rows of memberships the database has ever written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables"
            " WHERE relname = 'segments_membership'"
        )
        return int(cursor.fetchone()[0])


def memory() -> Row:
    """The most that this process has ever had."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    goals = (Goal(Kind.MEGABYTES, 300),)
    return Row("refresh", "memory of the process", goals=goals, amount=most, unit="MB")
