"""The admin's pages of orders and refunds, which the shop writes and people read."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin.inlines import ReadOnlyInline
from core.admin.rights import ReadOnlyAdmin
from customers.admin.filters import OwnWebsitesFilter
from customers.admin.shop_data.columns import amount, customer_number, money, total
from customers.models import Order, OrderItem, Refund, RefundItem


class OrderItemInline(ReadOnlyInline):
    model = OrderItem
    fields: ClassVar[Any] = (
        "line",
        "sku",
        "name",
        "product_type",
        amount(OrderItem, "quantity"),
        money(OrderItem, "price"),
        money(OrderItem, "discount_amount"),
        money(OrderItem, "row_total"),
    )
    readonly_fields = fields


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin[Order]):
    empty_text = _(
        "What customers order in your shop is listed here. Orders come with an import, or "
        "your shop sends them."
    )
    website_path = "customer__website"
    list_display: Any = (
        "number",
        customer_number,
        total(Order, "grand_total"),
        "state",
        "created_at",
        "store",
    )
    sortable_by = ("number", "created_at")
    ordering = ("-id",)
    list_filter = ("state", ("store", OwnWebsitesFilter))
    list_select_related = ("customer", "store")
    linked = ("customer",)
    search_fields = ("number_folded", "customer__external_id_folded")
    search_help_text = _("Finds an order number or customer number by its beginning.")
    inlines = (OrderItemInline,)
    fieldsets: ClassVar[Any] = (
        (
            None,
            {
                "fields": (
                    "number",
                    customer_number,
                    ("state", "status"),
                    "store",
                    ("created_at", "updated_at"),
                )
            },
        ),
        (
            _("Totals in the shop’s currency"),
            {
                "fields": (
                    amount(Order, "total_quantity"),
                    money(Order, "subtotal"),
                    money(Order, "tax_amount"),
                    money(Order, "shipping_amount"),
                    money(Order, "discount_amount"),
                    money(Order, "grand_total"),
                    ("currency", amount(Order, "base_to_order_rate")),
                )
            },
        ),
        (
            _("Delivery and payment"),
            {
                "fields": (
                    ("shipping_method", "payment_method"),
                    "coupon_code",
                    (
                        "shipping_postcode",
                        "shipping_city",
                        "shipping_region",
                        "shipping_country",
                    ),
                    ("billing_postcode", "billing_city", "billing_region", "billing_country"),
                )
            },
        ),
    )


class RefundItemInline(ReadOnlyInline):
    model = RefundItem
    fields: ClassVar[Any] = (
        "line",
        "sku",
        "name",
        "product_type",
        amount(RefundItem, "quantity"),
        money(RefundItem, "row_total"),
    )
    readonly_fields = fields


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin[Refund]):
    empty_text = _(
        "Money that you paid back for orders is listed here. Refunds come with an import, or "
        "your shop sends them."
    )
    website_path = "customer__website"
    list_display: Any = (
        "number",
        customer_number,
        "order",
        "created_at",
        total(Refund, "amount"),
    )
    sortable_by = ("number",)
    ordering = ("-id",)
    list_select_related = ("customer", "order")
    linked = ("customer",)
    search_fields = ("order__number_folded", "customer__external_id_folded")
    search_help_text = _("Finds an order number or customer number by its beginning.")
    fields: ClassVar[Any] = (
        "number",
        customer_number,
        "order",
        "created_at",
        money(Refund, "amount"),
    )
    inlines = (RefundItemInline,)
