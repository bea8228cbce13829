"""Speed of a shop on SQLite: counts, refreshes, changed customers, an import, pages.

The times are compared with nothing: the database is one file without other traffic.
"""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks import changes, pages
from benchmarks.chaos import condition
from benchmarks.imports import manage, measure_import
from benchmarks.made import made, settle
from benchmarks.measure import Options, Row, in_turn, milliseconds
from benchmarks.preview import AS_OF
from benchmarks.refresh import SEGMENTS, refresh_all
from benchmarks.trees import TREES, parts
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from segments.models import Membership

IMPORTED = 2_000


def rows(options: Options) -> list[Row]:
    settle()
    found = [*previews(options.rounds), *refreshes(options.rounds), import_of_files(IMPORTED)]
    found += [replace(row, part="embedded", goals=()) for row in pages.rows(options)]
    return found


def previews(rounds: int) -> list[Row]:
    """The counts of the named trees."""
    with parts():
        parsed = {name: parse_tree(tree) for name, tree in TREES.items()}
        times = in_turn(
            *(
                lambda tree=tree: matching_customers(tree, as_of=AS_OF).count()
                for tree in parsed.values()
            ),
            rounds=rounds,
        )
        return [
            Row(
                "embedded",
                f"count: {name}",
                taken,
                amount=matching_customers(tree, as_of=AS_OF).count(),
                unit="customers",
            )
            for (name, tree), taken in zip(parsed.items(), times, strict=True)
        ]


def refreshes(rounds: int) -> list[Row]:
    """Segments from empty, with nothing changed, and in a batch of changed customers."""
    with made(SEGMENTS, condition) as segments:
        from_empty = [milliseconds(lambda: refresh_all(segments))]
        members = Membership.objects.filter(segment__in=segments).count()
        changes.check_following(segments)
        (unchanged,) = in_turn(lambda: refresh_all(segments), rounds=max(1, rounds // 2))
        batches = changes.batches(segments, rounds, changes.change_orders)
    what = f"refresh of {SEGMENTS} segments"
    return [
        Row("embedded", f"{what} from empty", from_empty, amount=members, unit="members"),
        Row("embedded", f"{what}, nothing changed", unchanged),
        Row(
            "embedded",
            f"an order each of {changes.CUSTOMERS:,} x {SEGMENTS} segments",
            batches.times,
            amount=batches.asked,
            unit="asked",
        ),
    ]


def import_of_files(customers: int) -> Row:
    """A made-up shop's files into a SQLite database of their own."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "files")
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{Path(folder, 'shop.sqlite3')}",
            "DJANGO_SETTINGS_MODULE": "segmentation_site.settings",
        }
        number = ("--customers", str(customers), "--seed", "1")
        manage(environment, "generate_shop", *number, "--directory", str(files))
        manage(environment, "migrate")
        took, _memory, written = measure_import(environment, files)
    return Row(
        "embedded",
        f"import of {customers:,} customers with orders, SQLite",
        [took * 1000],
        amount=written / took,
        unit="rows a second",
    )
