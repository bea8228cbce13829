"""Shards of a scoring run: stretches of customers, each scored by one worker at a time."""

from django.db import models

from predictions.models.run import ScoringRun


class ScoringShard(models.Model):
    """The customers with keys above `after`, up to `until` (null: to the end), who are not scored.

    Before that they are looked at: `found` is what came of it, until the limits are known by which
    all are judged; then it is ready.

    `after` moves on with each batch, in its transaction, which holds this row: whoever takes the
    row away, as another run and a deploy do, has waited for the batch, and the next one finds that
    the run is over. `holder` works on it until `seen_at` is too long ago.
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
