"""Concept drift: whether the churn risks of some time ago have come true as often as measured."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from predictions.history.population import population, sales
from predictions.kinds import KINDS
from predictions.models import ModelVersion, RiskHistory
from predictions.statistics.psi import PLACES

# So much may the Brier score be above that of the training; and so few risks say nothing.
MAY_BE_WORSE = 0.02
FEWEST = 100


def come_true(version: ModelVersion, at: datetime) -> dict[str, Any] | None:
    """Return the Brier score of the risks that stood W days before an aware instant.

    W is the window of `version`; risks by versions with another window, and of who has left the
    population since, are left out. Beside it stands what these versions had measured, each
    counting as often as its risks. None for a model without such risks, of which there are 100 at
    least. {`brier`, `version_brier`, `customers`, `since`: the instant W days before, ISO 8601}
    """
    window = version.fitted.get("window_days")
    if "churn_risk" not in KINDS[version.model.kind].columns or window is None:
        return None
    since = at - timedelta(days=window)
    measured = _measured(version, window)
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
    """Return whether what `come_true` has found is an alarm."""
    if concept is None:
        return False
    worse: float = concept["brier"] - concept["version_brier"]
    return round(worse, PLACES) > MAY_BE_WORSE


def _measured(version: ModelVersion, window: int) -> dict[int, float]:
    """Return the Brier scores of the model's versions with this window, by number."""
    found = dict[int, float]()
    for number, fitted, metrics in version.model.versions.values_list(
        "number", "fitted", "metrics"
    ):
        if fitted.get("window_days") == window:
            brier = next((one["value"] for one in metrics if one["name"] == "brier"), None)
            if brier is not None:
                found[number] = brier
    return found
