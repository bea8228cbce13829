"""The verdict from paired differences of two lists over the same users."""

from collections.abc import Iterable
from math import isfinite

from predictions.statistics.paired_difference import Interval, paired

__all__ = ["Interval", "paired", "passes"]


def passes(intervals: Iterable[tuple[float, float, float]]) -> bool:
    """Return whether the lower end of each interval is above 0; False without an interval."""
    lows = [low for _difference, low, _high in intervals]
    return bool(lows) and all(isfinite(low) and low > 0 for low in lows)
