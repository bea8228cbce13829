"""Drift readings, which compare current data with training data, and notices of alarms."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from predictions.models.lifecycle.model import PredictionModel
from predictions.models.lifecycle.version import ModelVersion


class DriftStatus(models.TextChoices):
    """The status of a drift reading."""

    OK = "ok", _("steady")
    WATCH = "watch", _("to watch")
    ALARM = "alarm", _("alarm")


class NoticeKind(models.TextChoices):
    """Drift of features (data drift) or of their relation to outcomes (concept drift)."""

    DRIFT = "drift", _("customers have changed")
    CONCEPT_DRIFT = "concept_drift", _("predictions have become worse")


class DriftReading(models.Model):
    """The drift of customers' data at a moment from a version's training rows.

    `psi` is the highest index of the `features`: [{`feature`, `psi`, `trained`, `now`}], where the
    last two are {`least`, `most`}. `concept` is {`brier`, `version_brier`, `customers`, `since`},
    null where there is nothing to compare. `status` is empty where neither `psi` nor `concept`
    exists. `labels`: the numbers of customers per label (of a cluster or a band), [{`label`,
    `customers`, `share`}].
    """

    version = models.ForeignKey(
        ModelVersion, models.CASCADE, related_name="drift", verbose_name=_("version")
    )
    at = models.DateTimeField(_("at"), db_index=True)
    psi = models.FloatField(_("population stability index"), null=True)
    status = models.CharField(_("status"), max_length=16, choices=DriftStatus.choices, blank=True)
    features = models.JSONField(_("features"), default=list)
    concept = models.JSONField(_("changes in behaviour"), null=True)
    labels = models.JSONField(_("labels"), default=list)

    class Meta:
        verbose_name = _("reading of changes in the data")
        # The title of the drift page in the menu, in place of a list of readings.
        verbose_name_plural = _("Drift")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.version}: {self.at.isoformat()}"


class Notice(models.Model):
    """A drift alarm to notify users of; at most one per model and day (default time zone)."""

    model = models.ForeignKey(
        PredictionModel,
        models.CASCADE,
        related_name="notices",
        db_index=False,
        verbose_name=_("model"),
    )
    day = models.DateField(_("day"), db_index=True)
    kind = models.CharField(_("kind"), max_length=16, choices=NoticeKind.choices)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["model", "day"], name="notice_a_day")]

    def __str__(self) -> str:
        return f"{self.model}: {self.day.isoformat()}"
