"""Models that look at each journey by itself."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from predictions.attribution.journey import DIRECT, Journey, Touch, in_order, units_of
from predictions.attribution.shares import divide_by_weights

# The weights of the touches of a journey, which has one at least, in their order.
Weigh = Callable[[Sequence[Touch]], Sequence[int]]


def credit_touches(touches: Sequence[Touch], units: int, weigh: Weigh) -> list[int]:
    """Return the credit of each of `touches`, which are in order and at least one, in units."""
    return divide_by_weights(units, weigh(touches))


class EachJourney:
    """Shares the revenue of each journey among its touches, as `weigh` says."""

    def __init__(self, weigh: Weigh) -> None:
        self._weigh = weigh
        self._credits = defaultdict[str, int](int)

    def add(self, journey: Journey) -> None:
        """Take in a journey; of one without a sale no more than which keys there are."""
        touches = in_order(journey)
        if journey.revenue is None:
            for touch in touches:
                self._credits[touch.key] += 0
        elif not touches:
            self._credits[DIRECT] += units_of(journey.revenue)
        else:
            parts = credit_touches(touches, units_of(journey.revenue), self._weigh)
            for touch, units in zip(touches, parts, strict=True):
                self._credits[touch.key] += units

    def credits(self) -> Mapping[str, int]:
        """Return the credit of each key in units of 1/10,000."""
        return self._credits
