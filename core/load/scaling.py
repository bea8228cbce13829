"""The scaling rule for workers, as pure functions; deploy/kubernetes/ follows the same rule.

A queue needs as many slots as complete its backlog within a minute. An autoscaler checks and
changes the number of workers at most once a minute, and removes workers only after five minutes in
which fewer would have been enough.
"""

import math
from collections import deque

# Seconds within which the backlog is to be completed.
TARGET_SECONDS = 60
# Checks, one a minute, after which the number of workers may fall.
QUIET_MINUTES = 5


def wanted_slots(work_seconds: float) -> int:
    """Return the number of slots that a queue needs for a backlog of `work_seconds`."""
    return max(1, math.ceil(work_seconds / TARGET_SECONDS))


def wanted_workers(work_seconds: float, *, slots_each: int, at_most: int) -> int:
    """Return the number of workers with `slots_each` slots that are needed, `at_most` so many."""
    return min(at_most, math.ceil(wanted_slots(work_seconds) / slots_each))


class Autoscaler:
    """A simulation of the number of workers by the rule, minute by minute."""

    def __init__(self, *, slots_each: int, at_most: int) -> None:
        self.slots_each = slots_each
        self.at_most = at_most
        self.workers = 1
        self._wanted: deque[int] = deque([1], maxlen=QUIET_MINUTES)

    def look(self, work_seconds: float) -> int:
        """Return the number of workers from this minute on; call this once a minute."""
        self._wanted.append(
            wanted_workers(work_seconds, slots_each=self.slots_each, at_most=self.at_most)
        )
        # Scale up at once, and down to the maximum of the last minutes.
        self.workers = max(self._wanted)
        return self.workers
