"""Retrain models: every Sunday those with weekly retraining, and others after a drift alarm.

A weekly training is as of Sunday 02:00, however late its task runs, so that a task that runs twice
finds the training already requested.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.timezone import get_default_timezone, localdate

from core.audit import record
from core.clock import now
from core.problems import Invalid
from customers.models import AuditAction
from predictions.deep.availability import is_offered
from predictions.kinds import KINDS
from predictions.kinds.deep_algorithms import is_network
from predictions.kinds.trained import is_trained
from predictions.lifecycle.train import request_training
from predictions.lifecycle.trainable import trained_kind
from predictions.models import ModelVersion, PredictionModel, Retrain, TrainingRun
from predictions.refusals import Refused
from predictions.registry import MODEL, models

logger = logging.getLogger(__name__)

# In the default time zone of the settings, as is Celery beat's schedule.
SUNDAY, HOUR = 6, 2
WEEK = timedelta(days=7)


def set_retrain(model: PredictionModel, retrain: Retrain, *, by: User | None) -> None:
    """Switch weekly retraining of `model` on or off; the audit log names the user `by`.

    Raises `Refused` (`nothing_to_train`) for rules.
    """
    trained_kind(model)
    with transaction.atomic():
        found = PredictionModel.objects.select_for_update(no_key=True).get(pk=model.pk)
        PredictionModel.objects.filter(pk=model.pk).update(retrain=retrain)
        record(
            *(by, AuditAction.CHANGED, MODEL, model.code),
            before={"retrain": found.retrain},
            after={"retrain": retrain.value},
        )


def set_on_alarm(model: PredictionModel, *, retrains: bool, deploys: bool, by: User | None) -> None:
    """Switch retraining of `model` on a drift alarm on or off; the audit log names the user `by`.

    With `deploys`, the trained version is deployed without review if it passes the gate. Raises
    `Refused` (`nothing_to_train`) for rules.
    """
    trained_kind(model)
    after = {"retrain_on_alarm": retrains, "auto_deploy": retrains and deploys}
    with transaction.atomic():
        found = PredictionModel.objects.select_for_update(no_key=True).get(pk=model.pk)
        before = {name: getattr(found, name) for name in after}
        if before == after:
            return
        PredictionModel.objects.filter(pk=model.pk).update(**after)
        record(*(by, AuditAction.CHANGED, MODEL, model.code), before=before, after=after)


def retrain_weekly() -> list[TrainingRun]:
    """Request a training of each model that is switched on and has weekly retraining.

    Return the training runs. A training that is under way is joined; a model whose training of this
    week was requested before gets no other. The training has the parameters of the version in use.
    A refusal is logged and does not affect other models. Nothing is deployed.
    """
    sunday, found = last_sunday(now()), []
    wanting = models().filter(is_active=True, retrain=Retrain.WEEKLY)
    for model in wanting.defer("deployed__artifact"):
        if not is_trained(KINDS[model.kind]) or model.trainings.filter(as_of=sunday).exists():
            continue
        run = request_retraining(model, sunday)
        if run is not None:
            found.append(run)
    return found


def request_retraining(
    model: PredictionModel, as_of: datetime, *, deploys: bool = False
) -> TrainingRun | None:
    """Request a training as of an aware instant, with the parameters of the version in use.

    A training that is under way is joined. Log a refusal and return None. Where the deployed
    version is a network and torch is not installed, the new version is not deployed in its place:
    the network's scores stay, marked as stale.
    """
    version = version_in_use(model)
    kind, deployed = KINDS[model.kind], model.deployed
    is_kept = deployed is not None and is_network(deployed, kind) and not is_offered()
    try:
        return request_training(
            model.code,
            as_of=as_of,
            **settings_of(version),
            deploys=deploys and not is_kept,
        )
    except (Refused, Invalid) as error:
        logger.warning("“%s” is not trained anew: %s", model.code, error)
        return None


def last_sunday(at: datetime) -> datetime:
    """Return the latest Sunday 02:00 (default time zone) up to an aware instant, in UTC."""
    zone = get_default_timezone()
    today = localdate(at, zone)
    day = today - timedelta(days=(today.weekday() - SUNDAY) % 7)
    this, before = (
        datetime.combine(one, time(HOUR), tzinfo=zone).astimezone(UTC) for one in (day, day - WEEK)
    )
    return this if this <= at else before


def version_in_use(model: PredictionModel) -> ModelVersion | None:
    """Return the deployed version, else the newest version; None without versions."""
    return model.deployed or model.versions.defer("artifact").order_by("-number").first()


def settings_of(version: ModelVersion | None) -> dict[str, Any]:
    """Return the parameters and the segment of `version`, as `request_training` takes them."""
    segment = None if version is None else version.segment
    return {"parameters": _chosen_parameters(version), "segment": segment}


def _chosen_parameters(version: ModelVersion | None) -> Mapping[str, Any]:
    """Return the parameters of `version` without those that a training determines itself (None)."""
    given = {} if version is None else version.parameters
    return {name: value for name, value in given.items() if value is not None}
