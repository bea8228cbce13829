"""The rule by which queues get workers; pure, and the one that deploy/kubernetes/ is written by.

A queue wants as many slots as end what waits within a minute. An autoscaler looks once a minute,
changes the number of workers at most once a minute, and takes workers away only after five minutes
in which fewer would have been enough.
"""

import math
from collections import deque

# What waits is to be done within so many seconds.
TARGET_SECONDS = 60
# Fewer are wanted only after so many quiet looks, one a minute.
QUIET_MINUTES = 5


def wanted_slots(work_seconds: float) -> int:
    """Return how many slots a queue wants that has so many seconds of work waiting."""
    return max(1, math.ceil(work_seconds / TARGET_SECONDS))


def wanted_workers(work_seconds: float, *, slots_each: int, at_most: int) -> int:
    """Return how many workers of `slots_each` slots an autoscaler starts, `at_most` so many."""
    return min(at_most, math.ceil(wanted_slots(work_seconds) / slots_each))


class Autoscaler:
    """How many workers there are, minute by minute, by the rule."""

    def __init__(self, *, slots_each: int, at_most: int) -> None:
        self.slots_each = slots_each
        self.at_most = at_most
        self.workers = 1
        self._wanted: deque[int] = deque([1], maxlen=QUIET_MINUTES)

    def look(self, work_seconds: float) -> int:
        """Return how many workers there are from this minute on; call it once a minute."""
        self._wanted.append(
            wanted_workers(work_seconds, slots_each=self.slots_each, at_most=self.at_most)
        )
        # Up at once; down to the most that any of the last minutes has wanted.
        self.workers = max(self._wanted)
        return self.workers
