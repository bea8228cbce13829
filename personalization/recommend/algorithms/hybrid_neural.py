"""`hybrid_neural`: matrix factorisation. The name is the seed's; there is no neural network in it.

Customers and SKUs get 64 numbers each, so that the products of theirs come near to 1 where
somebody has bought, the more surely the more often: alternating least squares with confidence
1 + 40 c, solved by conjugate gradients (Y. Hu, Y. Koren, C. Volinsky, Collaborative Filtering for
Implicit Feedback Datasets, 2008; G. Takacs, I. Pilaszy, D. Tikk, Applications of the Conjugate
Gradient Method for Implicit Feedback, 2011). Only the numbers of SKUs are kept: those of a customer
are solved for when they are asked for, from what they have bought by then.
"""

import numpy as np

from personalization.recommend.algorithms.algorithm import Arrays
from personalization.recommend.history import History
from personalization.recommend.scored import Floats
from personalization.recommend.sparse import csr_matrix

FACTORS, ROUNDS, STEPS, STEPS_OF_NEW = 64, 8, 3, 12
CONFIDENCE, SHRINKAGE = 40.0, 0.1
# So many rows are solved for together.
TOGETHER = 2_048
SEED = 1


class HybridNeural:
    """Alternating least squares."""

    name = "hybrid_neural"

    def fit(self, history: History) -> Arrays:
        """Return the numbers of each SKU."""
        dice = np.random.default_rng(SEED)
        by_customer, by_sku = history.counts, history.counts.T.tocsr()
        customers, skus = (dice.normal(0, 0.01, (n, FACTORS)) for n in history.counts.shape)
        for _round in range(ROUNDS):
            customers = _solved(by_customer, skus, customers, STEPS)
            skus = _solved(by_sku, customers, skus, STEPS)
        return {"factors": skus}

    def scores(self, fitted: Arrays, counts: csr_matrix) -> Floats:
        """Return the products of the customers' numbers and those of the SKUs."""
        factors = fitted["factors"]
        start = np.zeros((counts.shape[0], factors.shape[1]))
        return np.asarray(_solved(counts, factors, start, STEPS_OF_NEW) @ factors.T)

    def because(self, fitted: Arrays, counts: csr_matrix, place: int) -> int | None:
        """Return None: a sum of all that was bought has no one reason."""
        return None


def _solved(counts: csr_matrix, factors: Floats, start: Floats, steps: int) -> Floats:
    """Return the numbers of each row of `counts` that fit `factors` best, from `start` on."""
    gram = factors.T @ factors + SHRINKAGE * np.eye(factors.shape[1])
    found = [
        _block(counts[at : at + TOGETHER], factors, gram, start[at : at + TOGETHER], steps)
        for at in range(0, counts.shape[0], TOGETHER)
    ]
    return np.concatenate(found) if found else start


def _block(counts: csr_matrix, factors: Floats, gram: Floats, start: Floats, steps: int) -> Floats:
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    there = factors[counts.indices]
    sure = CONFIDENCE * counts.data

    def spread(weights: Floats) -> Floats:
        parts = csr_matrix((weights, counts.indices, counts.indptr), shape=counts.shape)
        return np.asarray(parts @ factors)

    def applied(to: Floats) -> Floats:
        dots = np.einsum("ij,ij->i", to[rows], there)
        return np.asarray(to @ gram) + spread(sure * dots)

    found = start.copy()
    rest = spread(1 + sure) - applied(found)
    way, length = rest.copy(), (rest * rest).sum(axis=1)
    for _step in range(steps):
        ahead = applied(way)
        far = length / np.maximum((way * ahead).sum(axis=1), np.finfo(float).tiny)
        found += far[:, None] * way
        rest -= far[:, None] * ahead
        before, length = length, (rest * rest).sum(axis=1)
        way = rest + (length / np.maximum(before, np.finfo(float).tiny))[:, None] * way
    return found


HYBRID_NEURAL = HybridNeural()
