"""Results of the views as JSON: the same for programs, pages and storage.

Money, shares and indices are texts with 4 decimals, counts are numbers, missing values are null.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from core.database.fields import from_units, quotient
from predictions.analytics.views.distribution import distribution
from predictions.analytics.views.lifetime_values import LifetimeValues
from predictions.figures.overview import Overview
from predictions.figures.rfm_grid import Part, RfmGrid
from predictions.figures.seasonality import MONTHS, Seasonality
from predictions.history.cohorts import Cohorts
from predictions.history.values import rounded
from predictions.models import ValueBand

Data = dict[str, Any]
PLACES = 4


def cohorts_document(cohorts: Cohorts) -> Data:
    """Return cohorts: a label and a row of cells for each; `incomplete` are labels of periods.

    `count` has also those that are `left_out`.
    """
    return {
        "count": len(cohorts.rows) + cohorts.left_out,
        "labels": [label for label, _cells in cohorts.rows],
        "rows": [[_cell(one) for one in cells] for _label, cells in cohorts.rows],
        "incomplete": list(cohorts.incomplete),
        "left_out": cohorts.left_out,
    }


def seasonality_document(seasonality: Seasonality) -> Data:
    """Return the index of each month, from January (1) on, and of which months it was made."""
    return {
        "months": [
            {"month": number, "index": _text(index)}
            for number, index in enumerate(seasonality.indices, 1)
        ],
        "from": seasonality.first,
        "to": seasonality.last,
        "reason": seasonality.reason,
    }


def rfm_document(grid: RfmGrid) -> Data:
    """Return the 25 cells, and the ten segments."""
    whole = grid.all.units
    return {
        "customers": grid.all.customers,
        "sales": money(whole),
        "cells": [
            {
                "recency_score": cell.recency_score,
                "frequency_score": cell.frequency_score,
                "segment": cell.segment,
                **_part(cell, whole),
            }
            for cell in grid.cells()
        ],
        "segments": [{"segment": code, **_part(part, whole)} for code, part in grid.segments()],
    }


def lifetime_values_document(values: LifetimeValues) -> Data:
    """Return the distribution of lifetime values, and the value of each band of customers."""
    found, count = distribution(values.amounts), len(values.amounts)
    return {
        "count": count,
        "sum": money(found.total),
        "mean": mean(found.total, count),
        "deciles": [money(units) for units in found.deciles],
        "gini": _number(found.gini),
        "histogram": [
            {"from": money(one.low), "to": money(one.high), "count": one.count}
            for one in found.bins
        ],
        "bands": [
            {
                "band": band.value,
                "count": values.customers[band],
                "sum": money(values.units[band]),
                "mean": mean(values.units[band], values.customers[band]),
                "share": share(values.units[band], found.total),
            }
            for band in ValueBand
        ],
    }


def totals_document(overview: Overview) -> Data:
    """Return the numbers of customers, buyers and orders, and the sum of the sales."""
    return {
        "customers": overview.counted.customers,
        "buyers": overview.grid.all.customers,
        "orders": overview.counted.cohorts["month"].orders,
        "sales": money(overview.grid.all.units),
    }


def _part(part: Part, whole: int) -> Data:
    return {
        "customers": part.customers,
        "sales": money(part.units),
        "sales_share": share(part.units, whole),
    }


def _cell(value: int | Decimal) -> int | str:
    return value if isinstance(value, int) else f"{value:.{PLACES}f}"


def money(units: int) -> str:
    """Return an amount in units as text."""
    return f"{from_units(units):.{PLACES}f}"


def _number(value: Fraction | None) -> str | None:
    return None if value is None else _text(rounded(value, PLACES))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.{PLACES}f}"


def share(units: int, whole: int) -> str | None:
    """Return a part of a whole as text; None where the whole is nothing."""
    return _number(Fraction(units, whole)) if whole else None


def mean(units: int, count: int) -> str | None:
    """Return the mean of an amount in units as text; None without customers."""
    return money(quotient(units, count)) if count else None


# The results of the same views without any data.
NOTHING: Mapping[str, Data] = {
    "cohorts": {"count": None, "labels": [], "rows": [], "incomplete": [], "left_out": 0},
    "seasonality": seasonality_document(Seasonality([None] * MONTHS)),
    "rfm": {"customers": None, "sales": None, "cells": [], "segments": []},
    "clv": {
        **dict.fromkeys(("count", "sum", "mean", "gini")),
        **{name: [] for name in ("deciles", "histogram", "bands")},
    },
    "summary": dict.fromkeys(("customers", "buyers", "orders", "sales")),
}
