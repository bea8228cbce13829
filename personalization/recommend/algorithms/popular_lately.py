"""`popular_30d`: what most customers bought in the last 30 days; the counter of discovering."""

import numpy as np

from personalization.lists.mixture import DISCOVER
from personalization.lists.scored import Floats
from personalization.recommend.algorithms.algorithm import Arrays, Parameters, Parts
from personalization.recommend.algorithms.demand import DEMAND, fit_demand
from personalization.recommend.history.purchases import Purchases


class PopularLately:
    """The customers of 30 days, the same for everybody."""

    name, wish = "popular_30d", DISCOVER
    parts: Parts = {DEMAND: fit_demand}

    def scores(self, fitted: Arrays, purchases: Purchases, parameters: Parameters) -> Floats:
        """Return the customers who bought each SKU lately."""
        lately = np.asarray(fitted["lately"], dtype=np.float64)
        return np.tile(lately, (purchases.counts.shape[0], 1))

    def because(self, fitted: Arrays, purchases: Purchases, place: int) -> int | None:
        """Return None: it is owed to nothing that the customer bought."""
        return None


POPULAR_LATELY = PopularLately()
