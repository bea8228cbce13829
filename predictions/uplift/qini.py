"""The Qini coefficient: how much more an order of customers wins than contacting them at random.

N. Radcliffe, Using Control Groups to Target on Predicted Lift, 2007.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
SAMPLES, LOWER_PERCENT = 200, 2.5


def qini(score: ArrayLike, treated: ArrayLike, outcome: ArrayLike, ids: ArrayLike) -> float:
    """Return the Qini coefficient of a score; positive is better than chance.

    Arrays of equal length: a customer's score, whether the customer was contacted, whether the
    outcome came (0 or 1), and the id. Customers are taken by falling score, then by id. G(k) is how
    many more of the first k had the outcome than the control says; the coefficient is the mean of
    G(k) - G(n) k / n over all k, for each contacted customer. 0 where nobody was contacted.
    """
    order = np.lexsort((np.asarray(ids), -np.asarray(score, dtype=np.float64)))
    return _of_order(
        np.asarray(treated, dtype=np.float64)[order], np.asarray(outcome, dtype=np.float64)[order]
    )


def qini_interval(
    score: ArrayLike, treated: ArrayLike, outcome: ArrayLike, ids: ArrayLike
) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of the Qini over 200 bootstrap samples of customers.

    The gate of an uplift model asks that the first of them lies above 0. The arguments are those of
    `qini`; the order in which customers are given does not matter.
    """
    by_id = np.argsort(np.asarray(ids), kind="stable")
    columns = (
        -np.asarray(score, dtype=np.float64)[by_id],
        np.asarray(treated, dtype=np.float64)[by_id],
        np.asarray(outcome, dtype=np.float64)[by_id],
    )
    draws = np.random.default_rng(0)
    found = []
    for _ in range(SAMPLES):
        rows = draws.integers(0, len(by_id), len(by_id))
        falling, group, came = (column[rows] for column in columns)
        order = np.lexsort((rows, falling))
        found.append(_of_order(group[order], came[order]))
    low, high = np.percentile(found, [LOWER_PERCENT, 100 - LOWER_PERCENT])
    return float(low), float(high)


def _of_order(treated: Floats, outcome: Floats) -> float:
    n_t, n_c = np.cumsum(treated), np.cumsum(1.0 - treated)
    if not len(treated) or not n_t[-1]:
        return 0.0
    of_treated, of_control = np.cumsum(outcome * treated), np.cumsum(outcome * (1.0 - treated))
    expected: Any = np.divide(of_control * n_t, n_c, out=np.zeros(len(n_c)), where=n_c > 0)
    gained = np.where(n_c > 0, of_treated - expected, 0.0)
    share = np.arange(1, len(gained) + 1) / len(gained)
    return float((gained - gained[-1] * share).mean() / n_t[-1])
