"""`hybrid_neural`: matrix factorisation. The name is the seed's; there is no neural network in it.

Customers and SKUs get 64 numbers each, so that the products of theirs come near to 1 where
somebody has bought, the more surely the more often: alternating least squares with confidence
1 + 40 c, solved by conjugate gradients (Y. Hu, Y. Koren, C. Volinsky, Collaborative Filtering for
Implicit Feedback Datasets, 2008; G. Takacs, I. Pilaszy, D. Tikk, Applications of the Conjugate
Gradient Method for Implicit Feedback, 2011), by the library `implicit`. Only the numbers of SKUs
are kept: those of a customer are solved for, exactly, when they are asked for, from what they have
bought by then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from personalization.lists.scored import Floats
from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms.algorithm import Arrays
from personalization.recommend.history import History

# Both are loaded when they are first needed, not at the start.
if TYPE_CHECKING:
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import ThreadpoolController

FACTORS, ROUNDS = 64, 8
CONFIDENCE, SHRINKAGE = 40.0, 0.1
SEED = 1


class HybridNeural:
    """Alternating least squares."""

    name = "hybrid_neural"

    def fit(self, history: History) -> Arrays:
        """Return the numbers of each SKU."""
        if not history.counts.nnz:
            return {"factors": np.zeros((history.counts.shape[1], FACTORS), np.float32)}
        dice = np.random.default_rng(SEED)
        with _one_thread_of_blas():
            model = _model()
            # From numbers of both signs groups part sooner than from the library's positive ones.
            model.user_factors, model.item_factors = (
                dice.normal(0, 0.01, (n, FACTORS)).astype(np.float32) for n in history.counts.shape
            )
            model.fit(_sure(history.counts), show_progress=False)
        return {"factors": np.asarray(model.item_factors)}

    def scores(self, fitted: Arrays, counts: csr_matrix) -> Floats:
        """Return the products of the customers' numbers and those of the SKUs."""
        with _one_thread_of_blas():
            model = _model()
            model.item_factors = np.ascontiguousarray(fitted["factors"], np.float32)
            customers = model.recalculate_user(np.arange(counts.shape[0]), _sure(counts))
        return np.asarray(customers @ model.item_factors.T, float)

    def because(self, fitted: Arrays, counts: csr_matrix, place: int) -> int | None:
        """Return None: a sum of all that was bought has no one reason."""
        return None


@contextmanager
def _one_thread_of_blas() -> Iterator[None]:
    """Keep BLAS from threads of its own, beside which those of the library would only wait."""
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> "ThreadpoolController":
    # Only what is loaded by now is found, and looking for it takes longer than to score a customer.
    import implicit.cpu.als  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _model() -> "AlternatingLeastSquares":
    from implicit.cpu.als import AlternatingLeastSquares

    return AlternatingLeastSquares(factors=FACTORS, regularization=SHRINKAGE, iterations=ROUNDS)


def _sure(counts: csr_matrix) -> csr_matrix:
    """Return how sure each purchase is, as the library takes it."""
    values = (1 + CONFIDENCE * counts.data).astype(np.float32)
    return csr_matrix((values, counts.indices, counts.indptr), shape=counts.shape)


HYBRID_NEURAL = HybridNeural()
