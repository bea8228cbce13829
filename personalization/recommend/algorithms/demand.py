"""How many customers bought each SKU, ever and lately: the part that several algorithms share."""

import numpy as np

from personalization.lists.basket_scores import season_factors
from personalization.lists.scored import Floats
from personalization.recommend.algorithms.algorithm import Arrays
from personalization.recommend.history.purchases import History

DEMAND = "demand"


def fit_demand(history: History) -> Arrays:
    """Return the customers who bought each SKU, and those of the last 30 days."""
    return {"buyers": history.buyers, "lately": history.bought_lately}


def seasons(fitted: Arrays) -> Floats:
    """Return the season factor of each SKU."""
    return season_factors(np.asarray(fitted["lately"]), np.asarray(fitted["buyers"]))
