"""Details of views, wishes and log-ins for which the shop's own tables have no column."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.access.personal import Personal
from customers.models import Customer
from personalization.models.behavior.types import WEB


class FactDetails(models.Model):
    """The channel and the context of a fact in the shop's tables.

    The fact is identified by customer, type, time and product; there is a row only if it holds more
    than the channel `web`. There is no foreign key to the fact: shops rewrite their tables by SQL.
    """

    personal = Personal(private=("context", "data"))

    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="fact_details",
        db_index=False,
        verbose_name=_("customer"),
    )
    behavior_type = models.CharField(_("type"), max_length=64)
    occurred_at = models.DateTimeField(_("at"))
    sku = models.CharField(_("SKU"), max_length=255, default="", blank=True)
    channel = models.CharField(_("channel"), max_length=32, default=WEB)
    context = models.JSONField(_("context"), default=dict, blank=True)
    # The reported data other than the SKU.
    data = models.JSONField(_("data"), default=dict, blank=True)

    class Meta:
        verbose_name = _("details of a view, wish or log-in")
        verbose_name_plural = _("details of views, wishes and log-ins")
        default_permissions = ()
        indexes = [
            models.Index(fields=["customer", "occurred_at"], name="fact_details_customer_idx"),
            models.Index(fields=["occurred_at"], name="fact_details_time_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.behavior_type} {self.occurred_at:%Y-%m-%d %H:%M}"
