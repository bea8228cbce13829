"""Training runs: each creates one version of a model, or stores the error that prevented it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.lease import LeasedWork
from core.text.sentences import sentence_of
from predictions.models.lifecycle.model import PredictionModel
from predictions.models.lifecycle.version import ModelVersion


class TrainingStep(models.TextChoices):
    """The step that a training is executing."""

    FEATURES = "features", _("reading features")
    EVALUATE = "evaluate", _("measuring against the baseline")
    FIT = "fit", _("fitting")
    STORE = "store", _("storing")


class TrainingRun(LeasedWork):
    """One training of a model: who requested it, its parameters, progress and result.

    `error` is the stored form of the error message (`core.text.sentences.sentence_of` reads it),
    `error_code` its public code. `deploys`: the version is deployed if it passes the gate.
    """

    model = models.ForeignKey(
        PredictionModel, models.CASCADE, related_name="trainings", verbose_name=_("model")
    )
    phase = models.CharField(
        _("step"), max_length=16, blank=True, default="", choices=TrainingStep.choices
    )
    as_of = models.DateTimeField(_("as of"))
    parameters = models.JSONField(_("parameters"), default=dict)
    segment = models.ForeignKey(
        "segments.Segment",
        models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("segment"),
    )
    deploys = models.BooleanField(default=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    error_code = models.CharField(max_length=64, blank=True, default="")
    version = models.OneToOneField(
        ModelVersion,
        models.SET_NULL,
        null=True,
        related_name="training",
        verbose_name=_("version"),
    )

    class Meta:
        verbose_name = _("training run")
        verbose_name_plural = _("training runs")
        constraints = [
            models.UniqueConstraint(
                fields=["model"], condition=models.Q(outcome=""), name="training_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.state.label}"

    @property
    def error_text(self) -> str:
        """The error message of the run, in the reader's language."""
        # The text of an unexpected exception is shown unchanged, even if it looks like JSON.
        return str(sentence_of(self.error)) if self.error_code not in {"", "error"} else self.error
