"""Where “Bring your shop” stands: in the menu, and first on Home while there are no customers."""

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext_lazy as _

from core.admin.menu import MenuPage
from customers.models import Customer
from segments.admin.first_steps import Beginning

PERMISSION = "customers.import_shop"

PAGES = (
    MenuPage(
        "shops.bring",
        "settings",
        _("Bring your shop"),
        60,
        "shops.shopimport",
        card="shop_data",
    ),
)


def _may(user: User | AnonymousUser) -> bool:
    return user.has_perm(PERMISSION)


def _is_wanted() -> bool:
    return not Customer.objects.exists()


BRING_YOUR_SHOP = Beginning(
    "shops.bring_your_shop",
    _("Bring your shop"),
    _("Upload what Shopify, WooCommerce or Magento exports; you see what becomes of it first."),
    "admin:shops_shopimport_changelist",
    _may,
    _is_wanted,
)
