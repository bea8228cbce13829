"""How often the gate of lists promotes a candidate that is no better than the counter.

Each simulated shop has users with tastes of their own, who buy a few of 200 products in the 28 days
of the gate. Counter and candidate rank the products by a taste that both know equally well, each
with errors of its own; the two popular lists know the mean taste alone. NDCG@10 of each user goes
through `personalization.gate` as at night. No database is read.

    python -m benchmarks.list_gates --shops 400
"""

import argparse

import numpy as np
from numpy.typing import NDArray

from personalization.gate import paired, passes

SKUS, PLACES = 200, 10
# Users of a shop in the gate's window: the least that is judged, and a shop of some size.
USERS = (100, 500, 2_000)
DISCOUNTS = 1 / np.log2(np.arange(2, PLACES + 2))

Matrix = NDArray[np.float64]


def gains(scores: Matrix, bought: NDArray[np.bool_]) -> Matrix:
    """Return the NDCG@10 of each user: `scores` and purchases are a row for each."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :PLACES]
    found = np.take_along_axis(bought, best, axis=1) @ DISCOUNTS
    counts = np.minimum(bought.sum(axis=1), PLACES)
    ideal = np.concatenate([[0.0], np.cumsum(DISCOUNTS)])[counts]
    return np.asarray(found / ideal)


def is_promoted(seed: int, users: int) -> bool:
    """Return whether the gate of the shop `seed` promotes the candidate."""
    draw = np.random.default_rng(seed)
    common = draw.normal(size=SKUS)
    tastes = common + draw.normal(size=(users, SKUS))
    chances = np.exp(1.5 * tastes)
    chances /= chances.sum(axis=1, keepdims=True)
    counts = draw.integers(1, 6, size=users)
    bought = np.zeros((users, SKUS), dtype=bool)
    for user, count in enumerate(counts.tolist()):
        bought[user, draw.choice(SKUS, size=count, replace=False, p=chances[user])] = True
    counter, candidate = (
        gains(tastes + draw.normal(size=tastes.shape), bought) for _list in range(2)
    )
    popular = [
        gains(np.tile(common + draw.normal(size=SKUS) / 4, (users, 1)), bought)
        for _list in range(2)
    ]
    return passes([paired(candidate, other) for other in (counter, *popular)])


def main() -> None:
    """Print a line for each size of a shop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, default=400)
    parser.add_argument("--first-seed", type=int, default=0)
    asked = parser.parse_args()
    seeds = range(asked.first_seed, asked.first_seed + asked.shops)
    for users in USERS:
        promoted = sum(is_promoted(seed, users) for seed in seeds)
        print(
            f"{users:5} users  promoted {promoted} of {asked.shops} ({promoted / asked.shops:.3f})"
        )


if __name__ == "__main__":
    main()
