"""Rules that choose the customers of a number, as conditions: for pages and for programs."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from predictions.history.cohorts import By, days_of_period
from predictions.models import ValueBand
from segments.models import AppliesTo

Condition = dict[str, Any]
Tree = dict[str, Any]
# Scores are about guests too: so is each of these rules.
APPLIES_TO = AppliesTo.BOTH.value
# Everybody whom scores cover has a stage. Figures leave out all others, such as customers who
# refuse personalization; without this condition the list behind a figure would have them.
OF_POPULATION: Condition = {"attribute": "prediction.journey_stage", "operator": "is_not_empty"}


def all_of(conditions: Sequence[Condition]) -> Tree:
    """Return the tree of who fits all conditions, as a segment takes it."""
    return {"match": "all", "conditions": list(conditions)}


def of_band(band: str) -> list[Condition]:
    """Return who is in a value band."""
    return [_is("prediction.value_band", band)]


def with_value() -> list[Condition]:
    """Return who has a lifetime value, and so a value band."""
    bands = list(ValueBand.values)
    return [{"attribute": "prediction.value_band", "operator": "is_one_of", "value": bands}]


def of_values(low: Decimal | None, high: Decimal | None) -> list[Condition]:
    """Return who has a lifetime value of at least `low` and below `high`; None: no such end."""
    return _between_ends("prediction.clv", low, high)


def of_buyers(days: tuple[date, date] | None = None) -> list[Condition]:
    """Return the scored customers who bought from the first to the last of `days` (None: ever)."""
    return [_sales_in(days), OF_POPULATION]


def of_single_buyers(by: By, label: str) -> list[Condition]:
    """Return who first bought in the period `label`, and has bought only once."""
    return [*of_cohort(by, label, 0), _is("lifetime.number_of_orders", 1)]


def of_rfm_segment(segment: str) -> list[Condition]:
    """Return who is in a segment of RFM."""
    return [_is("rfm.segment", segment)]


def of_rfm_scores(recency: int, frequency: int) -> list[Condition]:
    """Return who has these two scores."""
    return [_is("rfm.recency_score", recency), _is("rfm.frequency_score", frequency)]


def of_cluster(attribute: str, label: str) -> list[Condition]:
    """Return who is in a cluster; `attribute` is the code of the condition about the clusters."""
    return [_is(attribute, label)]


def of_stage(stage: str) -> list[Condition]:
    """Return who is in a stage of the journey."""
    return [_is("prediction.journey_stage", stage)]


def of_risk(low: Decimal | None, high: Decimal | None) -> list[Condition]:
    """Return who has a churn risk of at least `low` and below `high`; None: no such end."""
    return _between_ends("prediction.churn_risk", low, high)


def of_rise(least: Decimal) -> list[Condition]:
    """Return whose churn risk rose by `least` or more in 30 days."""
    code = "prediction.churn_risk_rise"
    return [{"attribute": code, "operator": "gte", "value": str(least)}]


def lacks_value(attribute: str) -> Condition:
    """Return the condition that there is no value of `attribute`."""
    return {"attribute": attribute, "operator": "is_empty"}


def of_cohort(by: By, label: str, later: int) -> list[Condition]:
    """Return who first bought in the period `label`, and again in the one that is so many later.

    Customers without a score are in no cohort.
    """
    first = {"relation": "sales", "aggregate": "min", "of": "order.created_at"}
    first |= _days_condition(days_of_period(by, label, 0))
    if not later:
        return [first, OF_POPULATION]
    return [first, _sales_in(days_of_period(by, label, later)), OF_POPULATION]


def _sales_in(days: tuple[date, date] | None) -> Condition:
    within = [] if days is None else [{"attribute": "order.created_at"} | _days_condition(days)]
    return {"relation": "sales", "match": "all", "conditions": within}


def _between_ends(attribute: str, low: Decimal | None, high: Decimal | None) -> list[Condition]:
    return [
        {"attribute": attribute, "operator": operator, "value": str(end)}
        for operator, end in (("gte", low), ("lt", high))
        if end is not None
    ]


def _is(attribute: str, value: str | int) -> Condition:
    return {"attribute": attribute, "operator": "is", "value": value}


def _days_condition(days: tuple[date, date]) -> Condition:
    return {"operator": "between", "value": [day.isoformat() for day in days]}
