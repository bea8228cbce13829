"""How good recommendations would have been: fitted on what was, measured on what came then."""

from personalization.recommend.evaluation.measurement import CANDIDATES, evaluate
from personalization.recommend.evaluation.parameter_choice import K

__all__ = ["CANDIDATES", "K", "evaluate"]
