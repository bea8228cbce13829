"""The uplift of each customer, by the model of a campaign or an experiment."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField
from customers.models import Customer
from predictions.models.lifecycle.model import PredictionModel

# The prefix of the codes of models of the kind `uplift`; the campaign's code follows.
UPLIFT_PREFIX = "uplift."


class UpliftScore(models.Model):
    """By how much a contact raises a customer's probability of the outcome, -1 to 1.

    Only `predictions.scoring.uplift_rows` writes these rows. That module also marks the customers
    whose segment memberships a change may affect. `as_of` and `version` are the as-of time and the
    version with which the row was last written.
    """

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="uplift_scores", db_index=False
    )
    model = models.ForeignKey(
        PredictionModel, models.CASCADE, related_name="uplift_scores", db_index=False
    )
    uplift = ExactDecimalField(_("uplift"))
    as_of = models.DateTimeField(_("as of"))
    version = models.PositiveIntegerField(_("version"))

    class Meta:
        verbose_name = _("uplift of a customer")
        verbose_name_plural = _("uplifts of customers")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["customer", "model"], name="uplift_score_once")
        ]
        indexes = [models.Index(fields=["model", "uplift", "customer"], name="uplift_score_idx")]

    def __str__(self) -> str:
        return f"{self.model_id}: {self.uplift}"
