"""Scoring: its runs, the shards that workers score, and the customers who wait for a new score."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.text.sentences import sentence_of


class ScoringState(models.TextChoices):
    """The state of a scoring run. The next run overtakes a killed run."""

    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    OVERTAKEN = "overtaken", _("replaced by a newer run")
    FAILED = "failed", _("failed")


class ScoringRun(models.Model):
    """A scoring of the population by some models (`versions`: number by code) as of a moment.

    `overview` has aggregates over all customers, until the run has ended and the views are stored.
    `scored`, `changed`, `removed`, `marked` count by model; `marked_customers` counts each
    customer once. `problems`: {"code", "message"} by model of those that could not score, with the
    stored form of the message; `problem_texts` has the message in the reader's language.
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
        # The title of the monitoring page in the menu, in place of a list of runs.
        verbose_name_plural = _("Monitoring")

    def __str__(self) -> str:
        return f"{', '.join(self.codes)}: {self.as_of.isoformat()}"

    @property
    def problem_texts(self) -> dict[str, dict[str, str]]:
        """The problems with their messages in the reader's language."""
        return {
            model: {**problem, "message": str(sentence_of(problem["message"]))}
            for model, problem in self.problems.items()
        }


class ScoringShard(models.Model):
    """The customers with keys above `after`, up to `until` (null: to the end), who are not scored.

    One worker at a time scores a shard. A first pass stores in `found` what it computed of these
    customers; the shard is ready once the limits that all scores share are known.

    `after` moves on with each batch, in the batch's transaction, which locks this row. Another run
    or a deploy that deletes the row therefore waits for the batch, and the next batch finds that
    the run is over. `holder` keeps the shard until `seen_at` is too long ago.
    """

    run = models.ForeignKey(ScoringRun, models.CASCADE, related_name="shards")
    after = models.BigIntegerField()
    until = models.BigIntegerField(null=True)
    found = models.JSONField(null=True)
    is_ready = models.BooleanField(default=False)
    is_done = models.BooleanField(default=False)
    holder = models.CharField(max_length=36, blank=True, default="")
    seen_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    marked_customers = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.run_id}: {self.after} to {self.until}"


class WaitingCustomer(models.Model):
    """A customer whose data changed since their last score; the next scoring deletes the row.

    `customer_id` is no foreign key: the row may outlive the customer and holds no personal data.
    """

    customer_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="waiting_customer_idx")]

    def __str__(self) -> str:
        return str(self.customer_id)
