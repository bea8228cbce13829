"""Bandit experiments: pure functions of counts, without Django and without random numbers."""

from personalization.bandit.intervals import any_time, batched, winner
from personalization.bandit.probabilities import p_best, weights
from personalization.bandit.schedule import BatchSchedule

__all__ = ["BatchSchedule", "any_time", "batched", "p_best", "weights", "winner"]
