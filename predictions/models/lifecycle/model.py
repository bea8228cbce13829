"""Models, of which each customer has a score."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# `uplift.` and the code of a campaign.
LONGEST_CODE = 80


class Retrain(models.TextChoices):
    """How often a model is retrained automatically."""

    NEVER = "never", _("never")
    WEEKLY = "weekly", _("every Sunday")


class PredictionModel(models.Model):
    """A model, the version that scores, and its last full scoring.

    The modules of `predictions.kinds` define what each `kind` computes. `deployed` is null while no
    version is deployed; the deployed version's segment limits which customers have scores (null:
    the whole population). `is_active`: runs over "all models" include the model. `retrain` only
    applies to trained models.

    `limits` are the shop's figures against which the last full scoring judged every customer; null
    before the first full scoring. A customer scored between two full scorings is judged by the
    same limits, so that one order changes the scores of one customer only. `run` is the number of
    the scoring run that may write; an earlier run stops. `is_owed`: a full scoring is due soon: the
    first one, or one after a deploy or after a flood of changes.

    `retrain_on_alarm`: a drift alarm requests a training; with `auto_deploy` the trained version is
    deployed if it passes the gate.
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
