"""Lengths of time between two events, in hours or in days of 24 hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

# The number of steps that an order of events has.
FEWEST_STEPS, MOST_STEPS = 2, 5
# The length of each unit in hours, and the largest number of it in a gap.
HOURS: Mapping[str, int] = {"hours": 1, "days": 24}
MOST: Mapping[str, int] = {"hours": 87_600, "days": 3_650}
# The keys of a step for the least and the greatest gap to the step before.
AFTER = tuple(f"after_{unit}" for unit in HOURS)
WITHIN = tuple(f"within_{unit}" for unit in HOURS)


@dataclass(frozen=True)
class Gap:
    """A length of time: `number` hours, or days of 24 hours each, regardless of clock changes."""

    number: int
    unit: str

    @property
    def hours(self) -> int:
        """The length in hours."""
        return self.number * HOURS[self.unit]

    @property
    def length(self) -> timedelta:
        """The length as a timedelta."""
        return timedelta(hours=self.hours)
