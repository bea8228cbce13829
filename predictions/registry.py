"""Look up, deploy and roll back versions of models.

A version may be deployed if it has passed its gate, or with a reason. A deploy is one transaction:
it changes `PredictionModel.deployed` and the states of versions, writes the audit log and marks the
model as owed a full scoring.
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

# The subjects, fields and actions of models in the audit log.
MODEL = "predictions.model"
FIELDS = {
    "version": gettext_lazy("version in use"),
    "rolled_back": gettext_lazy("version that was withdrawn"),
    "reason": gettext_lazy("reason"),
    "retrain": gettext_lazy("train"),
    "retrain_on_alarm": gettext_lazy("train on an alarm"),
    "auto_deploy": gettext_lazy("deploy what an alarm has trained"),
}
SUBJECTS = (
    Subject(MODEL, gettext_lazy("model"), fields=FIELDS, model="predictions.PredictionModel"),
)
MODEL_DEPLOYED = Action("model_deployed", gettext_lazy("model deployed"))
CLUSTERS_NAMED = Action("clusters_named", gettext_lazy("clusters named"))
ACTIONS = (MODEL_DEPLOYED, CLUSTERS_NAMED)

# These models are switched off, and not among "all models", until their first training by name.
SWITCHED_OFF = {RETAIL_CLUSTERS.code}
SHORTEST_REASON, LONGEST_REASON = 10, 500


class Unknown(LookupError):
    """There is no model with this code, or no version with this number."""


def setup() -> list[str]:
    """Create the missing models, and return their codes.

    A model made of rules also gets its single version, which is deployed.
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
    """Call `setup` after migrations of the default database, if the tables exist afterwards.

    The receiver also runs after `flush`, which sends the signal without `apps`.
    """
    if using == DEFAULT_DB_ALIAS and "modelversion" in apps.all_models["predictions"]:
        setup()


def model_named(code: str) -> PredictionModel:
    """Return a model by its code. Raises `Unknown`, whose message lists the known codes."""
    found = models().filter(code=code).first()
    if found is None:
        known = ", ".join(models().values_list("code", flat=True))
        text = _("There is no model “%(code)s”, but these: %(known)s.")
        raise Unknown(text % {"code": code, "known": known})
    return found


def scored_at(code: str) -> datetime | None:
    """Return the as-of time of the last full scoring by the model `code`; None before the first."""
    return PredictionModel.objects.filter(code=code).values_list("as_of", flat=True).first()


def models() -> QuerySet[PredictionModel]:
    """Return all models of known kinds, in the order of creation."""
    found = PredictionModel.objects.filter(kind__in=KINDS).select_related("deployed")
    return found.order_by("pk")


def version_of(model: PredictionModel, number: int) -> ModelVersion:
    """Return a version by its number. Raises `Unknown` for an unknown number."""
    found = model.versions.select_related("model").filter(number=number).first()
    if found is None:
        text = _("“%(code)s” has no version %(number)s.")
        raise Unknown(text % {"code": model.code, "number": number})
    return found


def deploy(version: ModelVersion, *, reason: str = "", by: User | None = None) -> None:
    """Deploy `version` and start a full scoring by it; do nothing if it is deployed already.

    `reason`, of 10 to 500 characters, is required for a version that has not passed its gate.
    Raises `Refused`: `gate_failed`, with the `metrics`, where a required reason is missing, and
    `bad_reason` for a reason of another length, required or not.
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
    """Roll back the newest deployment and return the version that is deployed now.

    Each call goes back by one more deployment. Raises `Refused` (`nothing_before`) without an
    earlier deployment.
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
    """Return a reason without surrounding spaces; "" for an empty text.

    Raises `Refused` (`bad_reason`) for a reason that does not have 10 to 500 characters.
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
    # End the running scoring, so that no scores of the previous version are written any more.
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
