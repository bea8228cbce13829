"""The evaluation of recommendations: fitted on the past, measured on later purchases."""

from personalization.recommend.evaluation.measurement import CANDIDATES, evaluate
from personalization.recommend.evaluation.parameter_choice import K

__all__ = ["CANDIDATES", "K", "evaluate"]
