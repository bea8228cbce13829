"""The public name of scoring, for code outside of this app."""

from predictions.scoring.runs import score

__all__ = ["score"]
