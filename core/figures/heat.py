"""Heat maps: tables whose cells are darker for larger values; each cell has its number as text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

# The style sheet has steps from 1 to this number; step 0 has no colour.
STEPS = 7


@dataclass(frozen=True)
class HeatCell:
    """A cell: its number as shown, its step of darkness, the text below it and a link.

    `said` is the accessible text of the link, for readers who do not see its row and column.
    `is_chosen`: the page shows the target of the link.
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
    """A row of cells with a label."""

    label: str
    cells: Sequence[HeatCell]


def step_of(value: Decimal, peak: Decimal) -> int:
    """Return the step of `value` on a scale where `peak` and larger values have the last step."""
    if value <= 0 or peak <= 0:
        return 0
    return min(int((value * STEPS / peak).to_integral_value(ROUND_CEILING)), STEPS)


def peak_of(values: Iterable[Decimal]) -> Decimal:
    """Return the largest of `values`; 0 without values."""
    return max(values, default=Decimal(0))
