"""Measurements of a shop with 10,000,000 customers: five counts, and full refreshes of segments.

Compared only with the best hand-written SQL: Maho's form of the query takes minutes at this size.
"""

from benchmarks.chaos import condition
from benchmarks.made import make, settle
from benchmarks.measure import Goal, Kind, Options, Row, milliseconds
from benchmarks.preview import measure_tree, same_count
from benchmarks.refresh import diffs_by_hand, refresh_all, unchanged_row, wanted_by
from segments.editing.deletion import delete_segments
from segments.models import Membership

# A field, a figure, a count in a window, an item, and all of them mixed.
TREES = (
    "simple field",
    "lifetime sales",
    "3 sales in 90 days of 100 or more",
    "product bought",
    "30 leaves, mixed",
)
BY_HAND = ("by hand",)
# Indexes of segments with conditions on sales, the last order, and orders in a window.
SEGMENTS = {"a figure": 0, "days since": 1, "a count in a window": 3}


def rows(options: Options) -> list[Row]:
    """Return a row for each tree, and two for each segment.

    Raises Different where counts are not the same.
    """
    for name in TREES:
        same_count(name, BY_HAND)
    found = [row for name in TREES for row in measure_tree(name, options, BY_HAND, "large")]
    settle()
    for what, index in SEGMENTS.items():
        found += measure_refresh(what, index, max(1, options.rounds // 2))
    return found


def measure_refresh(what: str, index: int, rounds: int) -> list[Row]:
    """Measure a segment from empty, alternating with hand-written SQL, and then with no changes."""
    ours, by_hand = [], []
    for number in range(rounds):
        segments = [make(index, condition(index))]
        works = [
            (ours, lambda made=segments: refresh_all(made)),
            (by_hand, lambda made=segments: diffs_by_hand([wanted_by(made[0])])),
        ]
        try:
            for times, work in works if number % 2 == 0 else reversed(works):
                times.append(milliseconds(work))
            members = Membership.objects.filter(segment=segments[0]).count()
            if number == rounds - 1:
                unchanged = unchanged_row("large", f"{what}, nothing changed", segments, rounds)
        finally:
            delete_segments(segments)
    goals = (Goal(Kind.TIMES, 1.3),)
    from_empty = Row(
        "large",
        f"{what}, from empty",
        ours,
        "by hand",
        by_hand,
        goals,
        amount=members,
        unit="members",
        grows=True,
    )
    return [from_empty, unchanged]
