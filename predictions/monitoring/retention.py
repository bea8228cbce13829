"""How long former risks, runs and readings of drift are kept."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from customers.privacy.retention import Rule
from predictions.models import DriftReading, Notice, RiskHistory, ScoringRun, TrainingRun

KEPT = timedelta(days=400)


def old_risks(at: datetime) -> QuerySet[RiskHistory]:
    """Return the churn risks of more than 400 days before an aware instant."""
    return RiskHistory.objects.filter(at__lt=at - KEPT)


def old_scorings(at: datetime) -> QuerySet[ScoringRun]:
    """Return the scoring runs that began so long ago."""
    return ScoringRun.objects.filter(started_at__lt=at - KEPT)


def old_trainings(at: datetime) -> QuerySet[TrainingRun]:
    """Return the trainings that ended so long ago; their versions stay."""
    return TrainingRun.objects.filter(finished_at__lt=at - KEPT).exclude(outcome="")


def old_readings(at: datetime) -> QuerySet[DriftReading]:
    """Return the readings of drift from so long ago."""
    return DriftReading.objects.filter(at__lt=at - KEPT)


def old_notices(at: datetime) -> QuerySet[Notice]:
    """Return the notices from so long ago."""
    return Notice.objects.filter(day__lt=(at - KEPT).date())


RULES = (
    Rule("predictions.riskhistory", old_risks),
    Rule("predictions.scoringrun", old_scorings),
    Rule("predictions.trainingrun", old_trainings),
    Rule("predictions.driftreading", old_readings),
    Rule("predictions.notice", old_notices),
)
