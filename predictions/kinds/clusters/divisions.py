"""Algorithms that divide points into clusters. Settings not given are scikit-learn's defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist
from sklearn import cluster
from sklearn.neighbors import NearestNeighbors

from predictions.kinds.clusters.declaration import DBSCAN, HDBSCAN, HIERARCHICAL, KMEANS
from predictions.kinds.clusters.space import distances
from predictions.kinds.fitting.matrix import Matrix

# The number of each point's cluster, from 0 on; -1 for a point in no cluster.
Numbers = NDArray[np.int64]
# The largest number of points to cluster; all other points belong to the nearest centre.
MOST: Mapping[str, int] = {
    KMEANS: 100_000,
    HDBSCAN: 20_000,
    DBSCAN: 20_000,
    HIERARCHICAL: 10_000,
}
STARTS, ROUNDS = 10, 300
# HDBSCAN: the least share of points, and the least number of points, in a cluster.
LEAST_SHARE, LEAST = 0.02, 10
# DBSCAN: neighbours per dimension that make a point a core point; the percentage of core points.
NEIGHBOURS, CORES = 2, 90


@dataclass(frozen=True)
class Division:
    """A clustering: the cluster number of each point, and the centres (clusters, dimensions)."""

    numbers: Numbers
    centres: Matrix

    @property
    def count(self) -> int:
        """The number of clusters."""
        return len(self.centres)


def divide_points(points: Matrix, algorithm: str, k: int | None, seed: int) -> Division:
    """Divide points (rows, dimensions) into `k` clusters, if the algorithm needs a number.

    There may be fewer clusters where points are equal.
    """
    return _WAYS[algorithm](points, k or 0, seed)


def nearest(points: Matrix, centres: Matrix) -> Numbers:
    """Return the number of each point's nearest centre; of equal distances, the first."""
    return np.asarray(distances(points, centres).argmin(axis=1))


def centres_of(points: Matrix, numbers: Numbers) -> Division:
    """Return a division by `numbers`, renumbered without gaps; centres are means of points."""
    known = np.unique(numbers[numbers >= 0])
    centres = [points[numbers == one].mean(axis=0) for one in known.tolist()]
    renumbered = np.where(numbers >= 0, np.searchsorted(known, numbers), -1)
    return Division(renumbered, np.array(centres).reshape(len(known), points.shape[1]))


def cut_clusters(points: Matrix, k: int) -> tuple[Numbers, Numbers]:
    """Return Ward's clusters at the cut that leaves `k` clusters, and at the cut for 3 x `k`."""
    tree, distinct = linkage(pdist(points), "ward"), len(np.unique(points, axis=0))
    upper, lower = (
        np.asarray(fcluster(tree, min(cut, distinct), "maxclust"), dtype=np.int64) - 1
        for cut in (k, 3 * k)
    )
    return upper, lower


def _kmeans(points: Matrix, k: int, seed: int) -> Division:
    count = min(k, len(np.unique(points, axis=0)))
    model = cluster.KMeans(count, n_init=STARTS, max_iter=ROUNDS, random_state=seed).fit(points)
    # Scoring assigns the nearest centre: do so here too, even if the last iteration moved a centre.
    return Division(nearest(points, model.cluster_centers_), model.cluster_centers_)


def _hdbscan(points: Matrix, _k: int, _seed: int) -> Division:
    least = max(LEAST, int(np.ceil(LEAST_SHARE * len(points))))
    if len(points) < 2 * least:
        return centres_of(points, np.zeros(len(points), dtype=np.int64))
    return centres_of(points, cluster.HDBSCAN(least, copy=True).fit(points).labels_)


def _dbscan(points: Matrix, _k: int, _seed: int) -> Division:
    neighbours = min(NEIGHBOURS * points.shape[1], len(points))
    near = NearestNeighbors(n_neighbors=neighbours).fit(points)
    farthest = np.sort(near.kneighbors(points)[0][:, -1])
    radius = float(farthest[max(-(-CORES * len(points) // 100), 1) - 1])
    if not radius:
        return centres_of(points, np.zeros(len(points), dtype=np.int64))
    return centres_of(
        points, cluster.DBSCAN(eps=radius, min_samples=neighbours).fit(points).labels_
    )


def _hierarchical(points: Matrix, k: int, _seed: int) -> Division:
    if len(points) < 2:
        return centres_of(points, np.zeros(len(points), dtype=np.int64))
    return centres_of(points, cut_clusters(points, k)[0])


_WAYS: Mapping[str, Callable[[Matrix, int, int], Division]] = {
    KMEANS: _kmeans,
    HDBSCAN: _hdbscan,
    DBSCAN: _dbscan,
    HIERARCHICAL: _hierarchical,
}
