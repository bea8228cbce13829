"""Journeys: the touches before a sale, or without a sale, as plain values."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

# The key that is credited with a sale without a touch.
DIRECT = "direct"
# The largest power of ten of a revenue.
LARGEST_POWER = 30


class Touch(NamedTuple):
    """A touch at an aware instant; `key` is the credited key, such as a channel."""

    key: str
    at: datetime


class Journey(NamedTuple):
    """The touches before a sale at an aware instant; `revenue` is None if there was no sale.

    Revenue is in the base currency, at least 0, with at most 4 decimals.
    """

    touches: Sequence[Touch]
    revenue: Decimal | None
    at: datetime


def in_order(journey: Journey) -> list[Touch]:
    """Return the touches by time, then by the code points of their keys."""
    return sorted(journey.touches, key=lambda touch: (touch.at, touch.key))


def units_of(revenue: Decimal) -> int:
    """Return revenue in units of 1/10,000; ValueError for an invalid revenue."""
    try:
        exact = Decimal(revenue)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise ValueError(f"{revenue!r} is no revenue: a Decimal is needed") from error
    if not exact.is_finite() or exact < 0 or exact.adjusted() > LARGEST_POWER:
        raise ValueError(f"{revenue!r} is no revenue: from 0 to 10^{LARGEST_POWER}")
    numerator, denominator = exact.as_integer_ratio()
    units, rest = divmod(numerator * 10_000, denominator)
    if rest:
        raise ValueError(f"{revenue!r} is no revenue: it has more than 4 decimals")
    return units


def money(units: int) -> Decimal:
    """Return the decimal that units of 1/10,000 stand for, however many digits it has."""
    return Decimal(f"{units}E-4")
