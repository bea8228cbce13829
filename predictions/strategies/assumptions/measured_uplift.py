"""Measured uplifts: contacted customers compared with a holdout group.

Campaigns of the touches are one source; apps may register others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from core.registries import Registry


@dataclass(frozen=True)
class MeasuredUplift:
    """The rise of the purchase probability by a contact; `low` to `high` is its 95 % interval.

    The interval is None where the measurement has none.
    """

    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Measuring:
    """A source of measurements: `of` returns the uplift of a strategy (its code), or None.

    For the strategy `budget`, the second argument is the code of a campaign; otherwise "".
    """

    name: str
    of: Callable[[str, str], MeasuredUplift | None]


MEASURED = Registry[Measuring]("measured uplift")


def measured_uplift(strategy: str, campaign: str = "") -> MeasuredUplift | None:
    """Return the measured uplift of a strategy, or of a campaign of it; None without one."""
    found = (one.of(strategy, campaign) for one in MEASURED)
    return next((one for one in found if one is not None), None)
