"""Models, of which each customer has a score."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PredictionModel(models.Model):
    """A model and its last full scoring. What `code` computes is in `predictions.kinds`.

    `limits` are the shop's figures by which that scoring judged everybody; who is scored in between
    is judged by them too, so that one order changes one customer only. They are null before the
    first one. `run` is the number of the scoring run that may write; an earlier one stops.
    `is_owed`: everybody is to be scored soon, as at first and after a flood of changes.
    """

    code = models.SlugField(_("code"), max_length=64, unique=True)
    as_of = models.DateTimeField(_("as of"), null=True)
    scored_at = models.DateTimeField(_("scored"), null=True)
    customers_scored = models.PositiveIntegerField(_("customers scored"), default=0)
    limits = models.JSONField(null=True)
    run = models.BigIntegerField(default=0)
    is_owed = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")

    def __str__(self) -> str:
        return self.code
