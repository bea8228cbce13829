"""The entries of price rules and coupons in the admin menu."""

from django.utils.translation import gettext_lazy as _

from core.admin.menu import MenuPage

PAGES = (
    MenuPage(
        "price_rules.rules",
        "offers",
        _("Price rules"),
        1,
        "price_rules.cartpricerule",
        words=_("discount"),
        is_searched=True,
    ),
    MenuPage(
        "price_rules.coupons", "offers", _("Coupons"), 2, "price_rules.coupon", is_searched=True
    ),
)
