"""How good recommendations would have been: fitted on what was, measured on what came then."""

from personalization.recommend.evaluation.measurement import CANDIDATES, K, evaluate

__all__ = ["CANDIDATES", "K", "evaluate"]
