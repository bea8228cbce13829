"""A touch that is seven days older gets half as much."""

from collections.abc import Sequence
from datetime import timedelta
from math import ldexp

from predictions.attribution.journey import Touch

HALF_LIFE = timedelta(days=7)
# Weights are whole numbers of 2^-60: finer than what they are computed with.
SCALE = 60


def time_decay(touches: Sequence[Touch]) -> list[int]:
    """Return the weights of `touches`, in their order.

    A weight is 2^(-age / 7 days). Ages are counted back from the last touch, which changes no share
    and gives the last touch a weight however old all touches are.
    """
    last = touches[-1].at
    ages = ((last - touch.at) / HALF_LIFE for touch in touches)
    return [int(ldexp(2.0**-age, SCALE)) for age in ages]
