"""Scoring runs: when everybody was scored, and what that changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScoringState(models.TextChoices):
    """How far a run is. One that was killed is overtaken by the next."""

    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    OVERTAKEN = "overtaken", _("replaced by a newer run")
    FAILED = "failed", _("failed")


class ScoringRun(models.Model):
    """That everybody was scored by some models (`versions`: number by code) as of a moment.

    `overview` is what was seen of everybody, until the run has ended and the views are stored.
    `scored`, `changed`, `removed`, `marked` count by model; `marked_customers` counts each
    customer once. `problems`: {"code", "message"} by model of those that could not score.
    """

    codes = models.JSONField(_("models"))
    versions = models.JSONField(_("versions"), default=dict)
    as_of = models.DateTimeField(_("as of"))
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=ScoringState.choices,
        default=ScoringState.RUNNING,
    )
    started_at = models.DateTimeField(_("started"))
    # The last sign of life of its worker.
    seen_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    shards_count = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    problems = models.JSONField(default=dict)
    overview = models.JSONField(null=True)
    marked_customers = models.PositiveIntegerField(_("marked"), default=0)

    class Meta:
        verbose_name = _("scoring run")
        # In the menu, where the list of runs would stand.
        verbose_name_plural = _("Monitoring")

    def __str__(self) -> str:
        return f"{', '.join(self.codes)}: {self.as_of.isoformat()}"
