"""`next_basket`: what a customer buys again, by counts that fade, and what goes with it.

score(j) = beta top(o_j q_j^0.25) + (1 - beta) top(d_j), after the frequency part of TIFU-KNN
(H. Hu, X. He, J. Gao, Z. Zhang, Modeling Personalized Item Frequency Information for Next-basket
Recommendation, SIGIR 2020). o_j: the customer's orders with j, halved every 365 days; q_j: the
season factor of j; d_j: the scores of `discover`.
"""

from collections.abc import Sequence

import numpy as np

from personalization.lists.scored import Floats

HALF_LIFE_DAYS = 365.0
SEASON_EXPONENT = 0.25


def next_basket(
    own: Floats | Sequence[float],
    discover: Floats | Sequence[float],
    q: Floats | Sequence[float],
    beta: float,
) -> Floats:
    """Return the scores, in the shape of `own`: one customer's SKUs, or a row for each customer.

    `own` are the faded counts, `discover` the scores of the item side, `q` the season factors of
    the SKUs, `beta` (0..1) the share of the customer's own part.
    """
    repeated = np.asarray(own, dtype=np.float64) * np.asarray(q, np.float64) ** SEASON_EXPONENT
    return np.asarray(beta * top(repeated) + (1 - beta) * top(np.asarray(discover, np.float64)))


def top(scores: Floats) -> Floats:
    """Return scores, of which those below 0 count as 0, divided by the largest of their row.

    A row without a score above 0 is 0 throughout.
    """
    if not scores.shape[-1]:
        return scores
    above = np.maximum(scores, 0)
    most = above.max(axis=-1, keepdims=True)
    return np.asarray(np.divide(above, most, out=np.zeros_like(above), where=most > 0))


def season_factors(bought_lately: Floats, bought: Floats) -> Floats:
    """Return q_j = (n30_j + 1) / (n_j + 10) of customers who bought j in 30 days, and ever."""
    return np.asarray((bought_lately + 1) / (bought + 10))
