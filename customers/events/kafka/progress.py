"""Progress of the reading: a line with counts in the log each minute."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from customers.events.kafka.storing import Stored

logger = logging.getLogger(__name__)

SECONDS = 60.0


@dataclass
class Progress:
    """Counts since the start: messages read and refused, and events by outcome."""

    read: int = 0
    refused: int = 0
    accepted: int = 0
    repeated: int = 0
    older: int = 0
    erased: int = 0
    _told: float = field(default_factory=monotonic)

    def add(self, read: int, stored: Stored) -> None:
        """Count messages that were read, and the outcomes of their events."""
        self.read += read
        self.refused += len(stored.refusals)
        for name in ("accepted", "repeated", "older", "erased"):
            setattr(self, name, getattr(self, name) + getattr(stored, name))

    def tell(self, lag: Callable[[], int | None]) -> None:
        """Log the counts if a minute has gone by; `lag` says how many messages wait, if known."""
        if monotonic() - self._told >= SECONDS:
            self._told = monotonic()
            waiting = lag()
            logger.info("%s, lag %s", str(self), "unknown" if waiting is None else waiting)

    def __str__(self) -> str:
        counts = ("read", "refused", "accepted", "repeated", "older", "erased")
        return ", ".join(f"{name} {getattr(self, name)}" for name in counts)
