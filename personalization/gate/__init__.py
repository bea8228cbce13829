"""Whether a list beats the counters: paired intervals, and what follows from them, pure."""

from personalization.gate.intervals import Interval, paired, passes

__all__ = ["Interval", "paired", "passes"]
