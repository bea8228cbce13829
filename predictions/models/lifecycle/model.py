"""Models, of which each customer has a score."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# `uplift.` and the code of a campaign.
LONGEST_CODE = 80


class Retrain(models.TextChoices):
    """When a model is trained without anybody asking."""

    NEVER = "never", _("never")
    WEEKLY = "weekly", _("every Sunday")


class PredictionModel(models.Model):
    """A model, the version that scores, and its last full scoring.

    What a `kind` computes is in `predictions.kinds`. `deployed` is null where nothing is; whose
    scores it has is said by the version's segment (null: everybody of the population).
    `is_active`: it is among those that are meant by "all models". `retrain` is about trained ones.

    `limits` are the shop's figures by which the last full scoring judged everybody; who is scored
    in between is judged by them too, so that one order changes one customer only. They are null
    before the first one. `run` is the number of the scoring run that may write; an earlier one
    stops. `is_owed`: everybody is to be scored soon, as at first, after a deploy and after a flood
    of changes.

    `retrain_on_alarm`: an alarm of drift asks for a training; with `auto_deploy` its version is
    deployed where the gate passes.
    """

    code = models.SlugField(_("code"), max_length=LONGEST_CODE, unique=True)
    kind = models.CharField(_("kind"), max_length=32)
    is_active = models.BooleanField(_("switched on"), default=True)
    retrain = models.CharField(
        _("train"), max_length=16, choices=Retrain.choices, default=Retrain.NEVER
    )
    deployed = models.ForeignKey(
        "predictions.ModelVersion",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("deployed version"),
    )
    as_of = models.DateTimeField(_("as of"), null=True)
    scored_at = models.DateTimeField(_("scored"), null=True)
    customers_scored = models.PositiveIntegerField(_("customers scored"), default=0)
    limits = models.JSONField(null=True)
    run = models.BigIntegerField(default=0)
    is_owed = models.BooleanField(default=True)
    retrain_on_alarm = models.BooleanField(_("train on an alarm"), default=False)
    auto_deploy = models.BooleanField(_("deploy what an alarm has trained"), default=False)

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        permissions = [
            ("train_model", _("Can train models")),
            ("deploy_model", _("Can deploy models")),
            ("optimize", _("Can plan what to do with scores")),
        ]

    def __str__(self) -> str:
        return self.code
