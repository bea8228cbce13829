"""Texts, and a sparse matrix of SKUs beside SKUs, as arrays, and what follows from it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from personalization.lists.scored import Floats
from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms.algorithm import Arrays

# Matrices with more entries need longer numbers for their places.
LARGEST_INT32 = 2**31 - 1
# Is in no SKU or code that a database holds.
NUL = "\0"


def as_arrays(rows: csr_matrix) -> Arrays:
    """Return a matrix as the arrays that it is; single precision stays single."""
    places = np.int32 if max(rows.nnz, *rows.shape) <= LARGEST_INT32 else np.int64
    is_single = rows.data.dtype == np.float32
    return {
        "data": rows.data.astype(np.float32 if is_single else np.float64),
        "indices": rows.indices.astype(places),
        "indptr": rows.indptr.astype(places),
        "shape": np.array(rows.shape, dtype=np.int64),
    }


def as_matrix(arrays: Arrays) -> csr_matrix:
    """Return the matrix of these arrays."""
    rows, columns = arrays["shape"].tolist()
    parts = arrays["data"], arrays["indices"], arrays["indptr"]
    return csr_matrix(parts, shape=(rows, columns))


def as_bytes(texts: Sequence[str]) -> NDArray[np.uint8]:
    """Return texts, none of which has a NUL in it, as one array."""
    return np.frombuffer(NUL.join(texts).encode(), dtype=np.uint8)


def as_texts(array: NDArray[np.uint8]) -> list[str]:
    """Return the texts of such an array."""
    text = array.tobytes().decode()
    return text.split(NUL) if text else []


def sum_rows(arrays: Arrays, weights: csr_matrix) -> Floats:
    """Return for each row of `weights` the rows of the matrix, weighted and summed."""
    return np.asarray((weights @ as_matrix(arrays)).toarray())


def most_of(arrays: Arrays, weights: csr_matrix, place: int) -> int | None:
    """Return which row adds most to the sum at `place`, of equal ones the first; None: none does.

    The row of the place itself counts where there is no other: to have bought it is a reason, too.
    """
    bought = weights.indices
    column = as_matrix(arrays)[bought][:, [place]].toarray().ravel()
    parts = weights.data * column
    others = np.where(bought == place, 0, parts)
    for found in (others, parts):
        if len(found) and found.max() > 0:
            return int(bought[found.argmax()])
    return None
