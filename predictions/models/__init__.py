"""The database models: models, versions, trainings, scores, scoring runs, touches and plans."""

from predictions.models.analytics import AnalyticsTable
from predictions.models.benchmark import Benchmark
from predictions.models.lifecycle.drift import DriftReading, DriftStatus, Notice, NoticeKind
from predictions.models.lifecycle.evaluation import Evaluation
from predictions.models.lifecycle.model import PredictionModel, Retrain
from predictions.models.lifecycle.training import TrainingRun, TrainingStep
from predictions.models.lifecycle.version import Deployment, Gate, ModelVersion, VersionState
from predictions.models.scores.cluster import ClusterName
from predictions.models.scores.score import (
    CustomerPrediction,
    JourneyStage,
    RfmSegment,
    RiskHistory,
    ValueBand,
    Weekday,
)
from predictions.models.scores.scoring import (
    ScoringRun,
    ScoringShard,
    ScoringState,
    WaitingCustomer,
)
from predictions.models.scores.uplift import UpliftScore
from predictions.models.strategy import Strategy
from predictions.models.touch import Touch, TouchCampaign, TouchGroup

__all__ = [
    "AnalyticsTable",
    "Benchmark",
    "ClusterName",
    "CustomerPrediction",
    "Deployment",
    "DriftReading",
    "DriftStatus",
    "Evaluation",
    "Gate",
    "JourneyStage",
    "ModelVersion",
    "Notice",
    "NoticeKind",
    "PredictionModel",
    "Retrain",
    "RfmSegment",
    "RiskHistory",
    "ScoringRun",
    "ScoringShard",
    "ScoringState",
    "Strategy",
    "Touch",
    "TouchCampaign",
    "TouchGroup",
    "TrainingRun",
    "TrainingStep",
    "UpliftScore",
    "ValueBand",
    "VersionState",
    "WaitingCustomer",
    "Weekday",
]
