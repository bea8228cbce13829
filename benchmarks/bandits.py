"""Cost and accuracy of bandit experiments in simulated shops, by the public functions.

For each case: the regret beside an even split, how often the fixed interval of the best variant
against the first holds the true difference, and how often a variant wins although all have the same
rate. Each run has its own seed; no database is read.

    python -m benchmarks.bandits --runs 1000 --first-seed 10000
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from personalization.bandit import batched, p_best, weights, winner

BATCHES = 28
FIXED_REACH = 1.959964
FLOOR = 2_000


@dataclass(frozen=True)
class Case:
    """A shop: units of each batch, and the true rate of each variant."""

    name: str
    units: int
    rates: Sequence[float]


CASES = (
    Case("two variants", 1_000, (0.05, 0.06)),
    Case("three variants", 1_500, (0.05, 0.055, 0.07)),
    Case("A/A", 1_000, (0.05, 0.05)),
)


@dataclass(frozen=True)
class Figures:
    """Shares of the runs of a case; `regret` is a share of an even split's, None without any."""

    regret: float | None
    coverage: float
    winners: float


def simulate(case: Case, runs: int, *, batches: int = BATCHES, first_seed: int = 0) -> Figures:
    """Return the figures of `runs` experiments; a batch is over before the next one begins."""
    rates = np.array(case.rates)
    best = int(rates.argmax())
    lost = even = covered = winners = 0.0
    for seed in range(first_seed, first_seed + runs):
        draw = np.random.default_rng(seed)
        units: list[list[int]] = []
        successes: list[list[int]] = []
        share = weights([1.0] * len(rates), FLOOR)
        has_won = False
        for batch in range(batches):
            if batch:
                totals = [[sum(column) for column in zip(*rows, strict=True)]
                          for rows in (successes, units)]  # fmt: skip
                share = weights(p_best(*totals), FLOOR)
                has_won = has_won or winner(successes, units) is not None
            shown = draw.multinomial(case.units, np.array(share) / sum(share))
            units.append([int(one) for one in shown])
            successes.append([int(one) for one in draw.binomial(shown, rates)])
        has_won = has_won or winner(successes, units) is not None
        winners += has_won
        lost += float((np.array(units) * (rates.max() - rates)).sum())
        even += case.units * batches * float((rates.max() - rates).mean())
        other = best or 1
        difference, error, _batches = batched(successes, units, other, 0)
        if difference is not None and error is not None:
            covered += abs(difference - (rates[other] - rates[0])) <= FIXED_REACH * error
    return Figures(lost / even if even else None, covered / runs, winners / runs)


def main() -> None:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--first-seed", type=int, default=0)
    asked = parser.parse_args()
    for case in CASES:
        found = simulate(case, asked.runs, first_seed=asked.first_seed)
        regret = "-" if found.regret is None else f"{found.regret:.3f}"
        print(
            f"{case.name:16} regret {regret}  coverage {found.coverage:.3f}  "
            f"winners {found.winners:.3f}"
        )


if __name__ == "__main__":
    main()
