"""Where “Bring your shop” stands in the menu."""

from django.utils.translation import gettext_lazy as _

from core.admin.menu import MenuPage

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
