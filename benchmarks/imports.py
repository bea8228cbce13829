"""How fast a shop's files are imported, beside PostgreSQL's own COPY of them and beside reading.

Makes a shop of `--customers` made-up customers and, in a database of its own that is migrated,
imports its files into the empty shop and once more with every hundredth row of the customers and
the orders changed. `DATABASE_URL` names the server; the database is `--database`, made and
dropped in each round: it must not be there before.
"""

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

CHUNK = 1 << 16
CHANGED_EVERY = 100
# The column of a file whose cells are changed, and what by.
CHANGED = {"customers": ("first_name", "Changed"), "orders": ("shipping_city", "Changed")}
IMPORT = """
import resource, sys, time
import django
django.setup()
from pathlib import Path
from customers.imports.shop_csv import import_shop
begun = time.perf_counter()
report = import_shop(Path(sys.argv[1]), lock_empty_tables=True)
took = time.perf_counter() - begun
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(took, most / 1024, sum(file.created + file.updated for file in report.files))
"""


def measure_time(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def read(directory: Path) -> None:
    for path in directory.glob("*.csv"):
        with path.open(newline="") as stream:
            for _row in csv.reader(stream):
                pass


def bare_copy(address: str, directory: Path) -> float:
    """Return how long it takes to COPY the files into tables of texts without anything else."""
    took = 0.0
    with psycopg.connect(address) as connection:
        for path in directory.glob("*.csv"):
            with path.open(newline="") as stream:
                header = next(csv.reader(stream))
            table = sql.Identifier(f"bare_{path.stem}")
            columns = sql.SQL(", ").join(
                sql.SQL("{} text").format(sql.Identifier(c)) for c in header
            )
            connection.execute(sql.SQL("CREATE TABLE {} ({})").format(table, columns))
            connection.commit()
            took += measure_time(partial(copy_file, connection, path, table))
            connection.execute(sql.SQL("DROP TABLE {}").format(table))
    return took


def copy_file(
    connection: psycopg.Connection[tuple[object, ...]], path: Path, table: sql.Identifier
) -> None:
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER)").format(table)
    with connection.cursor() as cursor, path.open("rb") as stream, cursor.copy(statement) as copy:
        while chunk := stream.read(CHUNK):
            copy.write(chunk)
    connection.commit()


def change(directory: Path, other: Path) -> None:
    """Write the files of `directory` into `other`, with some rows changed."""
    shutil.copytree(directory, other)
    for name, (column, value) in CHANGED.items():
        with (
            (directory / f"{name}.csv").open(newline="") as old,
            (other / f"{name}.csv").open("w", newline="") as new,
        ):
            reader, writer = csv.reader(old), csv.writer(new, lineterminator="\n")
            header = next(reader)
            writer.writerow(header)
            at = header.index(column)
            for number, row in enumerate(reader):
                if number % CHANGED_EVERY == 0:
                    row[at] = value
                writer.writerow(row)


def manage(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def measure_import(environment: dict[str, str], directory: Path) -> tuple[float, float, int]:
    """Return the seconds that an import took, its process's memory in MB, and the rows written."""
    command = [sys.executable, "-c", IMPORT, str(directory)]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    took, most, written = done.stdout.split()
    return float(took), float(most), int(written)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", default="benchmark_imports")
    parser.add_argument("--json", type=Path, help="write the figures there")
    asked = parser.parse_args(arguments)
    address = urlsplit(os.environ["DATABASE_URL"])
    own = urlunsplit(address._replace(path=f"/{asked.database}"))
    name = sql.Identifier(asked.database)
    environment = {
        **os.environ,
        "DATABASE_URL": own,
        "DJANGO_SETTINGS_MODULE": "segmentation_site.settings",
    }
    found: dict[str, list[float]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        psycopg.connect(urlunsplit(address), autocommit=True) as server,
    ):
        files, changed = Path(folder, "files"), Path(folder, "changed")
        number = ("--customers", str(asked.customers), "--seed", "1")
        manage(environment, "generate_shop", *number, "--directory", str(files))
        change(files, changed)
        for _round in range(asked.rounds):
            server.execute(sql.SQL("CREATE DATABASE {}").format(name))
            try:
                manage(environment, "migrate")
                first = measure_import(environment, files)
                second = measure_import(environment, changed)
                figures = {
                    "read": measure_time(lambda: read(files)),
                    "copy": bare_copy(own, files),
                    "first": first[0],
                    "second": second[0],
                    "memory": max(first[1], second[1]),
                    "written again": second[2],
                }
            finally:
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
            for what, value in figures.items():
                found.setdefault(what, []).append(value)
    middle = {what: statistics.median(values) for what, values in found.items()}
    first, second = middle["first"] / middle["copy"], middle["second"] / middle["read"]
    print(f"{asked.customers:,} customers, medians of {asked.rounds} rounds")
    print(f"reading the files       {middle['read']:8.2f} s")
    print(f"bare COPY of them       {middle['copy']:8.2f} s")
    print(f"into an empty shop      {middle['first']:8.2f} s, {first:5.1f} times COPY")
    print(f"again, 1 % changed      {middle['second']:8.2f} s, {second:5.1f} times reading")
    print(f"rows written again      {middle['written again']:8.0f}")
    print(f"memory of the import    {middle['memory']:8.0f} MB at most")
    if asked.json:
        ratios = {"first / copy": first, "second / read": second}
        machine = {"processors": os.cpu_count(), "load": os.getloadavg()[0]}
        result = {"customers": asked.customers, "machine": machine, "rounds": found, **ratios}
        asked.json.write_text(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
