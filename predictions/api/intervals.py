"""The interval of a customer's lifetime value as JSON."""

from fractions import Fraction
from typing import Any

from predictions.history.values import rounded
from predictions.statistics.value_intervals import Interval

PLACES = 4
NAMES = ("clv_low", "clv_high", "orders_low", "orders_high")


def interval_as_json(interval: Interval | None) -> dict[str, Any]:
    """Return the 10th and 90th percentiles of value (text with 4 decimals) and orders (integers).

    All are None for a customer without a lifetime value.
    """
    if interval is None:
        return dict.fromkeys(NAMES)
    low, high = (
        str(rounded(Fraction(value), PLACES)) for value in (interval.clv_low, interval.clv_high)
    )
    return dict(zip(NAMES, (low, high, interval.orders_low, interval.orders_high), strict=True))
