"""How long former risks and runs are kept."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from customers.privacy.retention import Rule
from predictions.models import RiskHistory, ScoringRun, TrainingRun

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


RULES = (
    Rule("predictions.riskhistory", old_risks),
    Rule("predictions.scoringrun", old_scorings),
    Rule("predictions.trainingrun", old_trainings),
)
