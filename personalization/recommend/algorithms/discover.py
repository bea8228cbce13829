"""`discover`: what goes with all that was bought, by EASE, raised by the season.

score(u, j) = max(0, sum of E_ij over i bought by u) q_j^e, E from `personalization.lists.ease` over
the most bought SKUs (`LIST_CORE_SKUS`, ties by SKU); q_j = (n30_j + 1) / (n_j + 10).
"""

import numpy as np

from personalization.lists import ease
from personalization.lists.mixture import DISCOVER as WISH
from personalization.lists.scored import Floats
from personalization.lists.sparse import csr_matrix
from personalization.recommend.algorithms.algorithm import Arrays, Parameters, Parts
from personalization.recommend.algorithms.demand import DEMAND, fit_demand, seasons
from personalization.recommend.algorithms.stored_rows import as_arrays, most_of, sum_rows
from personalization.recommend.history.purchases import History, Purchases, core_places


def _fit_weights(history: History) -> Arrays:
    """Return E as the rows of what was bought, among all SKUs."""
    core = core_places(history)
    weights = ease(history.bought[:, core]).tocoo()
    size = len(history.skus)
    pairs = (core[weights.row], core[weights.col]) if len(core) else (weights.row, weights.col)
    return as_arrays(csr_matrix((weights.data, pairs), shape=(size, size)))


class Discover:
    """Item weights by regression."""

    name, wish = "discover", WISH
    parts: Parts = {DEMAND: fit_demand, "discover": _fit_weights}

    def scores(self, fitted: Arrays, purchases: Purchases, parameters: Parameters) -> Floats:
        """Return sums of weights above 0, times the season factor."""
        raised = seasons(fitted) ** parameters["e"]
        return np.maximum(sum_rows(fitted, purchases.bought).astype(np.float64), 0) * raised

    def because(self, fitted: Arrays, purchases: Purchases, place: int) -> int | None:
        """Return the place of the purchase that adds most to the score of `place`."""
        return most_of(fitted, purchases.bought, place)


DISCOVER = Discover()
