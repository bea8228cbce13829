"""Orders and refunds (credit notes) with their lines. All money is in the base currency."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access.personal import Personal
from core.database.fields import (
    ExactDecimalField,
    FoldedTextField,
    FoldingModel,
    RateField,
    strip_text,
)
from core.database.listed_texts import NamesSeveral
from customers.models.catalogue import Product
from customers.models.identity.customer import Customer
from customers.models.shop import Store


class OrderState(models.TextChoices):
    """The state of an order; the closed list of the contract."""

    NEW = "new", _("new")
    PENDING_PAYMENT = "pending_payment", _("pending payment")
    PAYMENT_REVIEW = "payment_review", _("payment review")
    PROCESSING = "processing", _("processing")
    HOLDED = "holded", _("on hold")
    COMPLETE = "complete", _("complete")
    CLOSED = "closed", _("closed")
    CANCELED = "canceled", _("canceled")


# Orders in these states are no sales.
NO_SALE_STATES = (OrderState.CANCELED, OrderState.CLOSED)


class Order(FoldingModel):
    """An order of a customer, or of an unknown person (`customer` null)."""

    personal = Personal(
        private=(
            "shipping_region",
            "shipping_city",
            "shipping_postcode",
            "billing_region",
            "billing_city",
            "billing_postcode",
        )
    )

    number = models.CharField(pgettext_lazy("of an order", "number"), max_length=64, unique=True)
    number_folded = FoldedTextField("number")
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="orders",
        db_index=False,
        verbose_name=_("customer"),
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    state = models.CharField(_("state"), max_length=16, choices=OrderState.choices)
    status = models.CharField(_("status"), max_length=64, blank=True, null=True, default="")
    created_at = models.DateTimeField(_("purchased"))
    updated_at = models.DateTimeField(_("last modified"))
    currency = models.CharField(_("currency"), max_length=16, blank=True, null=True, default="")
    base_to_order_rate = RateField(_("base to order rate"), default=1)
    total_quantity = ExactDecimalField(_("total items quantity"), default=0)
    lines_count = models.PositiveIntegerField(_("number of lines"), default=0)
    subtotal = ExactDecimalField(_("subtotal"), null=True, blank=True)
    tax_amount = ExactDecimalField(_("tax"), null=True, blank=True)
    shipping_amount = ExactDecimalField(_("shipping amount"), null=True, blank=True)
    discount_amount = ExactDecimalField(_("discount"), null=True, blank=True)
    grand_total = ExactDecimalField(_("grand total"))
    payment_method = models.CharField(
        _("payment method"), max_length=255, blank=True, null=True, default=""
    )
    shipping_method = models.CharField(
        _("shipping method"), max_length=255, blank=True, null=True, default=""
    )
    shipping_method_folded = FoldedTextField("shipping_method")
    coupon_code = models.CharField(
        _("coupon code"), max_length=255, blank=True, null=True, default=""
    )
    coupon_code_folded = FoldedTextField("coupon_code")
    # The code that the order uses. Conditions compare the text as the shop wrote it.
    # An order with several coupons has all their codes: "a, b".
    used_coupon_folded = FoldedTextField("coupon_code", part=strip_text)
    shipping_country = models.CharField(
        _("shipping country"), max_length=255, blank=True, null=True, default=""
    )
    shipping_country_folded = FoldedTextField("shipping_country")
    shipping_region = models.CharField(
        _("shipping region"), max_length=255, blank=True, null=True, default=""
    )
    shipping_region_folded = FoldedTextField("shipping_region")
    shipping_city = models.CharField(
        _("shipping city"), max_length=255, blank=True, null=True, default=""
    )
    shipping_city_folded = FoldedTextField("shipping_city")
    shipping_postcode = models.CharField(
        _("shipping postcode"), max_length=255, blank=True, null=True, default=""
    )
    shipping_postcode_folded = FoldedTextField("shipping_postcode")
    billing_country = models.CharField(
        _("billing country"), max_length=255, blank=True, null=True, default=""
    )
    billing_country_folded = FoldedTextField("billing_country")
    billing_region = models.CharField(
        _("billing region"), max_length=255, blank=True, null=True, default=""
    )
    billing_region_folded = FoldedTextField("billing_region")
    billing_city = models.CharField(
        _("billing city"), max_length=255, blank=True, null=True, default=""
    )
    billing_city_folded = FoldedTextField("billing_city")
    billing_postcode = models.CharField(
        _("billing postcode"), max_length=255, blank=True, null=True, default=""
    )
    billing_postcode_folded = FoldedTextField("billing_postcode")

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes = [
            # Conditions on a customer's orders are answered from the index alone. The index has
            # the key, so that a join of lines and customers need not read the orders' rows.
            models.Index(
                fields=["customer", "created_at"],
                include=["state", "grand_total", "id"],
                name="order_customer_idx",
            ),
            models.Index(
                fields=["created_at"],
                include=["customer", "state", "grand_total"],
                name="order_created_idx",
            ),
            models.Index(fields=["number_folded"], name="order_number_idx"),
            models.Index(fields=["coupon_code_folded", "customer"], name="order_coupon_idx"),
            models.Index(fields=["used_coupon_folded", "customer"], name="order_used_coupon_idx"),
            models.Index(
                fields=["customer"],
                condition=models.Q(NamesSeveral("used_coupon_folded")),
                name="order_coupons_idx",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def uses_coupon(self, code_folded: str) -> bool:
        """Return whether the order has the coupon with this folded code, alone or among several."""
        return code_folded in self.used_codes

    @property
    def used_codes(self) -> set[str]:
        """The folded codes that the order may have used: all of its text, and what commas divide.

        A code may have a comma itself.
        """
        text = self.used_coupon_folded
        return {text, *(one.strip() for one in text.split(","))}


class OrderItem(FoldingModel):
    """A line of an order; a line with a `parent` is part of a bundle or a variant."""

    order = models.ForeignKey(
        Order, models.CASCADE, related_name="items", db_index=False, verbose_name=_("order")
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
    row_total_incl_tax = ExactDecimalField(_("row total incl. tax"), null=True, blank=True)
    discount_amount = ExactDecimalField(_("discount"), null=True, blank=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [models.UniqueConstraint(fields=["order", "line"], name="order_line_once")]
        indexes = [
            # With the parent: lines within another count for nothing.
            models.Index(fields=["sku_folded", "order", "parent"], name="order_item_sku_idx"),
            # Few lines have a parent.
            models.Index(
                fields=["parent"], name="order_item_parent_idx", condition=Q(parent__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} x {self.quantity.normalize():f}"


class Refund(models.Model):
    """A credit note of a customer, for one of the customer's orders or without an order."""

    number = models.CharField(pgettext_lazy("of an order", "number"), max_length=64, unique=True)
    order = models.ForeignKey(
        Order,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="refunds",
        verbose_name=_("order"),
    )
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="refunds",
        db_index=False,
        verbose_name=_("customer"),
    )
    created_at = models.DateTimeField(_("refunded"))
    amount = ExactDecimalField(_("refunded amount"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        indexes = [
            models.Index(
                fields=["customer", "created_at"], include=["amount"], name="refund_customer_idx"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RefundItem(FoldingModel):
    """A line of a credit note."""

    refund = models.ForeignKey(
        Refund, models.CASCADE, related_name="items", db_index=False, verbose_name=_("refund")
    )
    line = models.CharField(_("line"), max_length=64)
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", verbose_name=_("product")
    )
    sku = models.CharField(_("SKU"), max_length=255)
    sku_folded = FoldedTextField("sku")
    name = models.CharField(_("name"), max_length=255, blank=True, null=True, default="")
    name_folded = FoldedTextField("name")
    product_type = models.CharField(_("type"), max_length=64, blank=True, null=True, default="")
    quantity = ExactDecimalField(_("quantity"))
    row_total = ExactDecimalField(_("row total"))

    class Meta:
        verbose_name = _("refund line")
        verbose_name_plural = _("refund lines")
        constraints = [models.UniqueConstraint(fields=["refund", "line"], name="refund_line_once")]
        indexes = [
            models.Index(fields=["sku_folded", "refund"], name="refund_item_sku_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} x {self.quantity.normalize():f}"
