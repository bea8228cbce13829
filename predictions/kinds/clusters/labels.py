"""Labels of clusters, which keep their meaning from version to version.

At first `1` is the cluster whose customers spent most on average, and so on. Later each cluster
takes the label of the nearest former cluster, so that all clusters together move least; clusters
left over take the next numbers that were never given. A cluster within a cluster has the outer
cluster's label, a point and a number of its own: `2.1`.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from predictions.kinds.clusters.space import distances
from predictions.kinds.fitting.matrix import Matrix


def first_labels(means: Sequence[float], sizes: Sequence[int], after: int = 0) -> list[str]:
    """Return labels by falling mean, then size, the first being the number behind `after`."""
    order = sorted(range(len(means)), key=lambda place: (-means[place], -sizes[place], place))
    ranks = {place: rank for rank, place in enumerate(order, start=after + 1)}
    return [str(ranks[place]) for place in range(len(means))]


def match_labels(
    centres: Matrix,
    means: Sequence[float],
    sizes: Sequence[int],
    before: Mapping[str, Matrix],
    given: Collection[str],
) -> list[str]:
    """Return the label of each cluster, those of `before` where they go on.

    `centres` and those of `before`, by label, are points of one space. `given` are the labels that
    earlier versions have had: none of them comes to mean something else.
    """
    last = max((int(label) for label in given), default=0)
    if not before:
        return first_labels(means, sizes, last)
    names, theirs = list(before), np.array(list(before.values()))
    rows, columns = linear_sum_assignment(np.sqrt(distances(centres, theirs)))
    found = {
        row: names[column] for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    }
    new = [place for place in range(len(means)) if place not in found]
    for place, label in zip(
        new,
        first_labels([means[one] for one in new], [sizes[one] for one in new], last),
        strict=True,
    ):
        found[place] = label
    return [found[place] for place in range(len(means))]


def by_number(label: str) -> tuple[tuple[int, int | str], ...]:
    """Return by what labels are sorted: 2 before 2.1 before 10, words at the end."""
    parts = label.split(".")
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts)
