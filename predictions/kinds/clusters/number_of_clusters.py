"""Choose the number of clusters by how good each division is.

Silhouette alone prefers two clusters nearly always. So of the numbers of clusters that are tried
those count whose smallest cluster is no remnant and that come out the same when customers are drawn
again; of these the largest whose silhouette is nearly the best.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)

from predictions.history.values import PLACES
from predictions.kinds.clusters.declaration import (
    DBSCAN,
    HDBSCAN,
    HIERARCHICAL,
    LEAST_CLUSTER,
    LEAST_STABILITY,
    WITHOUT_K,
)
from predictions.kinds.clusters.divisions import Division, divide_points, nearest
from predictions.kinds.fitting.matrix import Matrix

# A silhouette that is at most this much below the best silhouette is as good.
AS_GOOD = 0.01
DRAWS = 20
# Of more points, a fixed sample is measured; algorithms whose time grows with the square of the
# points draw smaller samples to test their stability.
MOST = 20_000
MOST_DRAWN = {HIERARCHICAL: 2_000, HDBSCAN: 4_000, DBSCAN: 4_000}


@dataclass(frozen=True)
class Tried:
    """A division and how good it is; None: it has no such figure. `sizes` fall.

    `k` clusters it has, of which so many were `asked` for.
    """

    division: Division
    asked: int | None
    k: int
    silhouette: float | None
    davies_bouldin: float | None
    calinski_harabasz: float | None
    bootstrap_ari: float
    smallest_share: float
    sizes: Sequence[int]

    @property
    def is_stable(self) -> bool:
        """Whether the smallest cluster is large enough, and repeated draws give like clusters."""
        return (
            self.k > 1
            and round(self.smallest_share, PLACES) >= LEAST_CLUSTER
            and round(self.bootstrap_ari, PLACES) >= LEAST_STABILITY
        )

    def smallest_of(self, customers: int) -> int:
        """Return the size of the smallest cluster where `customers` in all are divided so."""
        return round(self.smallest_share * customers)

    def as_json(self) -> dict[str, Any]:
        """Return its figures under their public names, with 6 decimals."""
        figures = {
            name: getattr(self, name)
            for name in (
                *("silhouette", "davies_bouldin", "calinski_harabasz"),
                *("bootstrap_ari", "smallest_share"),
            )
        }
        rounded = {
            name: None if value is None else round(value, PLACES) for name, value in figures.items()
        }
        return {"k": self.k, **rounded, "sizes": list(self.sizes)}


def try_divisions(
    points: Matrix,
    algorithm: str,
    ks: Iterable[int],
    seed: int,
    note: Callable[[int, int | None], None],
) -> list[Tried]:
    """Return a division of `points` for each of `ks`, and how good it is.

    Algorithms that find the number of clusters themselves run once, whatever `ks` are.
    """
    wanted: list[int | None] = [None] if algorithm in WITHOUT_K else list(ks)
    found = []
    for place, k in enumerate(wanted):
        note(place, len(wanted))
        division = divide_points(points, algorithm, k, seed)
        found.append(_measure_division(points, division, algorithm, k, seed))
    return found


def best_trial(trials: Iterable[Tried]) -> Tried | None:
    """Return the stable trial with the most clusters that is nearly as good as the best; or None.

    Nearly as good: its silhouette is at most `AS_GOOD` below the best.
    """
    stable = [one for one in trials if one.is_stable and one.silhouette is not None]
    if not stable:
        return None
    most = max(round(one.silhouette or 0.0, PLACES) for one in stable)
    good = [one for one in stable if round(most - (one.silhouette or 0.0), PLACES) <= AS_GOOD]
    return max(good, key=lambda one: one.k)


def largest(trials: Iterable[Tried], least: int, customers: int) -> Tried | None:
    """Return the stable trial with the most clusters that are all large enough; None: no trial.

    Large enough: at least `least` customers when `customers` in all are divided.
    """
    stable = [one for one in trials if one.is_stable and one.smallest_of(customers) >= least]
    return max(stable, key=lambda one: one.k, default=None)


def _measure_division(
    points: Matrix, division: Division, algorithm: str, k: int | None, seed: int
) -> Tried:
    inside = division.numbers >= 0
    sizes = np.bincount(division.numbers[inside], minlength=division.count)
    share = float(sizes.min() / len(points)) if division.count else 0.0
    return Tried(
        division,
        k,
        division.count,
        *_indices(points[inside], division.numbers[inside], seed),
        _stability(points, division, algorithm, k, seed),
        share,
        sorted(sizes.tolist(), reverse=True),
    )


def _indices(
    points: Matrix, numbers: Any, seed: int
) -> tuple[float | None, float | None, float | None]:
    chosen = sample_of(len(points), MOST, seed)
    points, numbers = points[chosen], numbers[chosen]
    count = len(np.unique(numbers))
    if not 1 < count < len(points):
        return None, None, None
    return (
        float(silhouette_score(points, numbers)),
        float(davies_bouldin_score(points, numbers)),
        float(calinski_harabasz_score(points, numbers)),
    )


def _stability(
    points: Matrix, division: Division, algorithm: str, k: int | None, seed: int
) -> float:
    """Return the mean adjusted Rand index of divisions of the same customers, drawn again."""
    if division.count < 2:
        return 0.0
    points = points[sample_of(len(points), MOST_DRAWN.get(algorithm, MOST), seed)]
    ours, drawn = nearest(points, division.centres), np.random.RandomState(seed)
    found = []
    for _draw in range(DRAWS):
        again = divide_points(
            points[drawn.randint(0, len(points), len(points))], algorithm, k, seed
        )
        if again.count < 2:
            found.append(0.0)
        else:
            found.append(float(adjusted_rand_score(ours, nearest(points, again.centres))))
    return float(np.mean(found))


def sample_of(count: int, most: int, seed: int) -> Any:
    """Return at most `most` places, rising: the same places for the same count and seed."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.RandomState(seed).choice(count, most, replace=False))
