"""The last immediate recalculation of a customer's personalization."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class Recalculation(models.Model):
    """The last recalculation of a customer that was announced, and the behaviour behind it."""

    customer = models.OneToOneField(
        Customer,
        models.CASCADE,
        primary_key=True,
        related_name="recalculation",
        verbose_name=_("customer"),
    )
    behavior_type = models.CharField(_("type"), max_length=64)
    significance = models.FloatField(_("significance"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("recalculation of a customer")
        verbose_name_plural = _("recalculations of customers")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.customer_id)
