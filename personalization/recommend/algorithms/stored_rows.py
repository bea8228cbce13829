"""A sparse matrix of SKUs beside SKUs as arrays, and what follows from it."""

import numpy as np

from personalization.lists.scored import Floats
from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms.algorithm import Arrays


def as_arrays(rows: csr_matrix) -> Arrays:
    """Return a matrix as the arrays that it is."""
    return {
        "data": rows.data.astype(np.float64),
        "indices": rows.indices.astype(np.int64),
        "indptr": rows.indptr.astype(np.int64),
        "shape": np.array(rows.shape, dtype=np.int64),
    }


def as_matrix(arrays: Arrays) -> csr_matrix:
    """Return the matrix of these arrays."""
    rows, columns = arrays["shape"].tolist()
    parts = arrays["data"], arrays["indices"], arrays["indptr"]
    return csr_matrix(parts, shape=(rows, columns))


def summed(arrays: Arrays, weights: csr_matrix) -> Floats:
    """Return for each row of `weights` the rows of the matrix, weighted and summed."""
    return np.asarray((weights @ as_matrix(arrays)).toarray())


def most_of(arrays: Arrays, weights: csr_matrix, place: int) -> int | None:
    """Return which row adds most to the sum at `place`, of equal ones the first; None: none does.

    The row of the place itself counts where there is no other: to have bought it is a reason, too.
    """
    column = as_matrix(arrays)[:, [place]].toarray().ravel()
    parts = weights.toarray().ravel() * column
    others = np.where(np.arange(len(parts)) == place, 0, parts)
    for found in (others, parts):
        if len(found) and found.max() > 0:
            return int(found.argmax())
    return None
