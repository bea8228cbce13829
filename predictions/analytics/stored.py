"""What the views show of the last scoring: stored when it has ended, read as it is."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from predictions.analytics.asked import VIEWS, Asked, all_asked
from predictions.analytics.computed import computed
from predictions.analytics.lifetime_values import stored_values
from predictions.analytics.shown import Data, clv_shown
from predictions.kinds.kind import Limits
from predictions.models import AnalyticsTable, PredictionModel, ScoringRun
from predictions.writing import lock_models

# With whose scoring a view is stored: that of sales along with RFM, which is judged by them.
STORED_WITH = {view: "clv" if view == "clv" else "rfm" for view in VIEWS}


def store_views(*, run: ScoringRun, **_signal: Any) -> None:
    """Store what the views show of `run`, those of the models that it has scored everybody by."""
    if "rfm" in run.versions:
        limits = PredictionModel.objects.get(code="rfm").limits
        assert limits is not None
        wanted = [one for view in VIEWS if STORED_WITH[view] == "rfm" for one in all_asked(view)]
        _store(run, "rfm", computed(wanted, run.as_of, shop=Limits.of_json(limits).shop))
    if "clv" in run.versions:
        _store(run, "clv", {Asked("clv"): clv_shown(stored_values())})


def stored(asked: Asked) -> AnalyticsTable | None:
    """Return what a view shows of the last scoring; None where there was none."""
    rows = AnalyticsTable.objects.filter(view=asked.view, parameters=asked.text)
    return rows.first()


@transaction.atomic
def _store(run: ScoringRun, code: str, found: Mapping[Asked, Data]) -> None:
    (model,) = lock_models([code])
    if model.run != run.pk:
        return  # Another run has begun, and stores what is newer.
    for asked, data in found.items():
        AnalyticsTable.objects.update_or_create(
            view=asked.view,
            parameters=asked.text,
            defaults={"as_of": run.as_of, "version": run.versions[code], "data": data},
        )
