"""Sums of products of columns, and of each column the others that it has most in common with."""

from collections.abc import Iterator

import numpy as np

from personalization.lists.scored import DECIMALS
from personalization.lists.sparse import csr_matrix

# The number of columns that are compared with all others at a time.
TOGETHER = 512
# The number that is kept of each column.
MOST = 100


def grams(matrix: csr_matrix) -> Iterator[tuple[int, csr_matrix]]:
    """Yield the rows of M'M, a block at a time: the first one's number, and the block."""
    columns = matrix.T.tocsr()
    for start in range(0, matrix.shape[1], TOGETHER):
        block = (columns[start : start + TOGETHER] @ matrix).tocsr()
        block.sort_indices()
        yield start, block


def largest(rows: csr_matrix, most: int = MOST, *, is_absolute: bool = False) -> csr_matrix:
    """Return `rows`, sorted by column, with the `most` largest entries of each; of equal ones to
    12 decimals those of lower columns. `is_absolute`: the largest without regard to their sign.
    """
    ends, kept = rows.indptr, []
    for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        if end - start <= most:
            kept.append(np.arange(start, end))
            continue
        values = np.round(rows.data[start:end], DECIMALS)
        if is_absolute:
            values = np.abs(values)
        least = np.partition(values, -most)[-most]
        above = np.flatnonzero(values > least)
        equal = np.flatnonzero(values == least)[: most - len(above)]
        kept.append(start + np.sort(np.concatenate([above, equal])))
    chosen = np.concatenate(kept) if kept else np.arange(0)
    starts = np.cumsum([0, *(len(one) for one in kept)])
    return csr_matrix((rows.data[chosen], rows.indices[chosen], starts), shape=rows.shape)
