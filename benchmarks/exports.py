"""How fast members are exported, beside PostgreSQL's own COPY of the same columns.

Fills a segment with `--members` made-up customers in a transaction that is undone at the end.
"""

import argparse
import os
import resource
import statistics
import time
from collections.abc import Callable
from itertools import count

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402

from benchmarks.machine import machine  # noqa: E402
from customers.models import Customer, CustomerGroup, Store, Website  # noqa: E402
from segments.editing.saving import create_segment  # noqa: E402
from segments.export.members import export_members  # noqa: E402
from segments.models import Segment  # noqa: E402
from segments.rules.definition import Definition  # noqa: E402

BARE = """
COPY (SELECT c.external_id, c.email, c.first_name, c.last_name, g.code, w.code, m.entered_at
FROM segments_membership m JOIN customers_customer c ON c.id = m.customer_id
JOIN customers_customergroup g ON g.id = c.group_id
JOIN customers_website w ON w.id = c.website_id
WHERE m.segment_id = %s ORDER BY m.customer_id) TO STDOUT (FORMAT csv)
"""


def fill(members: int) -> Segment:
    segment = create_segment(Definition("Benchmark"), author=None).segment
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO customers_customer (external_id, external_id_folded, kind, email, "
            "email_folded, first_name, last_name, is_active, group_id, website_id, store_id) "
            "SELECT 'bench' || n, 'bench' || n, 'registered', n || '@bench.example', "
            "n || '@bench.example', 'First' || n, 'Last' || n, true, %s, %s, %s "
            "FROM generate_series(1, %s) n",
            [
                *(model.objects.order_by("pk")[0].pk for model in (CustomerGroup, Website, Store)),
                members,
            ],
        )
        cursor.execute(
            "INSERT INTO segments_membership (segment_id, customer_id, entered_at) "
            "SELECT %s, id, now() FROM customers_customer WHERE external_id LIKE 'bench%%'",
            [segment.pk],
        )
        cursor.execute("ANALYZE customers_customer")
        cursor.execute("ANALYZE segments_membership")
    return segment


def bare(segment: Segment) -> int:
    with connection.cursor() as cursor, cursor.copy(BARE, [segment.pk]) as copy:
        return sum(len(chunk) for chunk in copy)


def streamed(segment: Segment, format: str, target: str = "") -> int:
    return sum(map(len, export_members(segment, format, user=None, target=target)))


def timed(work: Callable[[], int]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print(machine())
    with transaction.atomic():
        segment = fill(asked.members)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ways: dict[str, Callable[[], int]] = {
            "bare COPY": lambda: bare(segment),
            "csv": lambda: streamed(segment, "csv"),
            "xml": lambda: streamed(segment, "xml"),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _round, (name, work) in zip(
            count(), [one for _ in range(asked.rounds) for one in ways.items()], strict=False
        ):
            times[name].append(timed(work))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        transaction.set_rollback(True)
    fastest = statistics.median(times["bare COPY"])
    for name, found in times.items():
        took = statistics.median(found)
        print(f"{name:10} {took:7.2f} s, {fastest / took:5.2f} as fast as COPY")
    print(f"memory of the process: {before:.0f} MB before, {after:.0f} MB at most")
    print(f"customers left: {Customer.objects.filter(external_id__startswith='bench').count()}")


if __name__ == "__main__":
    main()
