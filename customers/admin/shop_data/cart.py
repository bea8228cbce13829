"""The admin's pages of carts."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin.inlines import ReadOnlyInline
from core.admin.rights import ReadOnlyAdmin
from customers.admin.filters import OwnWebsitesFilter
from customers.admin.shop_data.columns import amount, customer_number, money, total
from customers.models import AppliedRule, Cart, CartItem


class CartItemInline(ReadOnlyInline):
    model = CartItem
    fields: ClassVar[Any] = (
        "line",
        "sku",
        "name",
        "product_type",
        amount(CartItem, "quantity"),
        money(CartItem, "price"),
        money(CartItem, "row_total"),
        "added_at",
    )
    readonly_fields = fields


class AppliedRuleInline(ReadOnlyInline):
    model = AppliedRule


@admin.register(Cart)
class CartAdmin(ReadOnlyAdmin[Cart]):
    empty_text = _(
        "The carts of customers are listed here, those that they left behind as well. Carts "
        "come with an import, or your shop sends them."
    )
    website_path = "customer__website"
    list_display: Any = (
        "external_id",
        customer_number,
        "store",
        "state",
        "updated_at",
        total(Cart, "grand_total"),
    )
    sortable_by = ("external_id", "updated_at")
    ordering = ("-id",)
    list_filter = ("is_active", ("store", OwnWebsitesFilter))
    list_select_related = ("customer", "store")
    linked = ("customer",)
    search_fields = ("customer__external_id_folded",)
    search_help_text = _("Finds a customer number by its beginning.")
    fields: ClassVar[Any] = (
        "external_id",
        customer_number,
        "store",
        "is_active",
        ("created_at", "updated_at"),
        ("items_count", amount(Cart, "items_quantity")),
        (money(Cart, "subtotal"), money(Cart, "grand_total")),
        "coupon_code",
    )
    inlines = (CartItemInline, AppliedRuleInline)

    @admin.display(description=_("State"))
    def state(self, cart: Cart) -> str:
        return cart_state(cart)


def cart_state(cart: Cart) -> str:
    """Return whether `cart` is active, in words."""
    return gettext("active") if cart.is_active else gettext("converted or expired")
