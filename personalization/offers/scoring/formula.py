"""The score of an offer for a customer, from its four parts; pure.

.4 purchase + .3 engagement + .2 season + .1 brand, each from 0 to 1 (the contract,
lists_and_loop.md §7). The score orders offers only where the setting `OFFERS_BY_SCORE` is on.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from math import fsum, isclose

from personalization.engagement import share_rounded

WEIGHTS: Mapping[str, float] = {"purchase": 0.4, "engagement": 0.3, "season": 0.2, "brand": 0.1}
# A part about which an offer or the shop says nothing.
UNKNOWN = 0.5
MOST_POINTS = 100


@dataclass(frozen=True)
class Parts:
    """The parts of a score, each from 0 to 1."""

    purchase: float
    engagement: float
    season: float
    brand: float


def score_of(parts: Parts, weights: Mapping[str, float] | None = None) -> Decimal:
    """Return the weighted sum of the parts, 0 to 1 with 4 decimals.

    `weights` are by the names of the parts, the usual ones without any; a part that they leave out
    weighs nothing. Their sum is 1 (`are_weights`).
    """
    used = WEIGHTS if weights is None else weights
    return share_rounded(fsum(used.get(name, 0.0) * value for name, value in asdict(parts).items()))


def are_weights(weights: Mapping[str, float]) -> bool:
    """Return whether these are weights: of known parts, none below 0, and 1 together."""
    return (
        set(weights) <= set(WEIGHTS)
        and all(weight >= 0 for weight in weights.values())
        and isclose(fsum(weights.values()), 1, abs_tol=1e-9)
    )


def relative_share(own: float, usual: float) -> float:
    """Return own / (own + usual): half for a customer like all others, 0.5 where both are 0."""
    return own / (own + usual) if own + usual > 0 else UNKNOWN


def season_part(index: float | None) -> float:
    """Return the part of a month whose index is `index` (1: a mean month); None: unknown."""
    return UNKNOWN if index is None else relative_share(index, 1.0)


def engagement_part(score: Decimal) -> float:
    """Return the part of an engagement score of 0 to 100."""
    return float(score) / MOST_POINTS
