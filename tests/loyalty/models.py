"""Loyalty accounts and the entries that their points come from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.fields import ExactDecimalField, FoldedTextField, FoldingModel
from customers.models import Customer


class Tier(models.TextChoices):
    """How far a customer has come."""

    SILVER = "silver", _("Silver")
    GOLD = "gold", _("Gold")


class LoyaltyAccount(models.Model):
    """A customer's account; not everybody has one."""

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="loyalty_account")
    points = models.IntegerField(_("points"), null=True)
    tier = models.CharField(_("tier"), max_length=16, choices=Tier.choices, blank=True)


class PointsEntry(FoldingModel):
    """Points given or taken, and why."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="points_entries")
    points = ExactDecimalField(_("points"))
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    reason_folded = FoldedTextField("reason")
    at = models.DateTimeField(_("at"))

    def __str__(self) -> str:
        return f"{self.points} for {self.reason}"
