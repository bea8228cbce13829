"""What is stored: models, versions, trainings, customers' scores, who waits, touches, plans."""

from predictions.models.analytics import AnalyticsTable
from predictions.models.benchmark import Benchmark
from predictions.models.cluster import ClusterName
from predictions.models.drift import DriftReading, DriftStatus, Notice, NoticeKind
from predictions.models.evaluation import Evaluation
from predictions.models.model import PredictionModel, Retrain
from predictions.models.run import ScoringRun, ScoringState
from predictions.models.score import (
    CustomerPrediction,
    JourneyStage,
    RfmSegment,
    RiskHistory,
    ValueBand,
    Weekday,
)
from predictions.models.shard import ScoringShard
from predictions.models.strategy import Strategy
from predictions.models.touch import Touch, TouchCampaign, TouchGroup
from predictions.models.training import TrainingRun, TrainingStep
from predictions.models.uplift import UpliftScore
from predictions.models.version import Deployment, Gate, ModelVersion, VersionState
from predictions.models.waiting import WaitingCustomer

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
