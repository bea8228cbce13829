"""Inference about the variants of a bandit experiment: batched least squares, and a winner.

`successes` and `units` are lists of batches, each a list by variant. Totals over batches cannot be
tested: the weights follow the successes, which biases the totals. Each batch is an experiment of
its own with fixed weights (K. Zhang, L. Janson, S. Murphy, Inference for Batched Bandits, NeurIPS
2020).
"""

from collections.abc import Sequence
from itertools import combinations
from math import log, log1p, sqrt

from personalization.statistics import checked_count, checked_level

Counts = Sequence[Sequence[int]]
FEWEST_OF_AN_ARM = 20
# The number of batches at which the interval for any time is narrowest.
NARROWEST_AT = 14


def batched(
    successes: Counts, units: Counts, i: int, j: int
) -> tuple[float | None, float | None, int]:
    """Return the difference of variant `i` to variant `j`, its standard error, and B.

    B is the number of batches with units of both. d_b = rate_i - rate_j of a batch, s_b =
    sqrt(q_i (1 - q_i) / n_ib + q_j (1 - q_j) / n_jb) with q = (S + .5) / (N + 1) over all batches;
    the difference is sum(d_b / s_b) / sum(1 / s_b), its standard error sqrt(B) / sum(1 / s_b).
    Both are None where B is 0. ValueError for more successes than units.
    """
    pairs = [
        tuple((checked_count(s[v]), checked_count(n[v])) for v in (i, j))
        for s, n in zip(successes, units, strict=True)
    ]
    if any(s > n for pair in pairs for s, n in pair):
        raise ValueError("more successes than units")
    totals = [
        (sum(pair[v][0] for pair in pairs), sum(pair[v][1] for pair in pairs)) for v in (0, 1)
    ]
    spread = [q * (1 - q) for q in ((s + 0.5) / (n + 1) for s, n in totals)]
    scaled = precision = 0.0
    batches = 0
    for (s_i, n_i), (s_j, n_j) in pairs:
        if not n_i or not n_j:
            continue
        error = sqrt(spread[0] / n_i + spread[1] / n_j)
        scaled += (s_i / n_i - s_j / n_j) / error
        precision += 1 / error
        batches += 1
    if not batches:
        return None, None, 0
    return scaled / precision, sqrt(batches) / precision, batches


def any_time(B: int, alpha: float = 0.05) -> float:
    """Return how many standard errors an interval reaches that may be read after every batch.

    R = sqrt(2 (B r + 1) / (B r) ln(sqrt(B r + 1) / alpha)) with r = (-2 ln alpha +
    ln(1 - 2 ln alpha)) / 14: a normal mixture (see `statistics.always_valid`) over `B` >= 1
    batches. ValueError below one batch.
    """
    level, batches = checked_level(alpha), checked_count(B)
    if batches < 1:
        raise ValueError("at least one batch is needed")
    r = (-2 * log(level) + log1p(-2 * log(level))) / NARROWEST_AT
    grown = batches * r + 1
    return sqrt(2 * grown / (batches * r) * (log(grown) / 2 - log(level)))


def winner(successes: Counts, units: Counts, alpha: float = 0.05) -> int | None:
    """Return the place of the variant that has won; None: no variant yet.

    It is the variant of the highest total rate, once its interval for any time against each other
    variant lies above 0 at `alpha` shared among all pairs, and every variant has at least 20
    successes and 20 failures.
    """
    totals = [sum(batch) for batch in zip(*units, strict=True)]
    succeeded = [sum(batch) for batch in zip(*successes, strict=True)]
    pairs = len(list(combinations(totals, 2)))
    arms = list(zip(succeeded, totals, strict=True))
    if not pairs or any(min(s, n - s) < FEWEST_OF_AN_ARM for s, n in arms):
        return None
    best = max(range(len(arms)), key=lambda place: arms[place][0] / arms[place][1])
    for other in range(len(arms)):
        if other == best:
            continue
        difference, error, batches = batched(successes, units, best, other)
        if difference is None or error is None:
            return None
        if difference - error * any_time(batches, alpha / pairs) <= 0:
            return None
    return best
