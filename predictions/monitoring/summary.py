"""The monitoring summary: calls, drift and labels of deployed versions, and the latest runs."""

from typing import Any

from core.clock import now
from predictions.models import DriftReading, Notice, ScoringRun, TrainingRun
from predictions.monitoring.call_statistics import calls
from predictions.monitoring.drift import as_json
from predictions.monitoring.drift_readings import readings_of, with_drift
from predictions.registry import models

# The calls that run a model or read a customer's stored scores.
CALLS = ("predict", "calculate", "clv-predict", "customer-predictions")
# How many of the latest runs and notices the summary lists.
LAST = 10


def monitoring() -> dict[str, Any]:
    """Return the summary as JSON, except that instants are aware datetimes and days are dates.

    `requests` and `errors` (5xx) are the sums over all `calls` of the last 24 hours; each call has
    its durations in milliseconds. While the cache does not answer both sums are null and `calls` is
    empty.
    """
    counted = calls(CALLS, now())
    trainings = TrainingRun.objects.select_related("model", "version").defer("version__artifact")
    return {
        "requests": sum(one.requests for one in counted) if counted else None,
        "errors": sum(one.errors for one in counted) if counted else None,
        "calls": [vars(one) for one in counted],
        "models": _models(),
        "notices": [
            {"model": one.model.code, "day": one.day, "kind": one.kind}
            for one in Notice.objects.select_related("model").order_by("-day", "-pk")[:LAST]
        ],
        "scoring_runs": [_scoring(one) for one in ScoringRun.objects.order_by("-pk")[:LAST]],
        "training_runs": [_training(one) for one in trainings.order_by("-pk")[:LAST]],
    }


def _models() -> list[dict[str, Any]]:
    rows = list(with_drift(models()).defer("deployed__artifact"))
    readings = readings_of(rows)
    return [
        {
            "model": one.code,
            "deployed_version": one.deployed.number if one.deployed else None,
            "scored_at": one.scored_at,
            "customers_scored": one.customers_scored,
            "drift": _drift(readings.get(one.pk)),
        }
        for one in rows
    ]


def _drift(reading: DriftReading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    told = as_json(reading)
    return {name: told[name] for name in told if name not in ("model", "version")}


def _scoring(run: ScoringRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "models": run.codes,
        "state": run.state,
        "as_of": run.as_of,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "marked": run.marked_customers,
        "problems": run.problem_texts,
    }


def _training(run: TrainingRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "model": run.model.code,
        "state": run.state.value,
        "as_of": run.as_of,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "version": run.version.number if run.version else None,
        "error": run.error_code or None,
    }
