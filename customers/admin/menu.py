"""Menu entries of customers, their activity and the shop."""

from django.utils.translation import gettext_lazy as _

from core.admin.menu import MenuPage

PAGES = (
    MenuPage(
        "customers.all",
        "customers",
        _("All customers"),
        1,
        "customers.customer",
        title=_("Customers"),
        is_searched=True,
    ),
    MenuPage("customers.orders", "customers", _("Orders"), 2, "customers.order"),
    MenuPage("customers.carts", "customers", _("Carts"), 3, "customers.cart"),
    MenuPage("customers.stores", "settings", _("Stores"), 20, "customers.store", card="stores"),
    MenuPage(
        "customers.websites", "settings", _("Websites"), 21, "customers.website", card="stores"
    ),
    MenuPage(
        "customers.groups",
        "settings",
        _("Customer groups"),
        22,
        "customers.customergroup",
        card="stores",
    ),
    MenuPage(
        "customers.erasures",
        "settings",
        _("Deleted customers"),
        41,
        "customers.erasure",
        card="privacy",
    ),
    MenuPage(
        "customers.tokens",
        "settings",
        _("API tokens"),
        51,
        "customers.apitoken",
        card="connections",
    ),
    MenuPage(
        "customers.products",
        "settings",
        _("Products"),
        61,
        "customers.product",
        card="shop_data",
        is_searched=True,
    ),
    MenuPage(
        "customers.categories",
        "settings",
        _("Categories"),
        62,
        "customers.category",
        card="shop_data",
    ),
    MenuPage(
        "customers.product_attributes",
        "settings",
        _("Product attributes"),
        63,
        "customers.productattribute",
        card="shop_data",
    ),
    MenuPage(
        "customers.attributes",
        "settings",
        _("Customer attributes"),
        64,
        "customers.customerattribute",
        card="shop_data",
    ),
    MenuPage(
        "customers.refunds", "settings", _("Refunds"), 65, "customers.refund", card="shop_data"
    ),
    MenuPage(
        "customers.wishlists",
        "settings",
        _("Wishlists"),
        66,
        "customers.wishlist",
        card="shop_data",
    ),
    MenuPage(
        "customers.views",
        "settings",
        _("Product views"),
        67,
        "customers.productview",
        card="shop_data",
    ),
    MenuPage("customers.logins", "settings", _("Log-ins"), 68, "customers.login", card="shop_data"),
    MenuPage(
        "customers.audit",
        "settings",
        _("Log of changes"),
        70,
        "customers.auditentry",
        card="changes",
    ),
)
