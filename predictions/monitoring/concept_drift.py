"""Concept drift: compare the Brier score of former churn risks with that of the training."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from predictions.history.population import population, sales
from predictions.kinds import KINDS
from predictions.models import ModelVersion, RiskHistory
from predictions.statistics.psi import PLACES

# How far the Brier score may exceed the training's before it is an alarm; the fewest risks needed.
MAY_BE_WORSE = 0.02
FEWEST = 100


def come_true(version: ModelVersion, at: datetime) -> dict[str, Any] | None:
    """Return the Brier score of the churn risks that were current W days before an aware instant.

    W is the window of `version`. Risks written by versions with another window are left out, as are
    customers who have left the population since. `version_brier` is the mean of the Brier scores
    that these versions measured in training, weighted by their numbers of risks. Return None for a
    model without churn risks and below 100 risks. {`brier`, `version_brier`, `customers`, `since`:
    the instant W days before, ISO 8601}
    """
    window = version.fitted.get("window_days")
    if "churn_risk" not in KINDS[version.model.kind].columns or window is None:
        return None
    since = at - timedelta(days=window)
    measured = _brier_by_version(version, window)
    then = RiskHistory.objects.filter(customer=OuterRef("customer"), at__lte=since)
    rows = (
        RiskHistory.objects.filter(at=Subquery(then.order_by("-at").values("at")[:1]))
        .filter(version__in=measured, customer__in=population(at, version.segment).values("pk"))
        .annotate(
            has_bought=Exists(sales(at).filter(customer=OuterRef("customer"), created_at__gt=since))
        )
        .values_list("churn_risk", "has_bought", "version")
    )
    customers, squares, expected = 0, 0.0, 0.0
    for risk, has_bought, number in rows.order_by("customer").iterator():
        customers += 1
        squares += (float(risk) - (not has_bought)) ** 2
        expected += measured[number]
    if customers < FEWEST:
        return None
    return {
        "brier": round(squares / customers, PLACES),
        "version_brier": round(expected / customers, PLACES),
        "customers": customers,
        "since": since.isoformat(),
    }


def is_worse(concept: Mapping[str, Any] | None) -> bool:
    """Return whether the result of `come_true` is an alarm."""
    if concept is None:
        return False
    worse: float = concept["brier"] - concept["version_brier"]
    return round(worse, PLACES) > MAY_BE_WORSE


def _brier_by_version(version: ModelVersion, window: int) -> dict[int, float]:
    """Return the Brier scores of the model's versions with this window, by version number."""
    found = dict[int, float]()
    for number, fitted, metrics in version.model.versions.values_list(
        "number", "fitted", "metrics"
    ):
        if fitted.get("window_days") == window:
            brier = next((one["value"] for one in metrics if one["name"] == "brier"), None)
            if brier is not None:
                found[number] = brier
    return found
