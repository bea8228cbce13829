"""Models that look at each journey by itself: the weights of its touches divide its revenue."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from math import ldexp

from predictions.attribution.journey import DIRECT, Journey, Touch, in_order, units_of

# The weights of the touches of a journey, which has one at least, in their order.
Weigh = Callable[[Sequence[Touch]], Sequence[int]]
HALF_LIFE = timedelta(days=7)
# Weights by time are whole numbers of 2^-60: finer than what they are computed with.
SCALE = 60


def last_touch(touches: Sequence[Touch]) -> list[int]:
    """Return the weights of `touches`, of which the last gets all."""
    return [0] * (len(touches) - 1) + [1]


def first_touch(touches: Sequence[Touch]) -> list[int]:
    """Return the weights of `touches`, of which the first gets all."""
    return [1] + [0] * (len(touches) - 1)


def linear(touches: Sequence[Touch]) -> list[int]:
    """Return the weights of `touches`, which are equal."""
    return [1] * len(touches)


def position_based(touches: Sequence[Touch]) -> list[int]:
    """Return weights of 40 % for the first and the last touch; those between them share 20 %.

    Two touches get 50 % each.
    """
    between = len(touches) - 2
    if between <= 0:
        return [1] * len(touches)
    # 40 : 20 / between : 40 in whole numbers.
    return [2 * between, *([1] * between), 2 * between]


def time_decay(touches: Sequence[Touch]) -> list[int]:
    """Return the weights of `touches`: a touch that is seven days older has half as much.

    A weight is 2^(-age / 7 days). Ages are counted back from the last touch, which changes no share
    and gives the last touch a weight however old all touches are.
    """
    last = touches[-1].at
    ages = ((last - touch.at) / HALF_LIFE for touch in touches)
    return [int(ldexp(2.0**-age, SCALE)) for age in ages]


def divide_by_weights(units: int, weights: Sequence[int]) -> list[int]:
    """Return `units` (at least 0) cut by `weights` (at least 0, one above it), whole and in all.

    By largest remainder: each gets its part rounded down, and of what is left one each get those
    of which most was cut off; of equals the earlier ones.
    """
    whole = sum(weights)
    parts, rests = [], []
    for place, weight in enumerate(weights):
        part, rest = divmod(units * weight, whole)
        parts.append(part)
        rests.append((-rest, place))
    for _rest, place in sorted(rests)[: units - sum(parts)]:
        parts[place] += 1
    return parts


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


# By public name; the usual one first.
EACH_JOURNEY: Mapping[str, Weigh] = {
    "last_touch": last_touch,
    "first_touch": first_touch,
    "linear": linear,
    "position_based": position_based,
    "time_decay": time_decay,
}
