"""Who would have got a campaign, but for the hold-out: beside whom its recipients are measured."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from customers.models import Customer


class HeldOut(models.Model):
    """That a customer was held out when a campaign was frozen, and for no other reason left out."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="+", db_index=False, verbose_name=_("campaign")
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", verbose_name=_("customer")
    )

    class Meta:
        verbose_name = _("customer of the control group")
        verbose_name_plural = _("customers of the control group")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="held_out_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
