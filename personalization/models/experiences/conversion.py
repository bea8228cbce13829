"""Orders announced as conversions, and the exposures to which each is credited."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField
from customers.models import Customer


class AnnouncedOrder(models.Model):
    """An order that was announced, or is older than this app: each is announced once.

    It has only the order's internal key, which is never reused; the order may have been deleted.
    `announces_attribution`: false for orders from before conversions were attributed, whose
    attribution is stored without a message.
    """

    order_id = models.BigIntegerField(_("order"), primary_key=True)
    announces_attribution = models.BooleanField(default=True, db_default=True)

    class Meta:
        verbose_name = _("announced order")
        verbose_name_plural = _("announced orders")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.order_id)


class AttributedConversion(models.Model):
    """The attribution of a sale in its latest state; one row for each order.

    `order_id` is the order's internal key: shops delete orders by SQL, which a foreign key would
    refuse. `customer_number` is the number at the time of this state; a merge may change the
    customer's. `revenue` is the grand total less refunds in the base currency, 0 for an order that
    is no sale any more. `contribution` is the part of the channel `personalization`. `touches` are
    `{"placement", "variant", "experience", "at", "credit"}`, oldest first. `placements` has their
    codes between spaces, so that a placement is found by text. `lift` is `{"value", "interval",
    "basis"}` or null; its unit is that of the experiment's primary metric, or a difference of
    rates. `revision` counts the states: from 2 on the row corrects an earlier one. Written by
    `personalization.conversions` only.
    """

    order_id = models.BigIntegerField(_("order"), unique=True)
    number = models.CharField(_("order number"), max_length=64)
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="attributed_conversions",
        db_index=False,
        verbose_name=_("customer"),
    )
    customer_number = models.CharField(_("customer number"), max_length=64)
    at = models.DateTimeField(_("purchased"))
    revenue = ExactDecimalField(_("revenue"))
    model = models.CharField(_("attribution model"), max_length=32)
    contribution = ExactDecimalField(_("contribution of personalization"))
    touches = models.JSONField(_("touches"), default=list)
    placements = models.TextField(_("places in the shop"), default="", blank=True)
    lift = models.JSONField(_("measured lift"), null=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    attributed_at = models.DateTimeField(_("attributed"))

    class Meta:
        verbose_name = _("attributed conversion")
        verbose_name_plural = _("attributed conversions")
        default_permissions = ()
        indexes = [
            models.Index(fields=["customer", "at"], name="conversion_customer_idx"),
            models.Index(fields=["at"], name="conversion_time_idx"),
            models.Index(fields=["attributed_at"], name="conversion_attributed_idx"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def share(self) -> Decimal | None:
        """The contribution as a share of the revenue, with 4 decimals; None without revenue."""
        if not self.revenue:
            return None
        share: Decimal = self.contribution / self.revenue
        return share.quantize(Decimal("0.0001"), ROUND_HALF_UP)


class WaitingConversion(models.Model):
    """A customer whose orders are to be attributed, not before the instant `at`.

    Not a foreign key: the row outlives its customer, and says nothing about them.
    """

    customer_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["at"], name="waiting_conversion_idx")]

    def __str__(self) -> str:
        return str(self.customer_id)
