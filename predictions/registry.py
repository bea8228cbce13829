"""Models and their versions: which is deployed, which was before.

A version is deployed if its gate has passed, or with a reason why all the same. That is one
transaction: the pointer, the states, the entry of the audit log, that everybody is to be scored.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from celery import current_app
from django.apps.registry import Apps
from django.apps.registry import apps as every_app
from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.audit import Action, Subject, record
from core.clock import now
from predictions import shards
from predictions.kinds import KINDS, kinds_of_columns
from predictions.kinds.clusters.declaration import RETAIL_CLUSTERS
from predictions.kinds.trained import is_trained
from predictions.models import Deployment, Gate, ModelVersion, PredictionModel, VersionState
from predictions.refusals import Refused
from predictions.signals import model_deployed

# What the audit log calls models and what is done to them.
MODEL = "predictions.model"
FIELDS = {
    "version": gettext_lazy("version in use"),
    "rolled_back": gettext_lazy("version that was withdrawn"),
    "reason": gettext_lazy("reason"),
    "retrain": gettext_lazy("train"),
    "retrain_on_alarm": gettext_lazy("train on an alarm"),
    "auto_deploy": gettext_lazy("deploy what an alarm has trained"),
}
SUBJECTS = (Subject(MODEL, gettext_lazy("model"), fields=FIELDS),)
MODEL_DEPLOYED = Action("model_deployed", gettext_lazy("model deployed"))
CLUSTERS_NAMED = Action("clusters_named", gettext_lazy("clusters named"))
ACTIONS = (MODEL_DEPLOYED, CLUSTERS_NAMED)

# These are among "all models" only when somebody has trained them by name.
SWITCHED_OFF = {RETAIL_CLUSTERS.code}
SHORTEST_REASON, LONGEST_REASON = 10, 500


class Unknown(LookupError):
    """There is no such model, or version of it."""


def setup() -> list[str]:
    """Make the models that are not there yet, and return their codes.

    Those that are rules have their one version, deployed.
    """
    made = []
    for code, kind in kinds_of_columns().items():
        with transaction.atomic():
            model, is_new = PredictionModel.objects.get_or_create(
                code=code, defaults={"kind": kind.code, "is_active": code not in SWITCHED_OFF}
            )
            if not is_trained(kind) and model.deployed_id is None:
                version = ModelVersion.objects.create(
                    model=model, number=1, state=VersionState.DEPLOYED, created_at=now()
                )
                PredictionModel.objects.filter(pk=model.pk).update(deployed=version)
        if is_new:
            made.append(code)
    return made


def set_up(*, using: str, apps: Apps = every_app, **_kwargs: Any) -> None:
    """Do so after a migration of the shop's database, where that has left the tables.

    After `flush` too, which names no apps.
    """
    if using == DEFAULT_DB_ALIAS and "modelversion" in apps.all_models["predictions"]:
        setup()


def model_named(code: str) -> PredictionModel:
    """Return a model by its code; raises `Unknown` naming those that there are."""
    found = models().filter(code=code).first()
    if found is None:
        known = ", ".join(models().values_list("code", flat=True))
        text = _("There is no model “%(code)s”, but these: %(known)s.")
        raise Unknown(text % {"code": code, "known": known})
    return found


def scored_at(code: str) -> datetime | None:
    """Return as of when the model `code` has last scored everybody; None: never."""
    return PredictionModel.objects.filter(code=code).values_list("as_of", flat=True).first()


def models() -> QuerySet[PredictionModel]:
    """Return all models whose kind there is, in the order in which they were made."""
    found = PredictionModel.objects.filter(kind__in=KINDS).select_related("deployed")
    return found.order_by("pk")


def version_of(model: PredictionModel, number: int) -> ModelVersion:
    """Return a version by its number; raises `Unknown`."""
    found = model.versions.select_related("model").filter(number=number).first()
    if found is None:
        text = _("“%(code)s” has no version %(number)s.")
        raise Unknown(text % {"code": model.code, "number": number})
    return found


def deploy(version: ModelVersion, *, reason: str = "", by: User | None = None) -> None:
    """Deploy `version`, and have everybody scored by it; nothing where it is deployed already.

    `reason`, of 10 to 500 characters, says why one is deployed whose gate has not passed. Raises
    `Refused`: `gate_failed` with the `metrics` where it is needed and missing, `bad_reason` for
    another one, needed or not.
    """
    reason = checked_reason(reason)
    with transaction.atomic():
        model = PredictionModel.objects.select_for_update(no_key=True).get(pk=version.model_id)
        version = ModelVersion.objects.get(pk=version.pk)
        if model.deployed_id == version.pk:
            return
        if version.gate != Gate.PASSED:
            if not reason:
                raise _needs_reason(version)
            version.gate = Gate.OVERRIDDEN
        Deployment.objects.create(model=model, version=version, at=now(), by=by, reason=reason)
        _point(model, version, by, {"reason": reason} if reason else {})


def rollback(model: PredictionModel, *, by: User | None = None) -> ModelVersion:
    """Go one deployment back, further with each call, and return the version that is deployed now.

    Raises `Refused` (`nothing_before`) where there is no earlier one.
    """
    with transaction.atomic():
        model = PredictionModel.objects.select_for_update(no_key=True).get(pk=model.pk)
        standing = model.deployments.filter(rolled_back_at=None).order_by("-pk")
        found = list(standing.select_related("version")[:2])
        if len(found) < 2:
            text = _("Of “%(code)s” nothing was deployed before.")
            raise Refused("nothing_before", text % {"code": model.code})
        newest, before = found
        Deployment.objects.filter(pk=newest.pk).update(rolled_back_at=now())
        version = before.version
        _point(model, version, by, {"rolled_back": newest.version.number})
    return version


def checked_reason(given: str) -> str:
    """Return a reason without the spaces around it; "" where none is given.

    Raises `Refused` (`bad_reason`) for one that is not of 10 to 500 characters.
    """
    reason = given.strip()
    is_good = SHORTEST_REASON <= len(reason) <= LONGEST_REASON and "\0" not in reason
    if given and not is_good:
        text = _("A reason has %(least)d to %(most)d characters.")
        raise Refused("bad_reason", text % {"least": SHORTEST_REASON, "most": LONGEST_REASON})
    return reason


def _needs_reason(version: ModelVersion) -> Refused:
    text = _("The approval check of version %(number)d is “%(gate)s”: to deploy it, give a reason.")
    return Refused(
        "gate_failed",
        text % {"number": version.number, "gate": version.get_gate_display()},
        metrics=version.metrics,
    )


def _point(
    model: PredictionModel, version: ModelVersion, by: User | None, more: Mapping[str, Any]
) -> None:
    before = model.versions.filter(state=VersionState.DEPLOYED).first()
    if before is not None:
        before.state = VersionState.RETIRED
        before.save()
    version.state = VersionState.DEPLOYED
    version.save()
    PredictionModel.objects.filter(pk=model.pk).update(deployed=version, is_owed=True)
    # Nobody writes scores of the one before from now on.
    shards.end([model.run])
    number = None if before is None else before.number
    record(
        *(by, MODEL_DEPLOYED.name, MODEL, model.code),
        before={"version": number},
        after={"version": version.number, **more},
    )
    deployed = partial(model_deployed.send_robust, ModelVersion, version=version, before=before)
    transaction.on_commit(deployed)
    wake = partial(current_app.send_task, "predictions.rescore_changed")
    transaction.on_commit(wake, robust=True)
