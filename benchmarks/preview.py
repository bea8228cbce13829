"""Counts of the named trees, compared with Maho's form and the best hand-written SQL."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from benchmarks.as_maho import AS_MAHO
from benchmarks.by_hand import BY_HAND
from benchmarks.measure import Goal, Kind, Options, Row, geometric_mean, in_turn
from benchmarks.trees import CATEGORIES, TREES, parts
from conditions.language.windows import Moment
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.sql.place import Context

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
# Trees for which Maho groups all orders and Tranche reads a roll-up.
FIGURES = {
    "lifetime sales",
    "number of orders",
    "average order value",
    "profit",
    "three figures under all",
    "four in one country",
    "days since last order",
}
OTHERS = {"Maho's form": AS_MAHO, "by hand": BY_HAND}


class Different(Exception):
    """Two ways of one question do not count the same."""


def rows(options: Options) -> list[Row]:
    """Return two rows for each tree, and what they come to.

    Raises Different where the counts of a tree are not the same.
    """
    with parts():
        for name in TREES:
            same_count(name)
        if options.plans:
            for name in TREES:
                print(plans(name))
        found = [row for name in TREES for row in measure_tree(name, options)]
    return [*found, *summary(found)]


def same_count(name: str, ways: Collection[str] = OTHERS) -> int:
    """Return how many customers the tree of that name has, by ours and each of the `ways`.

    Raises Different.
    """
    counts = {"ours": ours(name)} | {way: count_rows(OTHERS[way][name]) for way in ways}
    if len(set(counts.values())) > 1:
        raise Different(f"“{name}”: {', '.join(f'{way} {n:,}' for way, n in counts.items())}.")
    return counts["ours"]


def ours(name: str) -> int:
    return matching_customers(TREES[name], as_of=AS_OF).count()


def count_rows(sql: str) -> int:
    return int(_fetch_rows(sql)[0][0])


def measure_tree(
    name: str, options: Options, ways: Collection[str] = OTHERS, part: str = "preview"
) -> list[Row]:
    tree = parse_tree(TREES[name])
    mine, *theirs = in_turn(
        lambda: matching_customers(tree, as_of=AS_OF).count(),
        *(lambda sql=OTHERS[way][name]: _fetch_rows(sql) for way in ways),
        rounds=options.rounds,
        seconds=options.seconds,
    )
    faster = Goal(Kind.FASTER, 20 if name in FIGURES else 1)
    goals = {"Maho's form": (faster,), "by hand": (Goal(Kind.TIMES, 1.3),)}
    return [
        Row(part, name, mine, way, times, goals[way], grows=way == "by hand")
        for way, times in zip(ways, theirs, strict=True)
    ]


def summary(found: list[Row]) -> list[Row]:
    """Return the mean over all trees, the least and the worst of them."""
    ratios = {
        way: {row.what: row.ratio for row in found if row.against == way and row.ratio}
        for way in OTHERS
    }
    of_maho, of_hand = ratios["Maho's form"], ratios["by hand"]
    least, worst = max(of_maho, key=of_maho.__getitem__), max(of_hand, key=of_hand.__getitem__)
    never_slower, limit = Goal(Kind.FASTER, 1), Goal(Kind.TIMES, 1.3)
    return [
        Row(
            "preview",
            "geometric mean",
            against="Maho's form",
            goals=(Goal(Kind.FASTER, 5),),
            given=geometric_mean(of_maho.values()),
        ),
        Row(
            "preview",
            f"the least: {least}",
            against="Maho's form",
            goals=(never_slower,),
            given=of_maho[least],
        ),
        Row(
            "preview",
            f"the worst: {worst}",
            against="by hand",
            goals=(limit,),
            given=of_hand[worst],
        ),
    ]


def plans(name: str) -> str:
    """Return how the database goes about the three ways of one question."""
    ways = {"ours": matching_customers(TREES[name], as_of=AS_OF).values("pk").explain(analyze=True)}
    for way, sql in OTHERS.items():
        ways[way] = "\n".join(line for (line,) in _fetch_rows(f"EXPLAIN ANALYZE {sql[name]}"))
    return "\n".join(f"\n== {name}, {way}\n{plan}" for way, plan in ways.items())


def _fetch_rows(sql: str) -> list[Any]:
    categories = Context(Moment(AS_OF, ())).category_ids(CATEGORIES, below=True)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"as_of": AS_OF, "categories": categories})
        return cursor.fetchall()
