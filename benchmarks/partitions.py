"""Gains and costs of partitions of the change log, and of partitions of events by month.

The change log has `--rows` old changes and a fifth as many newer ones: in one table as before, in
ten partitions and in a hundred. Measured are a write, reads of several kinds, and a purge of the
old changes. Then product views and behaviour, `--rows` of each over 24 months: in one table, as the
product has them, and in a partition for each month, which the product does not have. All runs use
the product's own code, in a migrated database of their own. `DATABASE_URL` names the server
(PostgreSQL, by a superuser); the database `--database` is made and dropped: it must not exist
before.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from psycopg import sql

from benchmarks.measure import milliseconds

CUSTOMERS = 100_000
SEGMENTS = 20
WRITTEN = 100_000
# Each read so often, of other customers or places each time.
READS = 200
MONTHS = 24
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
LOG = "segments_membershipchange"
VIEWS = "customers_productview"
BEHAVIOR = "personalization_behaviorevent"
# The log's partitions; events in one table and by month.
FORMS = {"one log": 0, "10 partitions": 10, "100 partitions": 100}
EVENTS = ("one table", "24 months")
Times = dict[str, float]


def run(statement: str, parameters: Sequence[object] = ()) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def mean(times: int, work: Callable[[int], object]) -> float:
    """Return how many milliseconds `work` takes in the middle, given 0, 1, ..."""
    return statistics.median(milliseconds(lambda n=n: work(n)) for n in range(times))


# The change log ---------------------------------------------------------------------------------


def log(rows: int, partitions: int) -> Times:
    """Measure the log in `partitions` partitions; 0: in one table.

    Raises SystemExit where the purge does not delete exactly the old changes.
    """
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from segments.engine.members.change_log import changes_since, newest_number, purge_changes
    from segments.models import MembershipChange, Segment, Watermark

    executor = MigrationExecutor(connection)
    whole = [("segments", "0027_kept_totals")]
    executor.migrate(whole if not partitions else executor.loader.graph.leaf_nodes())
    run(f"TRUNCATE {LOG}")
    Watermark.objects.all().delete()
    run(f"ALTER SEQUENCE {LOG}_sequence_seq RESTART")
    if partitions:
        old = [1 + rows * one // partitions for one in range(1, partitions + 1)]
        _lay_out([*old, 10 * rows])
    segment, _made = Segment.objects.get_or_create(pk=1, defaults={"code": "s", "name": "S"})
    columns = "segment_id, customer_id, customer_external_id, kind, reason, at"
    values = (
        f"1 + n %% {SEGMENTS}, 1 + n::bigint * 7919 %% {CUSTOMERS}, 'C' || n %% {CUSTOMERS},"
        " 'entered', 'event', %s"
    )
    write = f"INSERT INTO {LOG} ({columns}) SELECT {values} FROM generate_series(1, %s) AS n"
    run(write, [UNTIL - timedelta(days=900), rows])
    run(write, [UNTIL, rows // 5])
    run(f"VACUUM ANALYZE {LOG}")
    run("CHECKPOINT")
    found = {
        "write of 100,000": mean(5, lambda n: run(write, [UNTIL, WRITTEN])),
        "page at a cursor": mean(
            READS, lambda n: changes_since(n * rows // READS, with_segment=False)
        ),
        "page of one segment": mean(
            READS,
            lambda n: changes_since(n * rows // READS, segment=segment, with_segment=False),
        ),
        "all of one customer": mean(
            READS, lambda n: list(MembershipChange.objects.filter(customer_id=1 + n * 331))
        ),
    }
    before = newest_number()
    gone: list[int] = []
    day = UNTIL - timedelta(days=1)
    found["purge of the old"] = milliseconds(lambda: gone.append(purge_changes(before=day)))
    found["vacuum after it"] = milliseconds(lambda: run(f"VACUUM {LOG}"))
    if gone != [rows] or MembershipChange.objects.count() != before - rows:
        raise SystemExit(f"{gone} of {rows} changes were purged")
    return found


def _lay_out(ends: Sequence[int]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [LOG],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {table}")
        start = "MINVALUE"
        for end in ends:
            cursor.execute(
                f"CREATE TABLE {LOG}_before_{end} PARTITION OF {LOG}"
                f" FOR VALUES FROM ({start}) TO ({end})"
            )
            start = str(end)
        cursor.execute(f"CREATE TABLE {LOG}_rest PARTITION OF {LOG} DEFAULT")


# Events -----------------------------------------------------------------------------------------


def shop() -> None:
    """Make customers and products that only differ in their unique columns."""
    from customers.models import Customer, CustomerGroup, Product, Store, Website

    customer = Customer.objects.create(
        external_id="1",
        store=Store.objects.get(code="default"),
        website=Website.objects.get(code="default"),
        group=CustomerGroup.objects.get(code="general"),
    )
    product = Product.objects.create(sku="p1", name="P", price=1)
    for row, count, own in (
        (customer, CUSTOMERS, ("external_id", "external_id_folded")),
        (product, 500, ("sku", "sku_folded")),
    ):
        names = [one.column for one in row._meta.concrete_fields if not one.primary_key]
        chosen = ", ".join("'x' || n" if one in own else f"c.{one}" for one in names)
        run(
            f"INSERT INTO {row._meta.db_table} ({', '.join(names)}) SELECT {chosen}"
            f" FROM {row._meta.db_table} AS c, generate_series(2, %s) AS n WHERE c.id = %s",
            [count, row.pk],
        )


def months() -> list[datetime]:
    """Return when the months begin, and the last one ends."""
    first = UNTIL.year * 12 + UNTIL.month - 1 - MONTHS
    numbers = range(first, first + MONTHS + 1)
    return [datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC) for number in numbers]


def divide(table: str, when: str) -> None:
    """Make a partitioned table of one, without rows: what is unique then has the time as well."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = %s AND indexdef NOT LIKE %s",
            [table, "%UNIQUE%"],
        )
        indexes = [definition for (definition,) in cursor.fetchall()]
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype IN ('p', 'u', 'f')",
            [table],
        )
        keys = [definition for (definition,) in cursor.fetchall()]
        cursor.execute(
            f"CREATE TABLE {table}_new (LIKE {table} INCLUDING DEFAULTS INCLUDING"
            f" IDENTITY) PARTITION BY RANGE ({when})"
        )
        cursor.execute(f"DROP TABLE {table}")
        cursor.execute(f"ALTER TABLE {table}_new RENAME TO {table}")
        for key in keys:
            if not key.startswith("FOREIGN") and when not in key:
                key = key.replace(")", f", {when})", 1)
            cursor.execute(f"ALTER TABLE {table} ADD {key}")
        for definition in indexes:
            cursor.execute(definition.replace(" ON ONLY ", " ON "))
        bounds = months()
        for start, end in pairwise(bounds):
            cursor.execute(
                f"CREATE TABLE {table}_{start:%Y_%m} PARTITION OF {table}"
                f" FOR VALUES FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
            )
        cursor.execute(f"CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT")


def fill(table: str, rows: int) -> None:
    """Write `rows` rows over the months, without triggers."""
    start, end = months()[0], months()[-1]
    at = "%s::timestamptz + (%s::timestamptz - %s::timestamptz) * (n / %s::float)"
    customer = f"(SELECT min(id) FROM customers_customer) + n::bigint * 7919 %% {CUSTOMERS}"
    run(f"TRUNCATE {table}")
    run("SET session_replication_role = replica")
    if table == VIEWS:
        run(
            f"INSERT INTO {VIEWS} (customer_id, product_id, viewed_at, occurrence)"
            f" SELECT {customer}, (SELECT min(id) FROM customers_product) + n %% 500, {at}, 1"
            " FROM generate_series(0, %s) AS n",
            [start, end, start, rows, rows - 1],
        )
    else:
        run(
            f"INSERT INTO {BEHAVIOR} (customer_id, behavior_type, key, occurred_at, received_at,"
            f" channel, sku_folded, search_query, context, data) SELECT {customer}, 'search',"
            f" encode(sha256(n::text::bytea), 'hex'), {at}, now(), 'web', '', 'shoes', '{{}}',"
            ' \'{"query": "shoes"}\' FROM generate_series(0, %s) AS n',
            [start, end, start, rows, rows - 1],
        )
    run("SET session_replication_role = origin")
    run("DELETE FROM customers_dirtycustomer")
    run(f"VACUUM ANALYZE {table}")
    run("VACUUM customers_dirtycustomer")
    run("CHECKPOINT")


def events(rows: int, by_month: bool) -> Times:
    """Measure views and behaviour in one table each, or by month.

    Raises SystemExit where a purge marks no customers.
    """
    from django.db import transaction
    from django.db.models import Count, Max

    from conditions.upkeep import rollup
    from customers.changes.triggers import install
    from customers.models import Customer, DirtyCustomer, Product, ProductView
    from customers.privacy.retention import Rule, purge
    from personalization.models import BehaviorEvent

    if by_month:
        divide(VIEWS, "viewed_at")
        divide(BEHAVIOR, "occurred_at")
        install()
    for table in (VIEWS, BEHAVIOR):
        fill(table, rows)
    first = Customer.objects.order_by("pk").values_list("pk", flat=True)[0]
    product = Product.objects.order_by("pk")[0]
    last = UNTIL - timedelta(days=1)
    rollup.build()
    run("VACUUM ANALYZE")

    def views(n: int) -> None:
        ProductView.objects.bulk_create(
            ProductView(
                customer_id=first + (n * 1000 + one) % CUSTOMERS,
                product=product,
                viewed_at=last + timedelta(seconds=n),
            )
            for one in range(1000)
        )

    def keys(n: int) -> None:
        chosen = BehaviorEvent.objects.filter(pk__gt=n * 331).values_list("key", flat=True)
        asked.append(list(chosen[:500]))

    asked: list[list[str]] = []
    for number in range(20):
        keys(number)

    def behaviors(n: int) -> None:
        BehaviorEvent.objects.bulk_create(
            BehaviorEvent(
                customer_id=first + (n * 1000 + one) % CUSTOMERS,
                behavior_type="search",
                key=f"{n}-{one}",
                occurred_at=last,
                received_at=last,
                data={"query": "shoes"},
                search_query="shoes",
            )
            for one in range(1000)
        )

    def month_of_views() -> None:
        """Purge the oldest month and mark its customers, as the trigger of a deletion does."""
        start, end = months()[:2]
        if not by_month:
            rule = Rule("views", lambda at: ProductView.objects.filter(viewed_at__lt=end))
            assert sum(count for _name, count in purge([rule])) > 0
            return
        month = f"{VIEWS}_{start:%Y_%m}"
        with transaction.atomic():
            run(
                "INSERT INTO customers_dirtycustomer (customer_id, reason, source_table, at)"
                f" SELECT DISTINCT customer_id, 'event', '{VIEWS}', clock_timestamp() FROM {month}"
            )
            run(f"DROP TABLE {month}")

    def customers(n: int) -> list[int]:
        return list(range(first + n * 300, first + n * 300 + 300))

    counts = Count("customer", distinct=True), Max("viewed_at")
    found = {
        "insertion of 1,000 views": mean(10, views),
        "insertion of 1,000 behaviours": mean(10, behaviors),
        "views of one customer": mean(
            READS,
            lambda n: list(ProductView.objects.filter(customer=first + n * 331)),
        ),
        "latest 10 views of one customer": mean(
            READS,
            lambda n: list(
                ProductView.objects.filter(customer=first + n * 331).order_by("-viewed_at")[:10]
            ),
        ),
        "500 keys of behaviour looked up": mean(
            20, lambda n: list(BehaviorEvent.objects.filter(key__in=asked[n]))
        ),
        "roll-up of 300 customers": mean(20, lambda n: rollup.update(customers(n))),
        "scan of all views": mean(3, lambda n: ProductView.objects.aggregate(*counts)),
    }
    DirtyCustomer.objects.all().delete()
    run("CHECKPOINT")
    found["purge of a month of views"] = milliseconds(month_of_views)
    if not DirtyCustomer.objects.exists():
        raise SystemExit("a purge marked nobody")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", default="benchmark_partitions")
    parser.add_argument("--only", choices=("log", "events"))
    parser.add_argument("--json", type=Path, help="write the figures there")
    asked = parser.parse_args(arguments)
    address = urlsplit(os.environ["DATABASE_URL"])
    os.environ["DATABASE_URL"] = urlunsplit(address._replace(path=f"/{asked.database}"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "segmentation_site.settings"
    os.environ["LOG_LEVEL"] = "WARNING"
    name = sql.Identifier(asked.database)
    found: dict[str, dict[str, list[float]]] = {}
    with psycopg.connect(urlunsplit(address), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            migrate = [sys.executable, "manage.py", "migrate"]
            subprocess.run(migrate, check=True, stdout=subprocess.DEVNULL)
            django.setup()
            if asked.only != "events":
                names = list(FORMS)
                for number in range(asked.rounds):
                    for form in names[number % 3 :] + names[: number % 3]:
                        note(found.setdefault(form, {}), log(asked.rows, FORMS[form]))
            if asked.only != "log":
                shop()
                # Never back again: what comes first is one table.
                for form in EVENTS:
                    for _round in range(asked.rounds):
                        note(found.setdefault(form, {}), events(asked.rows, form == EVENTS[1]))
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
    print(
        f"{asked.rows:,} rows, medians of {asked.rounds} rounds, ms; and how many times the first"
    )
    for forms in (tuple(FORMS), EVENTS):
        if forms[0] not in found:
            continue
        print(f"{'':34}" + "".join(f"{form:>24}" for form in forms))
        for what in found[forms[0]]:
            first = statistics.median(found[forms[0]][what])
            cells = [statistics.median(found[form][what]) for form in forms]
            print(f"{what:34}" + "".join(f"{one:14.2f} {one / first:8.2f}x" for one in cells))
    if asked.json:
        machine = {"processors": os.cpu_count(), "load": os.getloadavg()[0]}
        result = {"rows": asked.rows, "machine": machine, "rounds": found}
        asked.json.write_text(json.dumps(result, indent=1))


def note(into: dict[str, list[float]], times: Times) -> None:
    for what, took in times.items():
        into.setdefault(what, []).append(took)


if __name__ == "__main__":
    main()
