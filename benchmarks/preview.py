"""Times the count of named trees against hand-written SQL, alternating; and a tree of 100 nodes.

Run on a PostgreSQL database that `generate_shop` has filled:
    DATABASE_URL=postgres://... python -m benchmarks.preview [--rounds 7] [--json FILE] [--plans]
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
django.setup()

from django.db import connection  # noqa: E402

from benchmarks.machine import machine  # noqa: E402
from benchmarks.trees import HAND_WRITTEN, TREES, hundred_nodes, parts  # noqa: E402
from conditions.matching import matching_customers  # noqa: E402
from conditions.parse import parse_tree  # noqa: E402

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    with parts():
        run(options)


def run(options: argparse.Namespace) -> None:
    rows = [measured(name, options.rounds) for name in TREES]
    rows += compilation(options.rounds * 3)
    for row in rows:
        by_hand = f"{row['by_hand_ms']:9.1f} ms  x{row['ratio']:.2f}" if "ratio" in row else ""
        print(f"{row['name']:44}{row.get('count', ''):>9}{row['ms']:9.1f} ms{by_hand}")
    if options.plans:
        for name, tree in TREES.items():
            found = matching_customers(tree, as_of=AS_OF).values("pk")
            print(f"\n== {name}\n{found.explain(analyze=True)}")
    if options.json:
        found = {"machine": machine() | {"as_of": AS_OF.isoformat()}, "rows": rows}
        options.json.write_text(json.dumps(found, indent=2))


def measured(name: str, rounds: int) -> dict[str, object]:
    """Return the median of a tree's count, and of the same by hand where there is one."""
    tree = parse_tree(TREES[name])

    def ours() -> int:
        return matching_customers(tree, as_of=AS_OF).count()

    def by_hand() -> int:
        with connection.cursor() as cursor:
            cursor.execute(HAND_WRITTEN[name], {"as_of": AS_OF})
            return int(cursor.fetchone()[0])

    count = ours()
    if name not in HAND_WRITTEN:
        return {"name": name, "count": count, "ms": alternating([ours], rounds)[0]}
    assert by_hand() == count, (name, by_hand(), count)
    mine, other = alternating([ours, by_hand], rounds)
    return {"name": name, "count": count, "ms": mine, "by_hand_ms": other, "ratio": mine / other}


def compilation(rounds: int) -> list[dict[str, object]]:
    """Return the times of validating and of compiling a tree of 100 nodes."""
    tree = hundred_nodes()
    parsed = parse_tree(tree)

    def compiled() -> None:
        matching_customers(parsed, as_of=AS_OF).query.get_compiler("default").as_sql()

    validate, compile_ = alternating([lambda: parse_tree(tree), compiled], rounds)
    return [
        {"name": "validate a tree of 100 nodes", "ms": validate},
        {"name": "compile a tree of 100 nodes", "ms": compile_},
    ]


def alternating(calls: list[Callable[[], object]], rounds: int) -> list[float]:
    """Return the median time of each call in milliseconds, one after the other in each round."""
    times: list[list[float]] = [[] for _call in calls]
    for _round in range(rounds):
        for index, call in enumerate(calls):
            started = time.perf_counter()
            call()
            times[index].append((time.perf_counter() - started) * 1000)
    return [statistics.median(one) for one in times]


if __name__ == "__main__":
    main()
