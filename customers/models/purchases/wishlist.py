"""Wishlists, one for each customer, and the products wished for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.catalogue import Product
from customers.models.identity.customer import Customer


class Wishlist(models.Model):
    """A customer's wishlist."""

    customer = models.OneToOneField(
        Customer, models.CASCADE, related_name="wishlist", verbose_name=_("customer")
    )
    is_shared = models.BooleanField(_("shared"), default=False)

    class Meta:
        verbose_name = _("wishlist")
        verbose_name_plural = _("wishlists")

    def __str__(self) -> str:
        return str(self.customer_id)


class WishlistItem(models.Model):
    """A product on a wishlist."""

    wishlist = models.ForeignKey(
        Wishlist, models.CASCADE, related_name="items", db_index=False, verbose_name=_("wishlist")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", db_index=False, verbose_name=_("product")
    )
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("wished product")
        verbose_name_plural = _("wished products")
        constraints = [
            models.UniqueConstraint(fields=["wishlist", "product"], name="wishlist_item_once")
        ]
        indexes = [models.Index(fields=["product", "wishlist"], name="wishlist_item_product_idx")]

    def __str__(self) -> str:
        return str(self.product)
