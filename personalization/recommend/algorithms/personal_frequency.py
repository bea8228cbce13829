"""`personal_frequency`: what the customer ordered most often; the counter of buying again.

score = c_ui + n_i / (10^6 max n): ties of the customer's orders go by the customers who bought the
SKU, and SKUs never bought follow by them. Ties by SKU alone lose a tenth of the accuracy.
"""

import numpy as np

from personalization.lists.mixture import AGAIN
from personalization.lists.scored import Floats
from personalization.recommend.algorithms.algorithm import Arrays, Parameters, Parts
from personalization.recommend.algorithms.demand import DEMAND, fit_demand
from personalization.recommend.history.purchases import Purchases

TIES = 1e6


class PersonalFrequency:
    """The customer's own counts."""

    name, wish = "personal_frequency", AGAIN
    parts: Parts = {DEMAND: fit_demand}

    def scores(self, fitted: Arrays, purchases: Purchases, parameters: Parameters) -> Floats:
        """Return how many orders of the customer have each SKU, and a trace of its buyers."""
        buyers = np.asarray(fitted["buyers"])
        # Before anybody known has bought anything, there is nothing to divide by.
        most = max(float(buyers.max(initial=0)), 1.0)
        return np.asarray(purchases.counts.toarray() + buyers / (TIES * most))

    def because(self, fitted: Arrays, purchases: Purchases, place: int) -> int | None:
        """Return the SKU itself, where it was bought."""
        return bought_place(purchases, place)


def bought_place(purchases: Purchases, place: int) -> int | None:
    """Return `place` where the one customer bought that SKU: to have bought it is the reason."""
    return place if place in purchases.counts.indices else None


PERSONAL_FREQUENCY = PersonalFrequency()
