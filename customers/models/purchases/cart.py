"""Shopping carts with their lines and the price rules applied to them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField, FoldedTextField, FoldingModel
from customers.models.catalogue import Product
from customers.models.identity.customer import Customer
from customers.models.shop import Store


class Cart(FoldingModel):
    """A cart of a customer; active until it is converted or has expired."""

    external_id = models.CharField(_("cart number"), max_length=64, unique=True)
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="carts",
        db_index=False,
        verbose_name=_("customer"),
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("last updated"))
    items_count = models.PositiveIntegerField(_("number of lines"), default=0)
    items_quantity = ExactDecimalField(_("items quantity"), default=0)
    subtotal = ExactDecimalField(_("subtotal"), null=True, blank=True)
    grand_total = ExactDecimalField(_("grand total"), null=True, blank=True)
    coupon_code = models.CharField(
        _("coupon code"), max_length=255, blank=True, null=True, default=""
    )
    coupon_code_folded = FoldedTextField("coupon_code")

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        indexes = [
            models.Index(fields=["customer", "is_active", "updated_at"], name="cart_customer_idx"),
            models.Index(fields=["updated_at", "customer"], name="cart_updated_idx"),
        ]

    def __str__(self) -> str:
        return self.external_id


class AppliedRule(models.Model):
    """A price rule that is applied to a cart."""

    cart = models.ForeignKey(
        Cart, models.CASCADE, related_name="applied_rules", db_index=False, verbose_name=_("cart")
    )
    rule = models.CharField(_("rule"), max_length=255)

    class Meta:
        verbose_name = _("applied price rule")
        verbose_name_plural = _("applied price rules")
        constraints = [models.UniqueConstraint(fields=["cart", "rule"], name="applied_rule_once")]

    def __str__(self) -> str:
        return self.rule


class CartItem(FoldingModel):
    """A line of a cart; a line with a `parent` is part of a bundle or a variant."""

    cart = models.ForeignKey(
        Cart, models.CASCADE, related_name="items", db_index=False, verbose_name=_("cart")
    )
    line = models.CharField(_("line"), max_length=64)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children", db_index=False
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", verbose_name=_("product")
    )
    sku = models.CharField(_("SKU"), max_length=255)
    sku_folded = FoldedTextField("sku")
    name = models.CharField(_("name"), max_length=255, blank=True, null=True, default="")
    name_folded = FoldedTextField("name")
    product_type = models.CharField(_("type"), max_length=64, blank=True, null=True, default="")
    quantity = ExactDecimalField(_("quantity"))
    price = ExactDecimalField(_("price"), null=True, blank=True)
    row_total = ExactDecimalField(_("row total"), null=True, blank=True)
    added_at = models.DateTimeField(_("added"))
    updated_at = models.DateTimeField(_("last updated"))

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        constraints = [models.UniqueConstraint(fields=["cart", "line"], name="cart_line_once")]
        indexes = [
            # With the parent: lines within another count for nothing.
            models.Index(fields=["sku_folded", "cart", "parent"], name="cart_item_sku_idx"),
            # Few lines have a parent.
            models.Index(
                fields=["parent"], name="cart_item_parent_idx", condition=Q(parent__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} x {self.quantity.normalize():f}"
