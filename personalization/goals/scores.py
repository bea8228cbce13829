"""The score of each variant of a placement for weighted goals: pure, without Django.

score(v) = sum over goals of w_g r_g(v) / r_g, where r_g is the rate over all variants and
r_g(v) = (k + 100 r_g) / (m + 100) the rate of one of them, drawn to r_g by 100 exposures (the
contract, lists_and_loop.md §2.1).
"""

from collections.abc import Mapping
from math import isfinite

ENGAGEMENT, CONVERSIONS = "increase_engagement", "drive_conversions"
# The count of the evidence that is the success of each goal.
SUCCESSES: Mapping[str, str] = {ENGAGEMENT: "clicks", CONVERSIONS: "conversions"}
DEFAULT_WEIGHTS: Mapping[str, float] = {CONVERSIONS: 1.0}
EXPOSURES = "exposures"
# The weight of the average rate, as a number of exposures of each variant.
PRIOR_EXPOSURES = 100


class UnknownGoal(ValueError):
    """Raised for a goal that is none of `SUCCESSES`; its text is the goal's name."""


class InvalidWeights(ValueError):
    """Raised for weights that are not finite, below 0, or all 0."""


def normalize_weights(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights of goals divided by their sum.

    Raises UnknownGoal and InvalidWeights.
    """
    for name in weights:
        if name not in SUCCESSES:
            raise UnknownGoal(name)
    try:
        numbers = {name: float(weight) for name, weight in weights.items()}
    except OverflowError as error:
        raise InvalidWeights("weights are finite numbers from 0 on") from error
    if not all(isfinite(number) and number >= 0 for number in numbers.values()):
        raise InvalidWeights("weights are finite numbers from 0 on")
    largest = max(numbers.values(), default=0.0)
    if not largest:
        raise InvalidWeights("one weight at least is above 0")
    # In parts of the largest one, lest the sum of huge weights is infinite.
    parts = {name: number / largest for name, number in numbers.items()}
    total = sum(parts.values())
    return {name: part / total for name, part in parts.items()}


def goal_scores(
    evidence: Mapping[str, Mapping[str, int]], weights: Mapping[str, float]
) -> dict[str, float]:
    """Return the score of each variant; 1 is the average of all exposures.

    `evidence` has, by a variant's code ('': the default content), the counts `exposures`, `clicks`
    and `conversions`; `weights` those of goals, which are divided by their sum. A goal that nobody
    has reached yet adds its weight to every score. Raises UnknownGoal and InvalidWeights.
    """
    shares = normalize_weights(weights)
    exposures = sum(counts[EXPOSURES] for counts in evidence.values())
    scores = dict.fromkeys(evidence, 0.0)
    for goal, share in shares.items():
        counted = SUCCESSES[goal]
        successes = sum(counts[counted] for counts in evidence.values())
        rate = successes / exposures if exposures else 0.0
        for variant, counts in evidence.items():
            if not rate:
                scores[variant] += share
                continue
            own = (counts[counted] + PRIOR_EXPOSURES * rate) / (counts[EXPOSURES] + PRIOR_EXPOSURES)
            scores[variant] += share * own / rate
    return scores
