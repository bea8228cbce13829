"""What computed views answer of the last scoring when they are told nothing.

That takes as long as the shop is large: a task of its own works it out soon after a scoring, and it
is kept beside the other views. Where it is not there yet it is computed when it is asked for.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from celery import current_app
from django.db import transaction

from predictions.analytics.computation.stored import store
from predictions.analytics.computation.views import COMPUTED_VIEWS, ComputedView
from predictions.analytics.documents import Data
from predictions.models import AnalyticsTable, PredictionModel, ScoringRun
from predictions.refusals import Refused
from predictions.registry import scored_at

logger = logging.getLogger(__name__)

USUAL = ""  # It is told no parameters.


def usual(view: ComputedView, told: Mapping[str, Any] = MappingProxyType({})) -> Data | None:
    """Return the view as it is kept of the last scoring, None where it is not.

    Also where `told` says what is usual: October has one figure, whether it is typed or not.
    """
    row = AnalyticsTable.objects.filter(view=view.view, parameters=USUAL).first()
    if row is None or row.as_of != scored_at(view.model):
        return None
    if told and not told.items() <= view.kept_for(row.data).items():
        return None
    return _whole(view, row.data, row.as_of)


def answered(view: ComputedView, told: Mapping[str, Any], as_of: datetime | None) -> Data:
    """Compute what the view answers; raises as `ComputedView.answer` does."""
    return _whole(view, view.answer(told, as_of), as_of)


def _whole(view: ComputedView, data: Data, as_of: datetime | None) -> Data:
    return {"view": view.view, "as_of": as_of} | view.finish(data)


def keep_soon(*, run: ScoringRun, **_signal: Any) -> None:
    """Have a worker keep the views of the models that `run` has scored everybody by."""
    if any(view.model in run.versions for view in COMPUTED_VIEWS):
        message = partial(current_app.send_task, "predictions.keep_views", args=[run.pk])
        transaction.on_commit(message, robust=True)


def keep(run_id: int) -> None:
    """Keep what the views answer of a scoring; nothing where a later one has begun."""
    run = ScoringRun.objects.filter(pk=run_id).first()
    if run is None:
        return
    for view in COMPUTED_VIEWS:
        is_newest = PredictionModel.objects.filter(code=view.model, run=run.pk).exists()
        if view.model not in run.versions or not is_newest:
            continue
        try:
            data = view.answer({}, run.as_of)
        except Refused as error:
            # Said to who asks: nothing is kept.
            logger.info("“%s” is not kept: %s", view.view, error)
            continue
        kept = {name: value for name, value in data.items() if name != "as_of"}
        store(run, view.model, [((view.view, USUAL), kept)])
