"""How fast a big shop is imported from Shopify's files, beside COPY of its rows into its tables.

Makes an export of `--orders` orders, each with one to five lines, of two customers for five orders;
plans it (`import_shop --dry-run`) and imports it into an empty, migrated database, and once more,
each in a process of its own. Then the rows of the shop's tables are copied into the same tables of
a second database, with their indexes, keys and triggers. `DATABASE_URL` names the server; the
databases are `--database` and the same with `_copy`, made and dropped by each run: they must not be
there before. `--lock-empty-tables` is that of `import_shop`.
"""

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from benchmarks.imports import CHUNK, manage, measure_time

CUSTOMERS: tuple[str, ...] = (
    *("Customer ID", "First Name", "Last Name", "Email", "Accepts Email Marketing"),
    *("Default Address Address1", "Default Address City", "Default Address Zip"),
    *("Default Address Country Code", "Phone", "Total Spent", "Total Orders", "Tags"),
)
ORDERS: tuple[str, ...] = (
    *("Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Currency"),
    *("Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount"),
    *("Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku"),
    *("Lineitem discount", "Billing Name", "Billing Street", "Billing City", "Billing Zip"),
    *("Billing Country", "Shipping Name", "Shipping Street", "Shipping City"),
    *("Shipping Zip", "Shipping Country", "Payment Method", "Shipping Method", "Id"),
)
PRODUCTS: tuple[str, ...] = (
    *("Handle", "Title", "Vendor", "Type", "Variant SKU", "Variant Price"),
)
SKUS, CITIES = 2_000, ("Berlin", "Lyon", "Graz", "Bonn", "Basel")
# The tables that the rows of such a shop come to, each after those that it refers to.
TABLES: tuple[str, ...] = (
    *("website", "store", "customergroup", "category", "productattribute", "product"),
    *("productcategory", "productattributevalue", "customer", "address", "order"),
    *("orderitem", "refund", "refunditem"),
)
IMPORT = """
import io, os, resource, sys, time
import django
django.setup()
from django.core.management import call_command
from django.db import connection
connection.ensure_connection()
server = f"/proc/{connection.connection.info.backend_pid}"
begun, used_before = time.perf_counter(), time.process_time()
options = ("--yes", "--timezone", "Europe/Berlin")
call_command("import_shop", *sys.argv[1:], *options, stdout=io.StringIO())
took, used = time.perf_counter() - begun, time.process_time() - used_before
# User and system time of PostgreSQL's process for this connection, without parallel workers. The
# number may be that of another process where PostgreSQL runs on another machine.
try:
    ticks = sum(map(int, open(f"{server}/stat").read().rsplit(")", 1)[1].split()[11:13]))
    is_postgres = open(f"{server}/comm").read().startswith("postgres")
except OSError:
    is_postgres = False
served = ticks / os.sysconf("SC_CLK_TCK") if is_postgres else float("nan")
print(took, used, served, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def write_export(folder: Path, orders: int) -> None:
    """Write customers, products and orders as Shopify exports them."""
    chance = random.Random(1)
    accounts = orders * 2 // 5
    with (folder / "customers_export.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(CUSTOMERS)
        for number in range(accounts):
            place = (
                f"{number % 90} Mill Street",
                CITIES[number % 5],
                f"'{number % 99999:05}",
                "DE",
            )
            name = ("Ada", f"Byron {number}", f"c{number}@example.com", ("no", "yes")[number % 2])
            writer.writerow((f"'{10**12 + number}", *name, *place, "", "0.00", "0", ""))
    with (folder / "products_export.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(PRODUCTS)
        for number in range(SKUS):
            kind, price = f"Type {number % 40}", f"{5 + number % 90}.90"
            writer.writerow((f"p{number}", f"Product {number}", "House", kind, f"S{number}", price))
    with (folder / "orders_export.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(ORDERS)
        for number in range(orders):
            # One buyer in four is a guest.
            buyer = int(accounts * 4 / 3 * chance.random() ** 2)
            email = f"c{buyer}@example.com" if buyer < accounts else f"g{buyer}@example.com"
            day = f"{2021 + number * 5 // orders}-{1 + number % 12:02}-{1 + number % 28:02}"
            at = f"{day} {number % 24:02}:{number % 60:02}:00 +0100"
            for line in range(chance.randint(1, 5)):
                sku = int(SKUS * chance.random() ** 2)
                item = (1 + sku % 3, f"Product {sku}", f"{5 + sku % 90}.90", f"S{sku}", "0.00")
                if line:
                    rest = ("",) * (len(ORDERS) - 13 - len(item))
                    writer.writerow((f"#{number}", email, *("",) * 11, *item, *rest))
                    continue
                amounts = ("50.00", "4.90", "8.00", "54.90", "", "0.00", at)
                head = ("paid", at, "fulfilled", "EUR", *amounts)
                where = (f"Ada {buyer}", "1 Mill Street", CITIES[buyer % 5], "'01067", "DE")
                tail = (*where, *where, "Card", "Post", f"{10**12 + number}")
                writer.writerow((f"#{number}", email, *head, *item, *tail))


def imported(environment: dict[str, str], *options: str) -> tuple[float, ...]:
    """Return what an `import_shop` takes.

    The seconds, the processor times of Python and of a PostgreSQL on this machine, and the memory
    in MB.
    """
    command = [sys.executable, "-c", IMPORT, *options]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    return tuple(map(float, done.stdout.split()))


def copied(source: str, target: str, folder: Path) -> float:
    """Return how long COPY of the shop's tables from one database into the other takes."""
    took = 0.0
    with psycopg.connect(source) as old, psycopg.connect(target) as new:
        tables = [sql.Identifier(f"customers_{name}") for name in TABLES]
        new.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(tables)))
        new.commit()
        for table in tables:
            path = folder / "rows"
            read = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(table)
            with path.open("wb") as stream, old.cursor() as cursor, cursor.copy(read) as rows:
                for block in rows:
                    stream.write(block)
            took += measure_time(partial(_copy_into, new, table, path))
    return took


def _copy_into(
    connection: psycopg.Connection[tuple[object, ...]], table: sql.Identifier, path: Path
) -> None:
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(table)
    with connection.cursor() as cursor, path.open("rb") as stream, cursor.copy(statement) as copy:
        while chunk := stream.read(CHUNK):
            copy.write(chunk)
    connection.commit()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--database", default="benchmark_shopify")
    parser.add_argument("--lock-empty-tables", action="store_true")
    asked = parser.parse_args(arguments)
    locks = ("--lock-empty-tables",) if asked.lock_empty_tables else ()
    address = urlsplit(os.environ["DATABASE_URL"])
    names = (asked.database, f"{asked.database}_copy")
    own, other = (urlunsplit(address._replace(path=f"/{name}")) for name in names)
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "segmentation_site.settings"}
    with (
        tempfile.TemporaryDirectory() as name,
        psycopg.connect(urlunsplit(address), autocommit=True) as server,
    ):
        files = Path(name, "files")
        files.mkdir()
        write_export(files, asked.orders)
        try:
            create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(names[0]))
            server.execute(create)
            manage({**settings, "DATABASE_URL": own}, "migrate")
            alike = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            server.execute(alike.format(*map(sql.Identifier, reversed(names))))
            environment = {**settings, "DATABASE_URL": own}
            dry = imported(environment, str(files), "--dry-run")
            first = imported(environment, str(files), *locks)
            again = imported(environment, str(files))
            copy = copied(own, other, Path(name))
        finally:
            for database in names:
                statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                server.execute(statement.format(sql.Identifier(database)))
    print(f"{asked.orders:,} orders, one round")
    for what, (took, used, served, most) in (
        ("dry run", dry),
        ("import", first),
        ("again", again),
    ):
        print(
            f"{what:10} {took:8.1f} s, processor time of Python {used:8.1f} s and PostgreSQL"
            f" {served:8.1f} s, {most:5.0f} MB"
        )
    print(
        f"dry run {sum(dry[1:3]) / sum(first[1:3]):.2f} of the import's processor time; goal: 0.5"
    )
    print(f"{'COPY':10} {copy:8.1f} s; import {first[0] / copy:.1f} times; goal: 8")


if __name__ == "__main__":
    main()
