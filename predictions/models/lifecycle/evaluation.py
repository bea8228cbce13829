"""Evaluations of versions after their training."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from predictions.models.lifecycle.version import Gate, ModelVersion


class Evaluation(models.Model):
    """The metrics of a version as of a moment, with baselines (the format of `ModelVersion`)."""

    version = models.ForeignKey(
        ModelVersion, models.CASCADE, related_name="evaluations", verbose_name=_("version")
    )
    as_of = models.DateTimeField(_("as of"))
    metrics = models.JSONField(_("metrics"), default=list)
    gate = models.CharField(_("approval check"), max_length=16, choices=Gate.choices)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")

    def __str__(self) -> str:
        return f"{self.version}: {self.as_of.isoformat()}"
