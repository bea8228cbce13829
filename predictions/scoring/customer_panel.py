"""Details of one customer besides the stored scores: reasons, risk history and purchases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from core.database.fields import from_units
from customers.models import Customer
from predictions.features.subjects import Subjects
from predictions.history.batches import Batch, batch_of
from predictions.history.population import population
from predictions.kinds import KINDS, as_of_column, has_own_rows, version_column
from predictions.kinds.deep_algorithms import is_network
from predictions.kinds.reasons import Reason
from predictions.kinds.trained import TrainedScorer, inputs_of, is_trained
from predictions.models import (
    CustomerPrediction,
    ModelVersion,
    PredictionModel,
    RiskHistory,
    UpliftScore,
)
from predictions.refusals import Refused
from predictions.registry import models
from predictions.scores import Stand
from predictions.scoring.on_demand import limits_of

# How many churn risks of the history are shown at most, the newest first.
MOST_RISKS = 400
UNKNOWN_MARGIN, NO_MEAN_VALUE = "margin_unknown", "no_mean_value"


def reasons_of(customer: Customer) -> dict[str, Sequence[Reason]]:
    """Return all reasons of the stored scores by model, computed from the features of their as-of.

    Models without reasons are left out, as are models whose deployed version did not write the
    score.
    """
    row = CustomerPrediction.objects.filter(customer=customer).first()
    found: dict[str, Sequence[Reason]] = {}
    batches: dict[datetime, Batch] = {}
    if row is None:
        return found
    known = list(models().select_related("deployed__segment"))
    written = _score_versions(row, known)
    for model in known:
        kind = KINDS[model.kind]
        version = model.deployed
        if version is None or not is_trained(kind) or model.as_of is None:
            continue
        number, at = written.get(model.pk, (None, None))
        if number != version.number or at is None or is_network(version, kind):
            continue
        at = max(at, model.as_of)
        if at not in batches:
            batches[at] = batch_of(population(at).filter(pk=customer.pk), at)
        try:
            limits, scorer = limits_of(version), kind.scorer(version)
        except Refused:
            continue  # The model's own page says what is wrong.
        them = Subjects(batches[at], limits.shop)
        trained = cast(TrainedScorer, scorer)
        for reasons in trained.reasons(inputs_of(trained, them), them.todays):
            if reasons:
                found[model.code] = reasons
    return found


def _score_versions(
    row: CustomerPrediction, known: Sequence[PredictionModel]
) -> dict[int, tuple[int | None, datetime | None]]:
    """Return the version number and the as-of time of each model's scores, by the model's key."""
    found: dict[int, tuple[int | None, datetime | None]] = {}
    of_rows = [model.pk for model in known if has_own_rows(KINDS[model.kind])]
    rows = UpliftScore.objects.filter(customer=row.customer_id) if of_rows else ()
    for one in rows:
        found[one.model_id] = (one.version, one.as_of)
    for model in known:
        kind = KINDS[model.kind]
        if not has_own_rows(kind):
            found[model.pk] = (
                getattr(row, version_column(kind)),
                getattr(row, as_of_column(kind)),
            )
    return found


def risks_of(customer: Customer) -> list[RiskHistory]:
    """Return the customer's latest churn risks, at most 400, the newest first."""
    return list(RiskHistory.objects.filter(customer=customer).order_by("-at")[:MOST_RISKS])


def bought_by(customer: Customer, as_of: datetime) -> tuple[int, Decimal]:
    """Return the number and the sum (money) of the customer's sales as of an aware instant."""
    batch = batch_of(population(as_of).filter(pk=customer.pk), as_of)
    return int(batch.sales.counts.sum()), from_units(int(batch.sales.totals.sum()))


def warnings_of(version: ModelVersion | None, given: Mapping[str, Any] | None = None) -> list[str]:
    """Return the warnings to show with lifetime values: unknown margin, no fitted mean value.

    The margin is known where `given` or the version's parameters have one; the parameter 1 is the
    default and counts as unknown.
    """
    if version is None:
        return []
    found = [code for code in version.warnings if code == NO_MEAN_VALUE]
    is_told = (given or {}).get("margin") is not None or version.parameters.get("margin") != 1
    return found if is_told else [UNKNOWN_MARGIN, *found]


def version_of(stand: Stand) -> ModelVersion | None:
    """Return the version that wrote the scores, which may differ from the deployed version."""
    if stand.model is None or stand.version is None:
        return None
    rows = stand.model.versions.filter(number=stand.version)
    return rows.select_related("model", "segment").defer("artifact").first()
