"""Retrains models: every Sunday those with weekly retraining, others after an alarm.

Such a training is as of the Sunday's hour itself, however late a worker comes: a task that comes
twice finds that it was asked for.
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

# In the time zone of the settings, as beat's own.
SUNDAY, HOUR = 6, 2
WEEK = timedelta(days=7)


def set_retrain(model: PredictionModel, retrain: Retrain, *, by: User | None) -> None:
    """Have `model` trained every week, or not; the audit log says who wanted it.

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
    """Have `model` trained when its drift is an alarm, or not; the audit log says who wanted it.

    With `deploys` too what comes of it is deployed where its gate passes, without anybody seeing
    it. Raises `Refused` (`nothing_to_train`) for rules.
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
    """Ask for a training of each model that is switched on and wants one every week.

    Returns them; one that is under way is joined, and where this week's was asked for before there
    is no other. It is told what the version in use was told. What is refused is logged, and keeps
    no other model from its training. Nothing is deployed.
    """
    sunday, found = last_sunday(now()), []
    wanting = models().filter(is_active=True, retrain=Retrain.WEEKLY)
    for model in wanting.defer("deployed__artifact"):
        if not is_trained(KINDS[model.kind]) or model.trainings.filter(as_of=sunday).exists():
            continue
        run = train_anew(model, sunday)
        if run is not None:
            found.append(run)
    return found


def train_anew(
    model: PredictionModel, as_of: datetime, *, deploys: bool = False
) -> TrainingRun | None:
    """Ask for a training as of an aware instant that is told what the version in use was told.

    One that is under way is joined. Where it is refused that is logged, and None returned. Without
    torch nothing is deployed in place of a network: its scores stay, marked as stale.
    """
    version = version_in_use(model)
    kind, deployed = KINDS[model.kind], model.deployed
    is_kept = deployed is not None and is_network(deployed, kind) and not is_offered()
    try:
        return request_training(
            model.code,
            as_of=as_of,
            parameters=_told(version),
            segment=None if version is None else version.segment,
            deploys=deploys and not is_kept,
        )
    except (Refused, Invalid) as error:
        logger.warning("“%s” is not trained anew: %s", model.code, error)
        return None


def last_sunday(at: datetime) -> datetime:
    """Return the latest Sunday, 02:00, that is not later than an aware instant; it is in UTC."""
    zone = get_default_timezone()
    today = localdate(at, zone)
    day = today - timedelta(days=(today.weekday() - SUNDAY) % 7)
    this, before = (
        datetime.combine(one, time(HOUR), tzinfo=zone).astimezone(UTC) for one in (day, day - WEEK)
    )
    return this if this <= at else before


def version_in_use(model: PredictionModel) -> ModelVersion | None:
    """Return the version that a training is to follow: the deployed one, else the newest."""
    return model.deployed or model.versions.defer("artifact").order_by("-number").first()


def _told(version: ModelVersion | None) -> Mapping[str, Any]:
    """Return the parameters of `version`, but those that a training works out for itself."""
    given = {} if version is None else version.parameters
    return {name: value for name, value in given.items() if value is not None}
