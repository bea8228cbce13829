"""The range of one customer's lifetime value and orders: by draws from the fitted model.

Each customer's own draws are seeded by the customer's id, so they do not depend on who else is
asked about, nor on the order or the machine.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

# The fits import SciPy, which a web process loads only for a call that needs it; so NumPy does with
# its generators.
if TYPE_CHECKING:
    from numpy.random import Generator

    from predictions.statistics.bg_nbd import NbdFit, Whole
    from predictions.statistics.gamma_gamma import SpendFit
    from predictions.statistics.maximum_likelihood import Floats

DRAWS = 1_000
LOW, HIGH = 0.1, 0.9
COVERED = "coverage_80"


@dataclass(frozen=True)
class Interval:
    """The 10th and 90th percentile (nearest-rank) of a customer's value (money) and orders."""

    clv_low: float
    clv_high: float
    orders_low: int
    orders_high: int


@dataclass(frozen=True)
class Posterior:
    """The posterior of one customer under a fit, times in days of the model's clock.

    `alive` is the probability that the customer has not left. `value` is the mean value of repeat
    purchases, 0 where it does not count; `factor` takes what a purchase is worth to the discounted
    value, the margin included. `horizon` is how much time is ahead.
    """

    x: float
    age: float
    alive: float
    value: float
    horizon: float
    factor: float


def interval_of(number: str, nbd: "NbdFit", spend: "SpendFit", posterior: Posterior) -> Interval:
    """Return the interval of the customer with this id."""
    draws = _draws_of(number)
    orders = draw_orders(draws, nbd, posterior)
    values = posterior.factor * _draw_spend(draws, spend, posterior, orders)
    clv, counts = np.sort(values), np.sort(orders)
    low, high = (math.ceil(share * DRAWS) - 1 for share in (LOW, HIGH))
    return Interval(float(clv[low]), float(clv[high]), int(counts[low]), int(counts[high]))


def covers(number: str, nbd: "NbdFit", posterior: Posterior, orders: int) -> bool:
    """Return whether what came lies within the middle 80 %, by the randomised PIT.

    Orders are counts, so a share u of the probability of exactly `orders` counts as below, u
    uniform: P(N < orders) + u P(N = orders) lies between .1 and .9.
    """
    draws = _draws_of(number)
    drawn = draw_orders(draws, nbd, posterior)
    below, same = float((drawn < orders).mean()), float((drawn == orders).mean())
    return LOW <= below + float(draws.random()) * same <= HIGH


def coverage(
    numbers: Sequence[str], nbd: "NbdFit", posteriors: Sequence[Posterior], orders: "Whole"
) -> float:
    """Return for which share of customers the interval covers what came."""
    held = sum(
        covers(number, nbd, of, count)
        for number, of, count in zip(numbers, posteriors, orders.tolist(), strict=True)
    )
    return held / len(numbers)


def _draws_of(number: str) -> "Generator":
    digest = sha256(number.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def draw_orders(draws: "Generator", nbd: "NbdFit", posterior: Posterior) -> "Whole":
    """Return on how many days the customer buys, draw by draw; 0 where the customer has left."""
    from predictions.statistics.bg_nbd import CHANCES_AT_FIRST, WEEK

    is_alive = draws.random(DRAWS) < posterior.alive
    rate = draws.gamma(nbd.r + posterior.x, 1 / (nbd.alpha + posterior.age / WEEK), DRAWS)
    chances = posterior.x + CHANCES_AT_FIRST[nbd.family]
    leaves = np.clip(draws.beta(nbd.a, nbd.b + chances, DRAWS), 1e-12, 1.0)
    bought = draws.poisson(rate * posterior.horizon / WEEK)
    found = np.minimum(bought, draws.geometric(leaves))
    return np.asarray(np.where(is_alive, found, 0), dtype=np.int64)


def _draw_spend(draws: "Generator", spend: "SpendFit", of: Posterior, orders: "Whole") -> "Floats":
    """Return what the orders are worth together: Gamma-Gamma, the customer's own mean drawn too."""
    if not spend.customers:
        return np.asarray(orders * spend.mean_value, dtype=np.float64)
    counts = of.x if of.value > 0 else 0.0
    scale = draws.gamma(spend.q + spend.p * counts, 1 / (spend.v + counts * of.value), DRAWS)
    sums = draws.standard_gamma(np.maximum(spend.p * orders, 1e-12))
    return np.asarray(np.where(orders > 0, sums / scale, 0.0))
