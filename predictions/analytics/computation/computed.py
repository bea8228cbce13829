"""Results of the views as of a moment, computed in one population pass for several views."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import cast

from predictions.analytics.documents import (
    NOTHING,
    Data,
    cohorts_document,
    lifetime_values_document,
    rfm_document,
    seasonality_document,
    totals_document,
)
from predictions.analytics.parameters import MODEL_OF, Asked
from predictions.analytics.views.lifetime_values import computed_values
from predictions.figures.overview import Overview
from predictions.figures.seasonality import seasonal_index
from predictions.history.cohorts import By, Figure
from predictions.registry import models
from predictions.scoring.deployed_scorers import judge_of
from predictions.scoring.population_pass import Look

# Thirteen years by weeks. A first sale that was dated 0001 by mistake has a hundred thousand cells.
MOST_CELLS = 250_000


def compute_views(wanted: Iterable[Asked], as_of: datetime) -> dict[Asked, Data]:
    """Return the result of each of the views as of an aware instant.

    Raises `Refused` where a deployed version cannot be read.
    """
    found, of_sales = dict[Asked, Data](), list[Asked]()
    for one in wanted:
        if one.view in OF_SALES:
            of_sales.append(one)
        else:
            found[one] = _clv(as_of)
    if of_sales:
        look = Look([], as_of, with_overview=True)
        look.see()
        found |= dict(results_of_overview(of_sales, look.overview()))
    return found


def results_of_overview(
    wanted: Iterable[Asked], overview: Overview
) -> Iterator[tuple[Asked, Data]]:
    """Yield the results of the views of sales for an overview, one by one as they are large."""
    for one in wanted:
        yield one, OF_SALES[one.view](one, overview)


def _cohorts(asked: Asked, overview: Overview) -> Data:
    by, figure = asked.values
    counts = overview.counted.cohorts[cast(By, by)]
    return cohorts_document(counts.cohorts(cast(Figure, figure), MOST_CELLS))


def _seasonality(_asked: Asked, overview: Overview) -> Data:
    return seasonality_document(seasonal_index(overview.counted.cohorts["month"]))


def _rfm(_asked: Asked, overview: Overview) -> Data:
    return rfm_document(overview.grid)


def _summary(_asked: Asked, overview: Overview) -> Data:
    return totals_document(overview)


def _clv(as_of: datetime) -> Data:
    model = models().filter(code=MODEL_OF["clv"]).first()
    judge = None if model is None else judge_of(model)
    return (
        NOTHING["clv"] if judge is None else lifetime_values_document(computed_values(judge, as_of))
    )


# The views that show sales, of which an overview is enough.
OF_SALES: Mapping[str, Callable[[Asked, Overview], Data]] = {
    "cohorts": _cohorts,
    "seasonality": _seasonality,
    "rfm": _rfm,
    "summary": _summary,
}
