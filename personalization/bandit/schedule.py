"""When the batches of a bandit experiment begin and end."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class BatchSchedule:
    """`planned` batches of `batch_hours` each, one after the other, from `started_at` (aware)."""

    started_at: datetime
    batch_hours: int
    planned: int

    @property
    def length(self) -> timedelta:
        """How long a batch takes."""
        return timedelta(hours=self.batch_hours)

    @property
    def end(self) -> datetime:
        """The instant at which the planned batches are over."""
        return self.start_of(self.planned)

    def start_of(self, number: int) -> datetime:
        """Return when the batch begins; it holds its first instant, not the next one's."""
        return self.started_at + number * self.length

    def number_at(self, at: datetime) -> int:
        """Return the number of the batch at an instant, from 0; `planned` after the planned end."""
        return max(0, min(self.planned, (at - self.started_at) // self.length))
