"""Features as a matrix that models are fitted on: nothing missing, nothing skewed, one scale.

A row comes out the same alone and among others: logarithms are taken value by value (NumPy's own
may differ in the last digit between one value and many), the rest is rounded as IEEE 754 says.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
# Whether the outcome happened, for each row.
Outcomes = NDArray[np.bool_]


@dataclass(frozen=True)
class Standard:
    """The mean and one over the deviation of each feature in the training rows.

    Shapes: (features,). The weight is 0 of a feature with the same value in all rows.
    """

    means: Matrix
    weights: Matrix

    @classmethod
    def fit(cls, rows: Matrix) -> "Standard":
        """Return the standard of training rows, of which there is one at least."""
        varies = rows.min(axis=0) < rows.max(axis=0)
        return cls(rows.mean(axis=0), varies / np.where(varies, rows.std(axis=0), 1.0))

    def scaled(self, rows: Matrix) -> Matrix:
        """Return the rows, (rows, features): mean 0 and deviation 1 in the training."""
        return (rows - self.means) * self.weights

    def as_plain(self) -> dict[str, Matrix]:
        """Return the standard in the form that an artifact stores."""
        return asdict(self)


@dataclass(frozen=True)
class Scaling:
    """The scales of each feature and of each indicator of a missing value in the training rows.

    Shapes: `medians` (features,), the other two (2 x features,): the features, then the indicators.
    `weights` is one over the deviation; 0 for a column with the same value in all rows.
    """

    medians: Matrix
    means: Matrix
    weights: Matrix

    @classmethod
    def fit(cls, rows: Matrix) -> "Scaling":
        """Return the scaling of training rows, of which there is one at least."""
        medians = np.array([_median(column) for column in rows.T])
        standard = Standard.fit(_columns(rows, medians))
        return cls(medians, standard.means, standard.weights)

    def scaled(self, rows: Matrix) -> Matrix:
        """Return the rows as (rows, 2 x features): mean 0 and deviation 1 in the training."""
        return (_columns(rows, self.medians) - self.means) * self.weights

    def as_plain(self) -> dict[str, Matrix]:
        """Return the scaling in the form that an artifact stores."""
        return asdict(self)

    @classmethod
    def of_plain(cls, plain: Mapping[str, Matrix]) -> "Scaling":
        """Return the scaling from the result of `as_plain`."""
        return cls(**plain)


def _median(column: Matrix) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if known.size else 0.0


def _columns(rows: Matrix, medians: Matrix) -> Matrix:
    missing = np.isnan(rows)
    return np.hstack([flatten_values(np.where(missing, medians, rows)), missing.astype(np.float64)])


def flatten_values(values: Matrix) -> Matrix:
    """Return log1p of what is 0 or more, and its mirror image below.

    Counts, days, shares and ratios cannot be negative; sums of sales and the trend can, and keep
    their order and their sign.
    """
    # Many are the same.
    distinct, place = np.unique(values, return_inverse=True)
    flat = [math.copysign(math.log1p(abs(value)), value) for value in distinct.tolist()]
    return np.array(flat, dtype=np.float64)[place].reshape(values.shape)
