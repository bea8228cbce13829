"""The space in which customers are near each other or far apart: features scaled, and turned.

A row comes out the same alone and among others: sums are taken feature by feature, since a product
of matrices adds up in an order that depends on their size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from predictions.kinds.clusters.declaration import LOG_STANDARD, NONE
from predictions.kinds.fitting.matrix import Matrix, Standard, flatten_values


@dataclass(frozen=True)
class Space:
    """How rows of features (rows, features) become points (rows, dimensions).

    `components`: (dimensions, features) of the principal components, `middle` (features,) where
    they meet; None: the points are the scaled features.
    """

    transform: str
    standard: Standard
    middle: Matrix | None = None
    components: Matrix | None = None

    @classmethod
    def fit(
        cls,
        rows: Matrix,
        transform: str,
        dimensions: int | None,
        unscaled: Sequence[int] = (),
    ) -> "tuple[Space, float]":
        """Return the space of training rows, and the share of their variance that it keeps.

        `dimensions`: of the principal components, at most as many as features and rows. The
        features at the places `unscaled` are taken as they are.
        """
        flat = flat_of(rows, transform)
        found = Standard.fit(flat)
        is_scaled = np.full(flat.shape[1], transform != NONE)
        is_scaled[list(unscaled)] = False
        standard = Standard(
            np.where(is_scaled, found.means, 0.0), np.where(is_scaled, found.weights, 1.0)
        )
        if dimensions is None:
            return cls(transform, standard), 1.0
        pca = PCA(min(dimensions, *flat.shape), svd_solver="full").fit(standard.scaled(flat))
        kept = float(np.nansum(pca.explained_variance_ratio_))
        return cls(transform, standard, pca.mean_, pca.components_), kept

    def points(self, rows: Matrix) -> Matrix:
        """Return the points of rows of features."""
        return self.of_flat(flat_of(rows, self.transform))

    def scaled(self, rows: Matrix) -> Matrix:
        """Return rows of features scaled, and not turned."""
        return self.standard.scaled(flat_of(rows, self.transform))

    def of_flat(self, flat: Matrix) -> Matrix:
        """Return the points of rows that `flat_of` returned."""
        scaled = self.standard.scaled(flat)
        if self.components is None or self.middle is None:
            return scaled
        found = np.zeros((len(flat), len(self.components)))
        for value, middle, weights in zip(scaled.T, self.middle, self.components.T, strict=True):
            found += (value - middle)[:, None] * weights
        return found

    def as_plain(self) -> dict[str, Any]:
        """Return the space in the form that an artifact stores."""
        found: dict[str, Any] = {"transform": self.transform, "standard": self.standard.as_plain()}
        if self.components is not None:
            found |= {"middle": self.middle, "components": self.components}
        return found

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> "Space":
        """Return the space from the result of `as_plain`."""
        return cls(**{**plain, "standard": Standard(**plain["standard"])})


def flat_of(rows: Matrix, transform: str) -> Matrix:
    """Return rows as they are, or their logarithms (of 1 more), what is below 0 being 0 there."""
    return flatten_values(np.maximum(rows, 0)) if transform == LOG_STANDARD else rows


def distances(points: Matrix, centres: Matrix) -> Matrix:
    """Return the squared distance of each point to each centre: (points, centres)."""
    found = np.zeros((len(points), len(centres)))
    for value, centre in zip(points.T, centres.T, strict=True):
        found += (value[:, None] - centre) ** 2
    return found
