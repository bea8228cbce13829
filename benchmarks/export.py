"""How fast members are exported, beside PostgreSQL's own COPY of the same columns.

The members are made up, as many as the shop has customers, in a transaction undone at the end.
"""

import resource

from django.db import connection, transaction

from benchmarks.measure import Goal, Kind, Options, Row, in_turn
from customers.models import Customer, CustomerGroup, Store, Website
from segments.editing.saving import create_segment
from segments.export.members import export_members
from segments.models import Segment
from segments.rules.definition import Definition

BARE = """
COPY (SELECT c.external_id, c.email, c.first_name, c.last_name, g.code, w.code, m.entered_at
FROM segments_membership m JOIN customers_customer c ON c.id = m.customer_id
JOIN customers_customergroup g ON g.id = c.group_id
JOIN customers_website w ON w.id = c.website_id
WHERE m.segment_id = %s ORDER BY m.customer_id) TO STDOUT (FORMAT csv)
"""
# At least half, and a quarter, of the speed of COPY.
LIMITS = {"csv": 2, "xml": 4}


def rows(options: Options) -> list[Row]:
    members = Customer.objects.count()
    with transaction.atomic():
        segment = fill(members)
        before = most_memory()
        bare, *streams = in_turn(
            lambda: copy_members(segment),
            *(lambda format=format: stream_members(segment, format) for format in LIMITS),
            rounds=max(1, options.rounds // 2),
        )
        grown = most_memory() - before
        transaction.set_rollback(True)
    found = [
        Row(
            "export",
            f"members as {format.upper()}",
            times,
            "COPY",
            bare,
            (Goal(Kind.TIMES, limit),),
            amount=members,
            unit="members",
            grows=True,
        )
        for (format, limit), times in zip(LIMITS.items(), streams, strict=True)
    ]
    goals = (Goal(Kind.MEGABYTES, 100),)
    return [*found, Row("export", "memory that it adds", goals=goals, amount=grown, unit="MB")]


def fill(members: int) -> Segment:
    segment = create_segment(Definition("Benchmark"), author=None).segment
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO customers_customer (external_id, external_id_folded, kind, email, "
            "email_folded, mailbox, first_name, last_name, is_active, group_id, website_id, "
            "store_id) SELECT 'bench' || n, 'bench' || n, 'registered', n || '@bench.example', "
            "n || '@bench.example', n || '@bench.example', 'First' || n, 'Last' || n, true, "
            "%s, %s, %s "
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


def copy_members(segment: Segment) -> int:
    with connection.cursor() as cursor, cursor.copy(BARE, [segment.pk]) as copy:
        return sum(len(chunk) for chunk in copy)


def stream_members(segment: Segment, format: str) -> int:
    return sum(map(len, export_members(segment, format, user=None, target="")))


def most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
