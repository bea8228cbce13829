"""An instant by which several steps have to be done together."""

import time


class Deadline:
    """Counts down from its making; what waits asks it how long it may."""

    def __init__(self, seconds: float) -> None:
        """Begin with `seconds` left."""
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left, more than 0; raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for handing over is up")
        return left
