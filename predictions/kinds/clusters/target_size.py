"""How large clusters have to be: a given size, or large enough for a test within each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop

from core.text.sentences import Sentence
from predictions.history.population import population, sales
from predictions.kinds.clusters.declaration import OPTIMAL_PERSONALIZATION
from predictions.kinds.trained import Wanted
from predictions.refusals import Refused
from predictions.statistics.sample_sizes import sample_size

RECENTLY = timedelta(days=30)
ARMS = 2


@dataclass(frozen=True)
class SizeTarget:
    """The customers that the smallest cluster needs; `rate` is None for a size that was given.

    `rate` is the share (0 to 1) of the population with a sale in the last 30 days.
    """

    size: int
    rate: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the target as JSON values, the rate with 6 decimals."""
        return {"size": self.size, "rate": None if self.rate is None else round(self.rate, 6)}


def size_target(wanted: Wanted) -> SizeTarget | None:
    """Return the target of a training; None where none was asked for.

    For `optimal_personalization` that are two arms of `sample_size(p, p (1 + detectable_lift))`.
    Raises `Refused` (`no_recent_sales`) where the share p of buyers is 0, or 1.
    """
    asked: Mapping[str, Any] = wanted.parameters
    given = asked["segment_size_target"]
    if given is None:
        return None
    if given != OPTIMAL_PERSONALIZATION:
        return SizeTarget(given)
    rate = _recent_buyers(wanted)
    if not 0 < rate < 1:
        text = gettext_noop(
            "Nobody, or everybody, has bought in the last 30 days: there is no lift to test for. "
            "Give a size in figures."
        )
        raise Refused("no_recent_sales", Sentence(text, {}))
    # No rate is above 1: of a larger lift a test sees as much as there can be.
    return SizeTarget(
        ARMS * sample_size(rate, min(1.0, rate * (1 + asked["detectable_lift"]))), rate
    )


def _recent_buyers(wanted: Wanted) -> float:
    """Return the share of the population with a sale in the 30 days before `as_of`."""
    everybody = population(wanted.as_of, wanted.segment)
    count = everybody.count()
    recent = sales(wanted.as_of).filter(created_at__gt=wanted.as_of - RECENTLY)
    buyers = everybody.filter(pk__in=recent.order_by().values("customer")).count()
    return buyers / count if count else 0.0
