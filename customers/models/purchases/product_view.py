"""Product views, one row for each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.catalogue import Product
from customers.models.identity.customer import Customer


class ProductView(models.Model):
    """A customer's view of a product; `occurrence`, counted from 1, distinguishes equal views."""

    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="product_views",
        db_index=False,
        verbose_name=_("customer"),
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", db_index=False, verbose_name=_("product")
    )
    viewed_at = models.DateTimeField(_("viewed"))
    occurrence = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("product view")
        verbose_name_plural = _("product views")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "product", "viewed_at", "occurrence"], name="product_view_once"
            )
        ]
        indexes = [
            models.Index(fields=["product", "customer"], name="product_view_product_idx"),
            models.Index(fields=["viewed_at", "customer"], name="product_view_at_idx"),
        ]

    def __str__(self) -> str:
        return str(self.product)
