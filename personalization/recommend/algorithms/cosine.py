"""`cosine`: what was bought by those who bought the same, each SKU once.

cos(i, j) = n_ij / sqrt(n_i n_j), of customers; the 100 largest of each i, itself (1) included.
"""

import numpy as np

from personalization.lists.mixture import DISCOVER
from personalization.lists.nearest import grams, largest
from personalization.lists.scored import Floats
from personalization.lists.sparse import csr_matrix, diags, vstack
from personalization.recommend.algorithms.algorithm import Arrays, Parameters, Parts
from personalization.recommend.algorithms.stored_rows import as_arrays, most_of, sum_rows
from personalization.recommend.history.purchases import History, Purchases


def _fit(history: History) -> Arrays:
    """Return the cosines."""
    # A SKU that only unknown shoppers bought has no cosine.
    scale = 1 / np.sqrt(np.maximum(history.buyers, 1))
    found = []
    for start, block in grams(history.bought):
        rows = diags(scale[start : start + block.shape[0]])
        found.append(largest((rows @ block @ diags(scale)).tocsr()))
    return as_arrays(vstack(found, format="csr") if found else csr_matrix((0, 0)))


class Cosine:
    """Item-item by cosine."""

    name, wish = "cosine", DISCOVER
    parts: Parts = {"cosine": _fit}

    def scores(self, fitted: Arrays, purchases: Purchases, parameters: Parameters) -> Floats:
        """Return sums of cosines."""
        return sum_rows(fitted, purchases.bought)

    def because(self, fitted: Arrays, purchases: Purchases, place: int) -> int | None:
        """Return the most alike."""
        return most_of(fitted, purchases.bought, place)


COSINE = Cosine()
