"""Which orders were announced as conversions."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AnnouncedOrder(models.Model):
    """An order that was announced, or was there before this app: each is announced once.

    Only its internal key, which no other order ever has; the order may be gone.
    """

    order_id = models.BigIntegerField(_("order"), primary_key=True)

    class Meta:
        verbose_name = _("announced order")
        verbose_name_plural = _("announced orders")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.order_id)
