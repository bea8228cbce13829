"""What the views show of the last scoring: stored when it has ended, read as it is."""

from typing import Any

from django.db import transaction

from predictions.analytics.asked import VIEWS, Asked, all_asked
from predictions.analytics.computed import computed
from predictions.analytics.lifetime_values import stored_values
from predictions.analytics.part_figures import (
    MEAN_CLV_OF_SEGMENTS,
    PARTS,
    SALES_OF_BANDS,
    mean_clv_of_segments,
    sales_of_bands,
)
from predictions.analytics.shown import Data, clv_shown
from predictions.kinds.kind import Limits
from predictions.models import AnalyticsTable, PredictionModel, ScoringRun
from predictions.writing import lock_models

# What is stored, by view and parameters.
Tables = dict[tuple[str, str], Data]
# With whose scoring a view is stored: that of sales along with RFM, which is judged by them.
STORED_WITH = {view: "clv" if view == "clv" else "rfm" for view in VIEWS}


def store_views(*, run: ScoringRun, **_signal: Any) -> None:
    """Store what the views show of `run`, those of the models that it has scored everybody by."""
    if "rfm" in run.versions:
        limits = PredictionModel.objects.get(code="rfm").limits
        assert limits is not None
        wanted = [one for view in VIEWS if STORED_WITH[view] == "rfm" for one in all_asked(view)]
        found = computed(wanted, run.as_of, shop=Limits.of_json(limits).shop)
        tables = {(one.view, one.text): data for one, data in found.items()}
        _store(run, "rfm", tables | _mean_clv_of_segments())
    if "clv" in run.versions:
        tables = {("clv", ""): clv_shown(stored_values())}
        tables[PARTS, SALES_OF_BANDS] = sales_of_bands(run.as_of)
        _store(run, "clv", tables | _mean_clv_of_segments())


def stored(asked: Asked) -> AnalyticsTable | None:
    """Return what a view shows of the last scoring; None where there was none."""
    rows = AnalyticsTable.objects.filter(view=asked.view, parameters=asked.text)
    return rows.first()


def _mean_clv_of_segments() -> Tables:
    # It is of both models: it follows whichever has scored.
    return {(PARTS, MEAN_CLV_OF_SEGMENTS): mean_clv_of_segments()}


@transaction.atomic
def _store(run: ScoringRun, code: str, tables: Tables) -> None:
    (model,) = lock_models([code])
    if model.run != run.pk:
        return  # Another run has begun, and stores what is newer.
    for (view, parameters), data in tables.items():
        AnalyticsTable.objects.update_or_create(
            view=view,
            parameters=parameters,
            defaults={"as_of": run.as_of, "version": run.versions[code], "data": data},
        )
