"""What is stored: models, the scores of each customer, runs, and who waits for a new score."""

from predictions.models.model import PredictionModel
from predictions.models.run import ScoringRun, ScoringState
from predictions.models.score import CustomerPrediction, JourneyStage, RfmSegment, Weekday
from predictions.models.waiting import WaitingCustomer

__all__ = [
    "CustomerPrediction",
    "JourneyStage",
    "PredictionModel",
    "RfmSegment",
    "ScoringRun",
    "ScoringState",
    "WaitingCustomer",
    "Weekday",
]
