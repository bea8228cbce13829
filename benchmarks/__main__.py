"""Measure the parts in `benchmarks/README.md`, or only those of `--only`, and print one table.

Run on a PostgreSQL database that `generate_shop` has filled, with no workers about:
    DATABASE_URL=postgres://... python -m benchmarks [--only preview pages] [--json FILE]
On SQLite the one part is `embedded`; all others need PostgreSQL:
    DATABASE_URL=sqlite:///... python -m benchmarks --only embedded [--json FILE]
or draw how runs at several sizes grow:
    python -m benchmarks --growth 10k.json 100k.json 1m.json --svg growth.svg
"""

import argparse
import importlib
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")

# Each is a module here with `rows(options)`; these are measured unless others are asked for.
PARTS = ("preview", "costs", "tree", "refresh", "changes", "sweep", "live", "export", "pages")
LARGE, SNAPSHOTS, ENGINES, WORKERS = "large", "snapshots", "engines", "workers"
EMBEDDED = "embedded"


def main() -> None:
    options = arguments()
    if options.growth:
        from benchmarks.growth import draw

        print(draw(options.growth, options.svg))
        return
    django.setup()
    from django.db import connection

    if problem := refusal(options.only, connection.vendor):
        sys.exit(problem)
    from benchmarks.machine import machine
    from benchmarks.measure import Row, document, table

    rows: list[Row] = []
    for part in options.only:
        # Dead rows of the parts before would otherwise still be in the tables and the statistics.
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
        rows += importlib.import_module(f"benchmarks.{part}").rows(options)
        print(f"{part} is measured", file=sys.stderr)
        measured_on = machine() | {
            "seed": options.seed,
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        # Write after each part: an interrupted run keeps its measurements.
        if options.json:
            options.json.write_text(document(rows, measured_on))
    print(table(rows))
    print(", ".join(f"{name} {value}" for name, value in measured_on.items()))


def refusal(parts: Sequence[str], vendor: str) -> str:
    """Return why these parts cannot be measured on a database of that vendor; "" if they can."""
    on_postgresql = vendor == "postgresql"
    unfit = [part for part in parts if (part == EMBEDDED) is on_postgresql]
    if not unfit:
        return ""
    if on_postgresql:
        return f"{EMBEDDED} is measured on SQLite (DATABASE_URL=sqlite:///...)."
    return (
        f"These parts need PostgreSQL (DATABASE_URL=postgres://...): {', '.join(unfit)}."
        f" SQLite has: --only {EMBEDDED}."
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = (*PARTS, LARGE, SNAPSHOTS, ENGINES, WORKERS, EMBEDDED)
    parser.add_argument("--only", nargs="+", choices=known, default=PARTS, metavar="NAME")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=8.0, help="for each preview, at least")
    parser.add_argument("--plans", action="store_true", help="of the previews, all three ways")
    parser.add_argument("--seed", type=int, default=1, help="of the shop, for the JSON")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--growth", type=Path, nargs="+", metavar="FILE.json")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="what --growth draws")
    return parser.parse_args()


if __name__ == "__main__":
    main()
