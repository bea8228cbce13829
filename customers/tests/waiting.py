"""Waiting of tests for what others do: threads, processes, the database."""

import time
from collections.abc import Callable
from typing import Any

# Seconds after which a test that waits for a condition fails.
WAIT = 120


def eventually(condition: Callable[[], Any]) -> Any:
    """Wait until `condition` gives something true, and return it; fails after `WAIT` seconds."""
    deadline = time.monotonic() + WAIT
    while not (found := condition()):
        assert time.monotonic() < deadline, "what was waited for never came"
        time.sleep(0.02)
    return found
