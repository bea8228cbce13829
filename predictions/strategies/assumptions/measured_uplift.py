"""Uplifts that were measured: of whom was contacted, beside whom was left alone on purpose.

Campaigns of the touches are one place where that is; others may be registered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from core.registries import Registry


@dataclass(frozen=True)
class MeasuredUplift:
    """By how much more likely a contacted customer buys; `low` to `high`: its 95 % interval.

    The interval is None where the measurement has none.
    """

    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Measuring:
    """Where measurements are: `of` returns that of a strategy (its code), None where none is.

    Of `budget` it is asked for each campaign, with the code of the campaign.
    """

    name: str
    of: Callable[[str, str], MeasuredUplift | None]


MEASURED = Registry[Measuring]("measured uplift")


def measured_uplift(strategy: str, campaign: str = "") -> MeasuredUplift | None:
    """Return what was measured of a strategy or a campaign of it; None where nothing was."""
    found = (one.of(strategy, campaign) for one in MEASURED)
    return next((one for one in found if one is not None), None)
