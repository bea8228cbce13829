"""`similar`: SKUs bought by the same customers.

cos(i, j) = n_ij / sqrt(n_i n_j), where n counts customers, of pairs with n_ij >= 2.
"""

import numpy as np

from personalization.lists.sparse import csr_matrix
from personalization.recommend.history.purchases import History

FEWEST = 2


def similarities(history: History, first: int, block: csr_matrix) -> csr_matrix:
    """Return a row of cosines for each SKU from place `first` on.

    `block` are the rows of how many customers bought both (`grams` of `history.bought`).
    """
    buyers = history.buyers
    found = block.tocoo()
    rows, columns, both = found.row + first, found.col, found.data
    kept = (both >= FEWEST) & (rows != columns)
    rows, columns, both = rows[kept], columns[kept], both[kept]
    cosines = both / np.sqrt(buyers[rows] * buyers[columns])
    return csr_matrix((cosines, (rows - first, columns)), shape=block.shape)
