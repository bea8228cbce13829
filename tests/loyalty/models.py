"""Loyalty accounts, the entries that their points come from, scores, and rewards."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.access.personal import Personal
from core.database.fields import ExactDecimalField, FoldedTextField, FoldingModel
from customers.models import Customer
from customers.models.rollup import Rollup, key_of_rollup


class Tier(models.TextChoices):
    """How far a customer has come."""

    SILVER = "silver", _("Silver")
    GOLD = "gold", _("Gold")


class LoyaltyAccount(models.Model):
    """A customer's account; not everybody has one."""

    personal = Personal(private=("card",))

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="loyalty_account")
    points = models.IntegerField(_("points"), null=True)
    tier = models.CharField(_("tier"), max_length=16, choices=Tier.choices, blank=True)
    card = models.CharField(_("card number"), max_length=32, blank=True, default="")


class PointsEntry(FoldingModel):
    """Points given or taken, and why."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="points_entries")
    points = ExactDecimalField(_("points"))
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    reason_folded = FoldedTextField("reason")
    at = models.DateTimeField(_("at"))

    def __str__(self) -> str:
        return f"{self.points} for {self.reason}"


class PointsScore(models.Model):
    """How good a customer is: 10 for each order, and the points of all entries.

    Stored for everybody, by `tests.loyalty.scores` only; `as_of` is of the night it was written.
    """

    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="points_score"
    )
    value = ExactDecimalField(_("score"))
    as_of = models.DateTimeField(_("as of"))


class PointsRollup(Rollup):
    """What a customer's entries come to; `tests.loyalty.figures` says what each column is."""

    customer = key_of_rollup("points_rollup")
    points = ExactDecimalField(_("points in all"), null=True)
    entries = models.IntegerField(_("entries"), default=0, db_default=0)
    last_entry_at = models.DateTimeField(_("last entry"), null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["customer"],
                condition=models.Q(complete=False),
                name="points_rollup_incomplete_idx",
            )
        ]


class Reward(models.Model):
    """Points for whoever enters a segment, which it names by its code."""

    name = models.CharField(_("name"), max_length=255)
    segment_code = models.CharField(_("segment"), max_length=64)
    points = ExactDecimalField(_("points"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")

    def __str__(self) -> str:
        return self.name
