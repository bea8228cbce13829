"""Warnings of a plan: unknown uplifts and margins, missing or stale scores."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from predictions.models import ModelVersion, PredictionModel
from predictions.scoring.customer_panel import UNKNOWN_MARGIN, warnings_of
from predictions.strategies.assumptions.values import MARGIN, UPLIFT
from predictions.strategies.question import Question
from predictions.strategies.strategy import ContactStrategy, PartingStrategy, PlanInputs, Strategy

UNKNOWN_UPLIFT, NOT_SCORED, STALE = "uplift_unknown", "not_scored", "stale_scores"
OF_REVENUE = "lifetime_value_is_revenue"


def warn_of_uplift(
    inputs: PlanInputs, found: Mapping[str, Any], strategy: Strategy
) -> Iterator[str]:
    """Yield the warning that the uplift is unknown, if the plan needs an uplift."""
    lines = found.get("campaigns", ())
    is_needed = isinstance(strategy, ContactStrategy)
    uplift = inputs.assumed[UPLIFT]
    if (is_needed and uplift.value is None and uplift.model is None) or any(
        one["expected_value"] is None for one in lines
    ):
        yield UNKNOWN_UPLIFT


def warn_of_margin(
    question: Question,
    strategy: Strategy,
    inputs: PlanInputs,
    models: Sequence[PredictionModel],
    versions: Sequence[ModelVersion],
) -> list[str]:
    """Return warnings about the margin, and about lifetime values if the plan reads them.

    Lifetime values already include the margin of their version.
    """
    found: list[str] = []
    given = {MARGIN: question.assumptions.get(MARGIN)}
    of_clv = [
        version for model, version in zip(models, versions, strict=True) if model.kind == "clv"
    ]
    for version in of_clv:
        found += warnings_of(version, given)
    ranks_by_value = not isinstance(strategy, PartingStrategy) and (
        MARGIN not in strategy.uses or any(one.value == "clv" for one in question.campaigns)
    )
    if given[MARGIN] is not None and ranks_by_value:
        found += [OF_REVENUE for one in of_clv if UNKNOWN_MARGIN in warnings_of(one)]
    is_told = given[MARGIN] is not None or inputs.assumed[MARGIN].value != 1
    if not is_told and (MARGIN in strategy.uses or not of_clv):
        found.insert(0, UNKNOWN_MARGIN)
    return list(dict.fromkeys(found))


def warn_of_scores(
    models: Sequence[PredictionModel], versions: Sequence[ModelVersion]
) -> list[str]:
    """Return the warning that scores are missing, or not by the deployed versions."""
    if any(model.as_of is None for model in models):
        return [NOT_SCORED]
    pairs = zip(models, versions, strict=True)
    if any((model.limits or {}).get("version") != version.number for model, version in pairs):
        return [STALE]
    return []
