"""Lengths of time between two events, in hours or in days of 24 hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

# So many steps an order of events has.
FEWEST_STEPS, MOST_STEPS = 2, 5
# How long each unit is, and how many of it a gap has at most.
HOURS: Mapping[str, int] = {"hours": 1, "days": 24}
MOST: Mapping[str, int] = {"hours": 87_600, "days": 3_650}
# The keys of a step that say how far it lies from the one before: at least, and at most.
AFTER = tuple(f"after_{unit}" for unit in HOURS)
WITHIN = tuple(f"within_{unit}" for unit in HOURS)


@dataclass(frozen=True)
class Gap:
    """A length of time: `number` hours, or days of 24 hours each, whatever clocks are changed."""

    number: int
    unit: str

    @property
    def hours(self) -> int:
        """The same in hours."""
        return self.number * HOURS[self.unit]

    @property
    def length(self) -> timedelta:
        """The same as a length of time."""
        return timedelta(hours=self.hours)
