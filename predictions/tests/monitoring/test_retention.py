"""Former risks and runs are deleted after 400 days, and nothing else is."""

from datetime import timedelta

from core import clock
from customers.privacy.retention import purge
from predictions.models import PredictionModel, RiskHistory, ScoringRun, TrainingRun


def test_what_is_old_is_deleted_and_what_is_not_stays(db, make_customer):
    customer, model = make_customer("A"), PredictionModel.objects.get(code="churn")
    for days in (401, 399):
        at = clock.now() - timedelta(days=days)
        RiskHistory.objects.create(customer=customer, at=at, churn_risk="0.5", version=days)
        ScoringRun.objects.create(codes=[], as_of=at, started_at=at)
        TrainingRun.objects.create(
            model=model, as_of=at, created_at=at, finished_at=at, outcome="failed"
        )
    # One that nobody has begun is not over, however old.
    waiting = TrainingRun.objects.create(model=model, as_of=at, created_at=at)
    done = dict(purge())
    assert {name: done[name] for name in done if name.startswith("predictions.")} == {
        "predictions.riskhistory": 1,
        "predictions.scoringrun": 1,
        "predictions.trainingrun": 1,
    }
    assert RiskHistory.objects.get().version == 399
    assert TrainingRun.objects.count() == 2
    assert TrainingRun.objects.filter(pk=waiting.pk).exists()
