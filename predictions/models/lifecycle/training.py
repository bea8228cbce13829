"""Training runs: each makes one version of a model, or says why there is none."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.lease import LeasedWork
from predictions.models.lifecycle.model import PredictionModel
from predictions.models.lifecycle.version import ModelVersion
from predictions.refusals import sentence_of


class TrainingStep(models.TextChoices):
    """What a training is at."""

    FEATURES = "features", _("reading features")
    EVALUATE = "evaluate", _("measuring against the baseline")
    FIT = "fit", _("fitting")
    STORE = "store", _("storing")


class TrainingRun(LeasedWork):
    """One training of a model: who asked, with what, how far it is, what came of it.

    `error` has the sentence as it is stored, `error_code` its public code. `deploys`: the version
    is deployed where its gate passes.
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
    def error_said(self) -> str:
        """Why it failed, in the reader's language."""
        # What nobody expected is told as it was, whatever it looks like.
        return str(sentence_of(self.error)) if self.error_code not in {"", "error"} else self.error
