"""The monitoring summary: calls, drift and labels of deployed versions, and the latest runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.clock import now
from predictions.models import Notice, ScoringRun, TrainingRun
from predictions.monitoring.call_statistics import Calls, calls
from predictions.monitoring.drift_readings import readings_of, with_drift
from predictions.registry import models

# The calls that run a model or read a customer's stored scores.
CALLS = ("predict", "calculate", "clv-predict", "customer-predictions")
# How many of the latest runs and notices the summary lists.
LAST = 10


@dataclass(frozen=True)
class MonitoringSummary:
    """The calls of the last 24 hours, the models, and the latest notices and runs.

    `calls` is empty while the cache does not answer. Each model has the attribute `reading`, the
    latest drift reading of its deployed version, or None.
    """

    calls: Sequence[Calls]
    models: Sequence[Any]
    notices: Iterable[Notice]
    scoring_runs: Iterable[ScoringRun]
    training_runs: Iterable[TrainingRun]

    @property
    def requests(self) -> int | None:
        """The number of all calls; None while the cache does not answer."""
        return sum(one.requests for one in self.calls) if self.calls else None

    @property
    def errors(self) -> int | None:
        """The number of all calls that failed (5xx); None while the cache does not answer."""
        return sum(one.errors for one in self.calls) if self.calls else None


def monitoring_summary() -> MonitoringSummary:
    """Return the monitoring summary as of now."""
    rows = list(with_drift(models()).defer("deployed__artifact"))
    readings = readings_of(rows)
    for row in rows:
        row.reading = readings.get(row.pk)
    notices = Notice.objects.select_related("model").order_by("-day", "-pk")
    trainings = TrainingRun.objects.select_related("model", "version").defer("version__artifact")
    return MonitoringSummary(
        calls(CALLS, now()),
        rows,
        notices[:LAST],
        ScoringRun.objects.order_by("-pk")[:LAST],
        trainings.order_by("-pk")[:LAST],
    )
