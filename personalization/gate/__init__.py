"""The gate of a list against the counters: paired intervals and their verdict, pure."""

from personalization.gate.choice import passes
from predictions.statistics.paired_difference import Interval, paired

__all__ = ["Interval", "paired", "passes"]
