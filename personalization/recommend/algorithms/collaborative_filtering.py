"""`collaborative_filtering`: as `cosine`, but weighted by BM25, and repeated purchases count.

w_ui = 2.2 c / (1.2 (0.25 + 0.75 L_i / mean L) + c) (ln(SKUs) - ln(1 + different SKUs of u)), where
c are the customer's orders with i, L_i = sum of c over customers (S. Robertson, H. Zaragoza, The
Probabilistic Relevance Framework: BM25 and Beyond, 2009; a SKU is the document).
sim(i, j) = sum over u of w_ui w_uj, the 100 largest of each i, itself included.
"""

import numpy as np

from personalization.lists.mixture import DISCOVER
from personalization.lists.nearest import grams, largest
from personalization.lists.scored import Floats
from personalization.lists.sparse import csr_matrix, vstack
from personalization.recommend.algorithms.algorithm import Arrays, Parameters, Parts
from personalization.recommend.algorithms.stored_rows import as_arrays, most_of, sum_rows
from personalization.recommend.history.purchases import History, Purchases

SATURATION, BY_LENGTH = 1.2, 0.75


def _fit(history: History) -> Arrays:
    """Return the similarities."""
    found = [largest(block) for _start, block in grams(_weight_counts(history.counts))]
    return as_arrays(vstack(found, format="csr") if found else csr_matrix((0, 0)))


class CollaborativeFiltering:
    """Item-item by BM25."""

    name, wish = "collaborative_filtering", DISCOVER
    parts: Parts = {"collaborative_filtering": _fit}

    def scores(self, fitted: Arrays, purchases: Purchases, parameters: Parameters) -> Floats:
        """Return sums of similarities, each as often as it was bought."""
        return sum_rows(fitted, purchases.counts)

    def because(self, fitted: Arrays, purchases: Purchases, place: int) -> int | None:
        """Return the place of the purchase that adds most to the score of `place`."""
        return most_of(fitted, purchases.counts, place)


def _weight_counts(counts: csr_matrix) -> csr_matrix:
    users, items = counts.shape
    lengths = np.asarray(counts.sum(axis=0)).ravel()
    different = np.diff(counts.indptr)
    if not counts.nnz:
        return counts
    rows = np.repeat(np.arange(users), different)
    by_length = (1 - BY_LENGTH) + BY_LENGTH * lengths / lengths.mean()
    rare = np.log(items) - np.log1p(different)
    c = counts.data
    weights = (SATURATION + 1) * c / (SATURATION * by_length[counts.indices] + c) * rare[rows]
    return csr_matrix((weights, counts.indices, counts.indptr), shape=counts.shape)


COLLABORATIVE_FILTERING = CollaborativeFiltering()
