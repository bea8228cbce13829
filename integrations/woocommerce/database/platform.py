"""The database of a WooCommerce shop on its way to our files."""

from collections.abc import Callable

from django.utils.translation import gettext_noop as _

from customers.imports.report import ImportReport
from integrations.shops.converting.refunds import delete_refunds_of_files, delete_unlisted_refunds
from integrations.shops.databases.layouts import DatabasePlatform
from integrations.shops.databases.source import DatabaseSource, pivot
from integrations.shops.files.layouts import SourceRow
from integrations.shops.sources import refusal
from integrations.woocommerce.conversion import ADDRESS_COLUMNS as OUR_ADDRESS_COLUMNS
from integrations.woocommerce.conversion import AccountTables
from integrations.woocommerce.database.catalog import ProductConversion, quote_text
from integrations.woocommerce.database.layouts import ADDRESS_COLUMNS, CUSTOMERS, TABLES
from integrations.woocommerce.database.php import BadSerialisation, unserialise
from integrations.woocommerce.database.sales import REFUND, write_orders

USER_META = ("first_name", "last_name", *ADDRESS_COLUMNS)


def convert(source: DatabaseSource) -> Callable[[ImportReport], None]:
    """Write what the tables say. Raises ImportRefused where orders are kept as posts."""
    if not source.count("wc_orders") and source.count("posts", "t.post_type = 'shop_order'"):
        raise refusal(
            _(
                "the shop still keeps its orders as posts: switch on high-performance order"
                " storage in WooCommerce's settings, or import its files"
            )
        )
    conversion = source.conversion
    ProductConversion(source).write()
    meta = {
        **{key: quote_text(key) for key in USER_META},
        # Roles stand behind the prefix of the tables.
        "capabilities": quote_text(f"{source.prefix}capabilities"),
    }
    more, joins = pivot(
        source,
        "usermeta",
        "user_id",
        meta,
        alias="m",
        on="t.ID",
        by="meta_key",
        value="meta_value",
    )
    file = source.open(CUSTOMERS, "users", "ID", more=more, joins=joins)
    customers = conversion.open_table("customers", [file], ("id", "kind", "group"))
    addresses = conversion.open_table("addresses", [], OUR_ADDRESS_COLUMNS)
    accounts = AccountTables(conversion, customers, addresses)
    read = conversion.reader(file, "customers")
    for row in conversion.rows(file):
        values = read(row)
        accounts.write(row, values, _first_role(row), "user_registered")
    write_orders(source)
    conversion.write_guests(customers, addresses)

    def finish(report: ImportReport) -> None:
        delete_refunds_of_files(conversion)
        delete_unlisted_refunds(
            conversion, lambda number: conversion.scratch.name(REFUND, number) is not None, report
        )

    return finish


def _first_role(row: SourceRow) -> str:
    """Return the first role of a user; "" for none."""
    if not row["capabilities"]:
        return ""
    try:
        found = unserialise(row["capabilities"])
    except BadSerialisation:
        return ""
    return next((role for role, is_given in found.items() if is_given), "")


def source_of(source: DatabaseSource) -> str:
    """Return the source of every WooCommerce shop."""
    return "woocommerce"


WOOCOMMERCE_DATABASE = DatabasePlatform(
    "woocommerce", "WooCommerce", "wc_orders", TABLES, source_of, convert
)
