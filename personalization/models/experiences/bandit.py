"""Batches of bandit experiments: the weights of each, and the counts they follow from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from personalization.models.experiences.experiment import Experiment


class BanditBatch(models.Model):
    """One batch of a bandit experiment; a row never changes, so that every process agrees.

    `weights`, of 10,000, hold from `start` to the next batch, in the order of the experiment's
    variants. `units` and `successes`, in that order too, are the totals known at `start`:
    customers whose reward hours were over by then, and how many of them had succeeded. `winner` is
    the code of the variant that had won by then. The row numbered `planned_batches` holds after
    the planned end.
    """

    experiment = models.ForeignKey(
        Experiment,
        models.CASCADE,
        related_name="batches",
        db_index=False,
        verbose_name=_("experiment"),
    )
    number = models.PositiveIntegerField(_("batch"))
    start = models.DateTimeField(_("start"))
    weights = models.JSONField(_("weights"))
    successes = models.JSONField(_("successes"))
    units = models.JSONField(_("customers"))
    winner = models.CharField(_("winner"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("batch of a bandit experiment")
        verbose_name_plural = _("batches of bandit experiments")
        default_permissions = ()
        ordering = ["experiment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "number"], name="bandit_batch_once")
        ]

    def __str__(self) -> str:
        return f"{self.experiment_id}: {self.number}"
