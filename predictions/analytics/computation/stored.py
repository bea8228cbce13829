"""Results of the views as of the last scoring, stored when the scoring ends."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.db import transaction

from predictions.analytics.computation.computed import OF_SALES, results_of_overview
from predictions.analytics.documents import Data, lifetime_values_document
from predictions.analytics.parameters import Asked, all_view_requests
from predictions.analytics.parts.figures import (
    MEAN_CLV_OF_SEGMENTS,
    PARTS,
    SALES_OF_BANDS,
    mean_clv_of_segments,
    sales_of_bands,
)
from predictions.analytics.views.lifetime_values import stored_values
from predictions.figures.overview import Overview
from predictions.models import AnalyticsTable, ScoringRun
from predictions.scoring.runs import WITH_OVERVIEW
from predictions.scoring.writing import lock_models

# A view and its parameters, and the result of the view.
Table = tuple[tuple[str, str], Data]


def store_views(*, run: ScoringRun, **_signal: Any) -> None:
    """Store the results of the views whose models `run` has scored for the whole population."""
    overviews = ScoringRun.objects.filter(pk=run.pk)
    overview = overviews.values_list("overview", flat=True).first()
    if overview is not None:
        wanted = [one for view in OF_SALES for one in all_view_requests(view)]
        found = results_of_overview(wanted, Overview.of_json(overview))
        tables = (((one.view, one.text), data) for one, data in found)
        store(run, WITH_OVERVIEW, chain(tables, [_mean_clv_of_segments()]))
        overviews.update(overview=None)
    if "clv" in run.versions:
        of_values = ("clv", ""), lifetime_values_document(stored_values())
        of_bands = (PARTS, SALES_OF_BANDS), sales_of_bands(run.as_of)
        store(run, "clv", [of_values, of_bands, _mean_clv_of_segments()])


def stored_result(asked: Asked) -> AnalyticsTable | None:
    """Return the result of a view as of the last scoring; None before the first scoring."""
    rows = AnalyticsTable.objects.filter(view=asked.view, parameters=asked.text)
    return rows.first()


def _mean_clv_of_segments() -> Table:
    # The means depend on both models: they are stored after a scoring by either of them.
    return (PARTS, MEAN_CLV_OF_SEGMENTS), mean_clv_of_segments()


@transaction.atomic
def store(run: ScoringRun, code: str, tables: Iterable[Table]) -> None:
    """Store results of a run that scored by the model `code`, unless another run has begun."""
    (model,) = lock_models([code])
    if model.run != run.pk:
        return  # Another run has begun, and will store newer results.
    for (view, parameters), data in tables:
        AnalyticsTable.objects.update_or_create(
            view=view,
            parameters=parameters,
            defaults={"as_of": run.as_of, "version": run.versions[code], "data": data},
        )
