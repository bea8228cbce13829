"""Wishlists and product views of Magento's customers."""

from itertools import groupby

from django.utils.translation import gettext_noop as _

from integrations.magento.database.catalog import SKU
from integrations.magento.database.layouts import LAST_VIEWS, VIEWS, WISHLIST_ITEMS, WISHLISTS
from integrations.magento.database.shop import MagentoShop

# A product was looked at, by a customer and not by a visitor.
IS_VIEW = "t.event_type_id = 1 AND t.subtype = 0"
PAIR = "viewed by a customer"
DELETED = _("of deleted products")


def write_wishlists(shop: MagentoShop) -> None:
    """Write the wishlists of accounts and their products."""
    source, conversion = shop.source, shop.conversion
    if not source.has("wishlist"):
        return
    file = source.open(WISHLISTS, "wishlist", "wishlist_id")
    table = conversion.open_table("wishlists", [file])
    read = conversion.reader(file, "wishlists")
    for row in conversion.rows(file):
        customer = row["customer_id"]
        # Adobe Commerce lets a customer have several.
        if conversion.scratch.has_account(customer) and conversion.scratch.add_name(
            "wishlist", customer
        ):
            values = read(row)
            table.write(values, row.file, row.place)
    _write_wished(shop)


def _write_wished(shop: MagentoShop) -> None:
    source, conversion = shop.source, shop.conversion
    file = source.open(
        WISHLIST_ITEMS,
        "wishlist_item",
        "wishlist_item_id",
        more={"customer_id": "w.customer_id"},
        joins=f"STRAIGHT_JOIN {source.table('wishlist')} AS w ON w.wishlist_id = t.wishlist_id",
        order="w.customer_id, t.product_id, t.added_at, t.wishlist_item_id",
    )
    table = conversion.open_table("wishlist_items", [file])
    left_out = conversion.plan.left_out
    groups = groupby(conversion.rows(file), lambda row: (row["customer_id"], row["product_id"]))
    for (customer, product), rows in groups:
        *earlier, row = rows
        sku = conversion.scratch.name(SKU, product)
        if sku is None:
            left_out["wished products", DELETED] += len(earlier) + 1
            continue
        if earlier:
            left_out["wished products", _("a later one of the same")] += len(earlier)
        if conversion.scratch.has_account(customer):
            at = conversion.instant(row, "added_at", is_utc=True)
            values = {"customer": customer, "sku": sku, "added_at": at}
            table.write(values, row.file, row.place)


def write_views(shop: MagentoShop) -> None:
    """Write the views of accounts: each event, and the last view of pairs without one."""
    source, conversion = shop.source, shop.conversion
    scratch, left_out = conversion.scratch, conversion.plan.left_out
    sources = []
    if source.has("report_event"):
        sources.append(
            (
                source.open(
                    VIEWS,
                    "report_event",
                    "event_id",
                    where=f"{IS_VIEW} AND {shop.only('t.subject_id', 'visitors')}",
                ),
                ("subject_id", "object_id", "logged_at"),
            )
        )
    if source.has("report_viewed_product_index"):
        sources.append(
            (
                source.open(
                    LAST_VIEWS,
                    "report_viewed_product_index",
                    "index_id",
                    where=shop.only("t.customer_id", "visitors") + " AND t.customer_id IS NOT NULL",
                ),
                ("customer_id", "product_id", "added_at"),
            )
        )
    table = conversion.open_table("product_views", [], ("customer", "sku", "viewed_at"))
    for file, (customer_column, product_column, time_column) in sources:
        is_last = file.layout is LAST_VIEWS
        for row in conversion.rows(file):
            customer, product = row[customer_column], row[product_column]
            if not scratch.has_account(customer):
                continue
            pair = f"{customer} {product}"
            if is_last:
                if scratch.name(PAIR, pair) is not None:
                    continue
            else:
                scratch.add_name(PAIR, pair)
            sku = scratch.name(SKU, product)
            if sku is None:
                left_out["product views", DELETED] += 1
                continue
            at = conversion.instant(row, time_column, is_utc=True)
            table.write({"customer": customer, "sku": sku, "viewed_at": at}, row.file, row.place)
