"""Times what keeps members right: refreshes, changed customers, sweeps; each against another way.

Run on a PostgreSQL database that `generate_shop` has filled, with no workers about:
    DATABASE_URL=postgres://... python -m benchmarks.membership [--rounds 3] [--json FILE]
It makes segments of its own (`bench-...`), and deletes them at the end.
"""

import argparse
import json
import os
import resource
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402

from benchmarks.chaos import condition  # noqa: E402
from benchmarks.machine import machine  # noqa: E402
from customers.clock import now  # noqa: E402
from customers.models import Customer, DirtyCustomer  # noqa: E402
from segments.editing.deletion import delete_segments  # noqa: E402
from segments.editing.saving import create_segment  # noqa: E402
from segments.engine.changed_customers import process_batch, process_changes  # noqa: E402
from segments.engine.passing_time import sweep  # noqa: E402
from segments.membership import memberships  # noqa: E402
from segments.models import AppliesTo, Membership, Segment, Watermark  # noqa: E402
from segments.models.watermark import Work  # noqa: E402
from segments.refresh import refresh_segment  # noqa: E402
from segments.rules.definition import Definition  # noqa: E402
from segments.rules.rule import members_of  # noqa: E402

EVERYBODY: dict[str, Any] = {"match": "all", "conditions": []}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--segments", type=int, default=20)
    parser.add_argument("--many", type=int, default=200)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    settle()
    rows: list[dict[str, Any]] = []
    segments = [make(index) for index in range(options.segments)]
    try:
        rows += refreshes(segments, options.rounds)
        rows += everybody(options.rounds)
        rows += changes(segments, options.rounds)
        rows += sweeps(options.rounds)
        rows += live_checks(segments, options.rounds * 20)
        segments += [make(index) for index in range(options.segments, options.many)]
        for segment in segments[options.segments :]:
            refresh_segment(segment)
        rows += changes(segments, options.rounds)
        rows += live_checks(segments, options.rounds * 20)
    finally:
        delete_segments(segments)
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory of this process {memory} MB; {Customer.objects.count():,} customers")
    if options.json:
        found = {"machine": machine(), "rows": rows, "peak_memory_mb": memory}
        options.json.write_text(json.dumps(found, indent=2))


def settle() -> None:
    """Let the queues run empty, and the clock be looked at."""
    sweep()
    process_changes()


def make(index: int) -> Segment:
    """Make the segment of that number."""
    tree = {"match": "all", "conditions": [condition(index)]}
    definition = Definition(f"Bench {index}", conditions=tree, applies_to=AppliesTo.BOTH)
    return create_segment(definition, code=f"bench-{index:03}", author=None).segment


def timed(work: Callable[[], Any]) -> float:
    """Return how many seconds `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_ms(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


def refreshes(segments: list[Segment], rounds: int) -> list[dict[str, Any]]:
    """All segments, first from empty, then with nothing changed, against their counts."""
    first = timed(lambda: [refresh_segment(segment) for segment in segments])
    again, counts = [], []
    for _round in range(rounds):
        again.append(timed(lambda: [refresh_segment(segment) for segment in segments]))
        counts.append(
            timed(lambda: [members_of(segment, as_of=now()).count() for segment in segments])
        )
    members = Membership.objects.filter(segment__in=segments).count()
    return [
        {"what": f"{len(segments)} segments from empty", "s": round(first, 2), "members": members},
        {
            "what": f"{len(segments)} segments, nothing changed",
            "ms": median_ms(again),
            "counts_ms": median_ms(counts),
            "ratio": round(statistics.median(again) / statistics.median(counts), 2),
        },
    ]


def everybody(rounds: int) -> list[dict[str, Any]]:
    """A segment of everybody from empty, against the same by hand and by batches of 300."""
    ours, by_hand, by_loop = [], [], []
    for _round in range(rounds):
        definition = Definition("Everybody", conditions=EVERYBODY, applies_to=AppliesTo.BOTH)
        segment = create_segment(definition, code="bench-everybody", author=None).segment
        ours.append(timed(lambda found=segment: refresh_segment(found)))
        delete_segments([segment])
        by_hand.append(timed(diff_by_hand))
        by_loop.append(timed(loop_of_300))
    return [
        {
            "what": "everybody from empty",
            "ms": median_ms(ours),
            "by_hand_ms": median_ms(by_hand),
            "ratio": round(statistics.median(ours) / statistics.median(by_hand), 2),
            "loop_ms_for_20_batches": median_ms(by_loop),
        }
    ]


def diff_by_hand() -> None:
    """The same members and changes written by hand-made statements; undone at the end."""
    values = {"at": now(), "segment": -1}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE by_hand ON COMMIT DROP AS "
            "SELECT id AS customer_id FROM customers_customer WHERE is_active"
        )
        cursor.execute(
            "INSERT INTO segments_membershipchange "
            "(segment_id, customer_id, customer_external_id, kind, reason, at) "
            "SELECT %(segment)s, c.id, c.external_id, 'entered', 'refresh', %(at)s "
            "FROM by_hand JOIN customers_customer c ON c.id = by_hand.customer_id "
            "WHERE NOT EXISTS (SELECT 1 FROM segments_membership m "
            "WHERE m.segment_id = %(segment)s AND m.customer_id = c.id) ORDER BY c.id",
            values,
        )
        cursor.execute(
            "INSERT INTO segments_membership (segment_id, customer_id, entered_at) "
            "SELECT %(segment)s, customer_id, %(at)s FROM by_hand "
            "ON CONFLICT DO NOTHING",
            values,
        )
        transaction.set_rollback(True)


def loop_of_300() -> None:
    """The first 20 batches of 300, each found by NOT IN as Mautic does; undone at the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        for _batch in range(20):
            cursor.execute(
                "INSERT INTO segments_membership (segment_id, customer_id, entered_at) "
                "SELECT -1, id, now() FROM customers_customer WHERE is_active AND id NOT IN "
                "(SELECT customer_id FROM segments_membership WHERE segment_id = -1) "
                "ORDER BY id LIMIT 300"
            )
        transaction.set_rollback(True)


def changes(segments: list[Segment], rounds: int) -> list[dict[str, Any]]:
    """1,000 changed customers, against a refresh of all segments."""
    settle()
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[::97][:1000])
    taken = []
    for number in range(rounds):
        Customer.objects.filter(pk__in=ids).update(last_name=f"Müller{number} {now()}")
        taken.append(timed(process_batch))
        process_changes()
    full = timed(lambda: [refresh_segment(segment) for segment in segments])
    return [
        {
            "what": f"{len(ids)} changed customers x {len(segments)} segments",
            "ms": median_ms(taken),
            "full_refresh_ms": round(full * 1000),
            "times_less": round(full / statistics.median(taken), 1),
        }
    ]


def sweeps(rounds: int) -> list[dict[str, Any]]:
    """A sweep of 15 seconds, and one over the last midnight and the six hours before."""
    found = []
    for what, back in (("15 s", timedelta(seconds=15)), ("a day", timedelta(days=1))):
        taken, marks = [], 0
        for _round in range(rounds):
            DirtyCustomer.objects.all().delete()
            Watermark.objects.filter(name=Work.SWEEP).update(at=now() - back)
            taken.append(timed(sweep))
            marks = DirtyCustomer.objects.count()
        process = timed(process_changes)
        found.append(
            {
                "what": f"sweep of {what}",
                "ms": median_ms(taken),
                "marks": marks,
                "processed_ms": round(process * 1000, 1),
            }
        )
    return found


def live_checks(segments: list[Segment], rounds: int) -> list[dict[str, Any]]:
    """All segments live and one stored membership, against a read by primary key.

    In processor time of this process, so that others on the machine count little.
    """
    customer = Customer.objects.order_by("pk")[1000:1001].get()
    codes = [segment.code for segment in segments]
    live, stored, raw = [], [], []
    key = (segments[0].pk, customer.pk)
    memberships(codes, customer)  # Their rules are kept from now on.
    for _round in range(rounds):
        live.append(worked(lambda: memberships(codes, customer)))
        stored.append(worked(lambda: Membership.objects.filter(pk=key).exists()))
        raw.append(worked(lambda: read_by_key(key)))
    return [
        {
            "what": f"live check of {len(codes)} segments",
            "ms": median_ms(live),
            "raw_read_ms": round(statistics.median(raw) * 1000, 3),
            "ratio": round(statistics.median(live) / statistics.median(raw), 1),
        },
        {
            "what": "stored membership",
            "ms": round(statistics.median(stored) * 1000, 3),
            "ratio": round(statistics.median(stored) / statistics.median(raw), 2),
        },
    ]


def worked(work: Callable[[], Any]) -> float:
    """Return how many seconds of the processor `work` takes here."""
    started = time.process_time()
    work()
    return time.process_time() - started


def read_by_key(key: tuple[int, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM segments_membership WHERE segment_id = %s AND customer_id = %s", key
        )
        cursor.fetchone()


if __name__ == "__main__":
    main()
