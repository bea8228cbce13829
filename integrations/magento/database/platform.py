"""The database of a shop of Magento, OpenMage or Maho on its way to our files."""

from collections.abc import Callable

from django.utils.translation import gettext_noop as _

from customers.imports.report import ImportReport
from integrations.magento.database.catalog import write_categories, write_products
from integrations.magento.database.changes import MagentoChanges
from integrations.magento.database.customers import (
    load_accounts,
    load_subscriptions,
    write_customers,
    write_logins,
    write_subscriptions,
)
from integrations.magento.database.interest import write_views, write_wishlists
from integrations.magento.database.layouts import REFUNDS, TABLES
from integrations.magento.database.sales import (
    REFUND,
    write_carts,
    write_orders,
    write_refunds,
)
from integrations.magento.database.segments import read_segments
from integrations.magento.database.shop import MagentoShop, is_older
from integrations.shops.converting.refunds import delete_unlisted_noted_refunds
from integrations.shops.databases.following import followed_database
from integrations.shops.databases.layouts import DatabasePlatform
from integrations.shops.databases.source import DatabaseSource

# Data that stays in the shop, with the tables that count it in either version.
NOT_IMPORTED = {
    _("coupons"): ("salesrule_coupon",),
    _("price rules"): ("salesrule",),
    _("invoices"): ("sales_flat_invoice", "sales_invoice"),
    _("shipments"): ("sales_flat_shipment", "sales_shipment"),
    _("reviews"): ("review",),
    _("compare lists"): ("catalog_compare_item",),
    _("admin users"): ("admin_user",),
}
ADOBE_SEGMENTS = ("magento_customersegment_segment", "enterprise_customersegment_segment")


def convert(source: DatabaseSource) -> Callable[[ImportReport], None]:
    """Write everything that the database says, or what changed since the earlier runs.

    Raises ImportRefused.
    """
    shop = MagentoShop(source)
    shop.write()
    load_accounts(shop)
    changes = MagentoChanges(shop)
    source.marks = changes.marks()
    if source.earlier:
        source.changes = changes.find(source.earlier, source.marks)
    write_categories(shop)
    write_products(shop)
    # Orders say most of a guest, then subscriptions, then carts.
    write_orders(shop)
    write_refunds(shop)
    load_subscriptions(shop)
    write_carts(shop)
    write_customers(shop)
    write_subscriptions(shop)
    write_logins(shop)
    write_wishlists(shop)
    write_views(shop)
    for what, tables in NOT_IMPORTED.items():
        source.leave_out(what, _("not imported"), *tables)
    source.leave_out(_("segments of Adobe Commerce"), _("not read"), *ADOBE_SEGMENTS)
    read_more = read_segments(shop)

    def finish(report: ImportReport) -> None:
        if source.has(shop.name(REFUNDS)):
            scratch = source.conversion.scratch
            delete_unlisted_noted_refunds(
                source.conversion,
                lambda number: scratch.name(REFUND, number) is not None,
                report,
                source.began_at,
            )
        if read_more is not None:
            read_more(report)

    return finish


OLDER, NEWER = "maho", "magento2"


def source_of(source: DatabaseSource) -> str:
    """Return `maho` for Magento 1 and what came of it, else `magento2`."""
    return OLDER if is_older(source) else NEWER


MAGENTO_DATABASE = DatabasePlatform(
    "magento",
    "Magento",
    "customer_entity",
    TABLES,
    source_of,
    convert,
    knows_websites=True,
)
MAHO = followed_database("maho", MAGENTO_DATABASE, "MAHO_DATABASE_URL", (OLDER, NEWER))
