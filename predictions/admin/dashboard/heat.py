"""Tables whose cells are the darker the more they say; each has its number as text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

# The steps of the scale that the style sheet has, from 1; 0 is nothing.
STEPS = 7


@dataclass(frozen=True)
class HeatCell:
    """A cell: its number as it is shown, how dark it is, what stands below it, where it leads.

    `said` is what a link says to readers who do not see where it stands; `is_chosen`: what it leads
    to is shown.
    """

    shown: str
    step: int
    below: str = ""
    said: str = ""
    url: str = ""
    is_incomplete: bool = False
    is_chosen: bool = False


@dataclass(frozen=True)
class HeatRow:
    """A row under its label."""

    label: str
    cells: Sequence[HeatCell]


def step_of(value: Decimal, peak: Decimal) -> int:
    """Return the step of `value` where `peak` and all above it have the last one."""
    if value <= 0 or peak <= 0:
        return 0
    return min(int((value * STEPS / peak).to_integral_value(ROUND_CEILING)), STEPS)


def peak_of(values: Iterable[Decimal]) -> Decimal:
    """Return the greatest of `values`, 0 of none."""
    return max(values, default=Decimal(0))
