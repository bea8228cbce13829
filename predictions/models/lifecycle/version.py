"""Versions of models, and the history of their deployments."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from predictions.models.lifecycle.model import PredictionModel


class VersionState(models.TextChoices):
    """The state of a version in its lifecycle."""

    CANDIDATE = "candidate", _("waiting for approval")
    DEPLOYED = "deployed", _("deployed")
    RETIRED = "retired", _("retired")
    REFUSED = "refused", _("not approved")


class Gate(models.TextChoices):
    """Whether a version is better than its baselines."""

    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")
    NOT_EVALUATED = "not_evaluated", _("not evaluated")
    OVERRIDDEN = "overridden", _("overridden")


# All other fields stay as the training stored them.
CHANGEABLE = ("state", "gate")


class ModelVersion(models.Model):
    """The result of a training: its parameters, the fitted values and the metrics.

    `metrics`: [{"name", "value", "baseline", "baseline_value"}], numbers or null. `artifact`: a
    skops file, null where `fitted` holds the whole model. `bins`: the distribution of each feature
    in the training rows, by name (`predictions.statistics.psi.Bins`), null where none was counted.
    A model made of rules has a single version, which no training created.
    """

    model = models.ForeignKey(
        PredictionModel,
        models.CASCADE,
        related_name="versions",
        db_index=False,
        verbose_name=_("model"),
    )
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=VersionState.choices,
        default=VersionState.CANDIDATE,
    )
    gate = models.CharField(
        _("approval check"), max_length=16, choices=Gate.choices, default=Gate.NOT_EVALUATED
    )
    as_of = models.DateTimeField(_("as of"), null=True)
    segment = models.ForeignKey(
        "segments.Segment",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("segment"),
    )
    parameters = models.JSONField(_("parameters"), default=dict)
    fitted = models.JSONField(_("fitted"), default=dict)
    metrics = models.JSONField(_("metrics"), default=list)
    warnings = models.JSONField(_("warnings"), default=list)
    data_hash = models.CharField(max_length=64, blank=True, default="")
    libraries = models.JSONField(default=dict)
    artifact = models.BinaryField(null=True)
    artifact_sha256 = models.CharField(max_length=64, blank=True, default="")
    bins = models.JSONField(null=True)
    created_at = models.DateTimeField(_("trained"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("trained by"),
    )

    class Meta:
        verbose_name = _("version of a model")
        verbose_name_plural = _("versions of models")
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="model_version_unique"),
            models.UniqueConstraint(
                fields=["model"],
                condition=models.Q(state=VersionState.DEPLOYED),
                name="model_version_one_deployed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.number}"

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Store the version. Raises ValueError where it exists and another field is to be written.

        Only `state` and `gate` of a stored version may change.
        """
        if self.pk is not None and not self._state.adding:
            update_fields = CHANGEABLE if update_fields is None else update_fields
            if not set(update_fields) <= set(CHANGEABLE):
                raise ValueError("of a version only its state and its gate ever change")
        super().save(*args, update_fields=update_fields, **kwargs)


class Deployment(models.Model):
    """A deployment of a version. The newest deployment that was not rolled back is in effect."""

    model = models.ForeignKey(PredictionModel, models.CASCADE, related_name="deployments")
    version = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="deployments", verbose_name=_("version")
    )
    at = models.DateTimeField(_("deployed"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    rolled_back_at = models.DateTimeField(_("rolled back"), null=True)

    class Meta:
        verbose_name = _("deployment")
        verbose_name_plural = _("deployments")

    def __str__(self) -> str:
        return f"{self.version}: {self.at.isoformat()}"
