"""The gate of a list against the counters: paired intervals and their verdict, pure."""

from personalization.gate.intervals import Interval, paired, passes

__all__ = ["Interval", "paired", "passes"]
