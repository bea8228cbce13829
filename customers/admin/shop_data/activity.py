"""The admin's pages of log-ins, product views and wishlists."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from core.admin.inlines import ReadOnlyInline
from core.admin.rights import ReadOnlyAdmin
from customers.admin.shop_data.columns import customer_number
from customers.models import Login, ProductView, Wishlist, WishlistItem


class ActivityAdmin(ReadOnlyAdmin[Model]):
    """Base of the pages of a customer's activity."""

    website_path = "customer__website"
    ordering = ("-id",)
    list_select_related: ClassVar[Any] = ("customer",)
    linked = ("customer",)
    search_fields = ("customer__external_id_folded",)
    search_help_text = _("Finds a customer number by its beginning.")


@admin.register(Login)
class LoginAdmin(ActivityAdmin):
    empty_text = _(
        "Each log-in of a customer to your shop is listed here. Log-ins come with an import, "
        "or your shop sends them."
    )
    list_display: Any = ("logged_in_at", customer_number)
    fields: ClassVar[Any] = (customer_number, "logged_in_at")
    sortable_by = ("logged_in_at",)


@admin.register(ProductView)
class ProductViewAdmin(ActivityAdmin):
    empty_text = _(
        "Each product that a customer looked at is listed here. Product views come with an "
        "import, or your shop sends them."
    )
    list_display: Any = ("viewed_at", customer_number, "product")
    fields: ClassVar[Any] = (customer_number, "product", "viewed_at")
    sortable_by = ("viewed_at",)
    list_select_related: ClassVar[Any] = ("customer", "product")


class WishlistItemInline(ReadOnlyInline):
    model = WishlistItem
    fields = ("product", "added_at")


@admin.register(Wishlist)
class WishlistAdmin(ActivityAdmin):
    empty_text = _(
        "The wishlists of customers are listed here. Wishlists come with an import, or your "
        "shop sends them."
    )
    list_display: Any = ("id", customer_number, "is_shared")
    fields: ClassVar[Any] = (customer_number, "is_shared")
    sortable_by = ()
    inlines = (WishlistItemInline,)
