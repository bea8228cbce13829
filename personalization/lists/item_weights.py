"""EASE: how much each bought SKU speaks for each other one, by one regularised regression.

H. Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019: G = B'B + l2 I, P = G^-1,
E_ij = -P_ij / P_jj, E_jj = 0. Of each column only the entries of largest absolute value are kept:
cutting rows, or keeping positive entries only, loses accuracy.

The inverse is computed in place by LAPACK (Cholesky factor, then inverse of its lower half): one
matrix of SKUs x SKUs is all the memory that the fit needs besides blocks of columns.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from personalization.lists.nearest import TOGETHER, grams, largest
from personalization.lists.sparse import csc_matrix, csr_matrix, vstack

SHRINKAGE, KEPT = 500.0, 200
# Up to so many SKUs the inverse has double precision, so that equal weights are exact ties; above,
# single precision halves memory and time (20,000 SKUs: 1.6 GB).
DOUBLE_UP_TO = 5_000


def ease(B: Any, l2: float = SHRINKAGE, keep: int = KEPT) -> csc_matrix:
    """Return E, SKUs x SKUs, of B: a row for each customer, 1 (or above 0) where they bought.

    Of each column the `keep` entries of largest absolute value stay; of equal ones to 12 decimals
    those of lower rows. ValueError where `l2` is not above 0 or `keep` is below 1.
    """
    if not l2 > 0 or keep < 1:
        raise ValueError(f"l2 has to be above 0 and keep at least 1, unlike {l2} and {keep}")
    bought = (csr_matrix(B) > 0).astype(np.float64)
    size = bought.shape[1]
    if not size:
        return csc_matrix((0, 0))
    inverse = _inverse(bought, l2)
    diagonal = inverse.diagonal().copy()
    found = []
    for start in range(0, size, TOGETHER):
        stop = min(start + TOGETHER, size)
        # A row of the block is a column of E.
        block = inverse[:, start:stop].T / -diagonal[start:stop, None]
        block[np.arange(stop - start), np.arange(start, stop)] = 0
        found.append(largest(csr_matrix(block), keep, is_absolute=True))
    return csc_matrix(vstack(found, format="csr").T)


def _inverse(bought: csr_matrix, l2: float) -> NDArray[Any]:
    """Return (B'B + l2 I)^-1, both halves of it; the Gram matrix is overwritten."""
    from scipy.linalg import lapack

    size = bought.shape[1]
    is_double = size <= DOUBLE_UP_TO
    potrf, potri = (lapack.dpotrf, lapack.dpotri) if is_double else (lapack.spotrf, lapack.spotri)
    # Columns lie together in memory, as LAPACK needs them to work in place.
    gram = np.zeros((size, size), dtype=np.float64 if is_double else np.float32, order="F")
    for start, block in grams(bought):
        # The matrix is symmetric: the block's rows are columns too.
        gram[:, start : start + block.shape[0]] = block.T.toarray()
    gram[np.diag_indices(size)] += l2
    for compute, overwrite in ((potrf, "overwrite_a"), (potri, "overwrite_c")):
        gram, info = compute(gram, lower=1, **{overwrite: 1})
        if info:
            raise ArithmeticError(f"LAPACK answers {info}")
    for start in range(0, size, TOGETHER):
        stop = min(start + TOGETHER, size)
        gram[:start, start:stop] = gram[start:stop, :start].T
        corner = gram[start:stop, start:stop]
        corner[:] = np.tril(corner) + np.tril(corner, -1).T
    return gram
