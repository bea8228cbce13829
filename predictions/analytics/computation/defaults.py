"""Stored results of computed views as of the last scoring, for calls without parameters.

The computation is slow in a large shop: a task of its own computes the results soon after a scoring
and stores them with those of the other views. Until then, a result is computed on request.
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

USUAL = ""  # The stored result is that for no parameters.


def usual(view: ComputedView, parameters: Mapping[str, Any] = MappingProxyType({})) -> Data | None:
    """Return the stored result of a view as of the last scoring; None if none is stored.

    The stored result also answers a call whose `parameters` equal the defaults, so that a figure is
    the same whether the defaults are entered or not.
    """
    row = AnalyticsTable.objects.filter(view=view.view, parameters=USUAL).first()
    if row is None or row.as_of != scored_at(view.model):
        return None
    if parameters and not parameters.items() <= view.kept_for(row.data).items():
        return None
    return _whole(view, row.data, row.as_of)


def answer_view(view: ComputedView, parameters: Mapping[str, Any], as_of: datetime | None) -> Data:
    """Compute the result of a view. Raises what `ComputedView.answer` raises."""
    return _whole(view, view.answer(parameters, as_of), as_of)


def _whole(view: ComputedView, data: Data, as_of: datetime | None) -> Data:
    return {"view": view.view, "as_of": as_of} | view.finish(data)


def keep_soon(*, run: ScoringRun, **_signal: Any) -> None:
    """Send a task, after commit, that stores the views of the models of a completed run."""
    if any(view.model in run.versions for view in COMPUTED_VIEWS):
        message = partial(current_app.send_task, "predictions.keep_views", args=[run.pk])
        transaction.on_commit(message, robust=True)


def keep(run_id: int) -> None:
    """Store the views' results of a scoring run; skip a model for which a later run has begun."""
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
            # Nothing is stored: a call for the view raises the same refusal.
            logger.info("“%s” is not kept: %s", view.view, error)
            continue
        kept = {name: value for name, value in data.items() if name != "as_of"}
        store(run, view.model, [((view.view, USUAL), kept)])
