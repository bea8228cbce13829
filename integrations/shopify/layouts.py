"""Shopify's export files: each column that is read, what it becomes, and by which rule."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext_noop as _

from integrations.shops.files.layouts import Layout, MappedColumn, Read, SourceRow
from integrations.shops.files.values import (
    join_filled,
    list_element,
    sku_from_name,
    slug_of,
    strip_guard,
)

GUARDED = "without the apostrophe of a spreadsheet"
METAFIELD = "*metafields.*.*"
IS_METAFIELD = re.compile(
    r"(?P<label>.*?)\s*\((?:customer\.)?metafields\.(?P<space>.+?)\.(?P<key>[^.]+)\)", re.IGNORECASE
).fullmatch
NOT_IN_CODE = re.compile(r"[^A-Za-z0-9_-]")
LONGEST_ATTRIBUTE = 64
NO_OPTION = "Default Title"
FINANCIAL_STATES = {
    "voided": "canceled",
    "expired": "canceled",
    "refunded": "closed",
    "pending": "pending_payment",
    "partially_paid": "pending_payment",
    "authorized": "payment_review",
    "": "new",
}
# Financial statuses for which Fulfillment Status determines the state of the order.
PAID = frozenset({"paid", "partially_refunded"})
KNOWN_STATUSES = frozenset({*FINANCIAL_STATES, *PAID})
ADDRESS = ("company", "street", "city", "region", "region_code", "postcode", "country", "telephone")


def attribute_code(column: str) -> tuple[str, str] | None:
    """Return code and label of the custom attribute of a metafield's column; None for another."""
    found = IS_METAFIELD(column)
    if found is None:
        return None
    code = metafield_code(found["space"], found["key"])
    return code, found["label"] or code


def metafield_code(space: str, key: str) -> str:
    """Return the code of the custom attribute of a metafield."""
    return NOT_IN_CODE.sub("_", f"{space}_{key}")[:LONGEST_ATTRIBUTE]


def first_of(*columns: str) -> Read:
    """Return what reads the first of `columns` that is not empty, without its guard."""
    names = tuple(column.lower() for column in columns)
    return lambda row: strip_guard(row.first(names))


def order_state(financial: str, cancelled_at: str, fulfillment: str) -> str:
    """Return our state of an order; an unknown financial status is `processing`."""
    financial = financial.lower()
    if cancelled_at:
        return "canceled"
    if financial in FINANCIAL_STATES:
        return FINANCIAL_STATES[financial]
    if financial in PAID and fulfillment.lower() == "fulfilled":
        return "complete"
    return "processing"


def is_known_status(financial: str, cancelled_at: str) -> bool:
    """Return whether the state of an order follows from its financial status or cancellation."""
    return bool(cancelled_at) or financial.lower() in KNOWN_STATUSES


def account_number(row: SourceRow) -> str:
    """Return the number of a customer: the e-mail in lower case in files that have none."""
    return strip_guard(row["customer id"]) or row["email"].strip().lower()


def line_sku(sku: str, name: str) -> str:
    """Return a line's SKU, or one from its name."""
    return sku or (sku_from_name(name) if name else "")


def tag_list(tags: Iterable[str]) -> str:
    """Return tags as our list."""
    return join_filled(map(list_element, tags), "|")


def category_paths(category: str, product_type: str) -> list[list[str]]:
    """Return the categories of a product, each as the names from the top to it."""
    paths = []
    if path := [name.strip() for name in category.split(">") if name.strip()]:
        paths.append(path)
    if kind := product_type.strip():
        paths.append([kind])
    return [path for path in paths if slug_of(path[0])]


def variant_name(title: str, options: Iterable[str]) -> str:
    """Return the name of a variant: the product's title and the values of its options."""
    chosen = join_filled((one for one in options if one != NO_OPTION), " / ")
    return join_filled((title, chosen), " - ")


def place(kind: str, part: str, column: str, read: Read | None = None) -> MappedColumn:
    """Return the declaration of a part of an order's address."""
    rule = GUARDED if read else ""
    return MappedColumn(f"orders.{kind.lower()}_{part}", (f"{kind} {column}",), rule, read)


CUSTOMERS = Layout(
    "shopify.customers",
    (
        ("Email", "Total Spent", "Accepts Email Marketing"),
        ("Email", "Total Spent", "Accepts Marketing"),
    ),
    (
        MappedColumn(
            "customers.id",
            ("Customer ID", "Email"),
            f"{GUARDED}; older files have none: the e-mail in lower case",
            account_number,
        ),
        MappedColumn("customers.email", ("Email",), "trimmed", lambda row: row["email"].strip()),
        MappedColumn("customers.first_name", ("First Name",)),
        MappedColumn("customers.last_name", ("Last Name",)),
        MappedColumn(
            "customers.accepts_marketing", ("Accepts Email Marketing", "Accepts Marketing")
        ),
        MappedColumn(
            "customers.tags",
            ("Tags",),
            "split at commas, trimmed",
            lambda row: tag_list(row["tags"].split(",")),
        ),
        MappedColumn(
            "customers.attributes.*",
            (METAFIELD,),
            "`Label (customer.metafields.NS.KEY)` becomes the text `attributes.NS_KEY`",
        ),
        MappedColumn("addresses.company", ("Default Address Company", "Company")),
        MappedColumn(
            "addresses.street",
            ("Default Address Address1", "Default Address Address2", "Address1", "Address2"),
            "both lines, joined by a comma; no address without street, city and postcode",
            lambda row: join_filled(
                (
                    row.first(("default address address1", "address1")),
                    row.first(("default address address2", "address2")),
                )
            ),
        ),
        MappedColumn("addresses.city", ("Default Address City", "City")),
        MappedColumn("addresses.region", ("Default Address Province", "Province")),
        MappedColumn("addresses.region_code", ("Default Address Province Code", "Province Code")),
        MappedColumn(
            "addresses.postcode",
            ("Default Address Zip", "Zip"),
            GUARDED,
            first_of("Default Address Zip", "Zip"),
        ),
        MappedColumn(
            "addresses.country",
            ("Default Address Country Code", "Country Code", "Default Address Country", "Country"),
        ),
        MappedColumn(
            "addresses.telephone",
            ("Default Address Phone", "Phone"),
            f"the address's, else the customer's; {GUARDED}",
            first_of("Default Address Phone", "Phone"),
        ),
    ),
)

ORDERS = Layout(
    "shopify.orders",
    (("Name", "Financial Status", "Lineitem name", "Lineitem quantity"),),
    (
        MappedColumn("orders.number", ("Name",), "as written"),
        MappedColumn(
            "orders.customer",
            ("Email", "Phone"),
            "the account with this e-mail, else a guest; without one the account with this phone",
        ),
        MappedColumn(
            "orders.state",
            ("Financial Status", "Cancelled at", "Fulfillment Status"),
            "canceled, closed, pending_payment, payment_review, new, complete, processing",
            lambda row: order_state(
                row["financial status"], row["cancelled at"], row["fulfillment status"]
            ),
        ),
        MappedColumn("orders.status", ("Financial Status",)),
        MappedColumn("orders.created_at", ("Created at",), "with its offset"),
        MappedColumn(
            "orders.updated_at",
            ("Paid at", "Fulfilled at", "Cancelled at", "Created at"),
            "the latest of them",
        ),
        MappedColumn("orders.currency", ("Currency",)),
        MappedColumn("orders.base_to_order_rate", ("Currency",), "the rate of the option"),
        MappedColumn("orders.tax_amount", ("Taxes",)),
        MappedColumn("orders.shipping_amount", ("Shipping",)),
        MappedColumn("orders.discount_amount", ("Discount Amount",)),
        MappedColumn("orders.grand_total", ("Total",)),
        MappedColumn("orders.coupon_code", ("Discount Code",), "as written"),
        MappedColumn("orders.payment_method", ("Payment Method",)),
        MappedColumn("orders.shipping_method", ("Shipping Method",)),
        *(
            place(kind, part, column, first_of(f"{kind} {column}") if column == "Zip" else None)
            for kind in ("Billing", "Shipping")
            for part, column in (
                ("country", "Country"),
                ("region", "Province"),
                ("city", "City"),
                ("postcode", "Zip"),
            )
        ),
        MappedColumn(
            "order_items.sku",
            ("Lineitem sku", "Lineitem name"),
            f"{GUARDED}; without one `name-` and the slug of the name",
            lambda row: line_sku(strip_guard(row["lineitem sku"]), row["lineitem name"]),
        ),
        MappedColumn("order_items.name", ("Lineitem name",)),
        MappedColumn("order_items.quantity", ("Lineitem quantity",)),
        MappedColumn("order_items.price", ("Lineitem price",), "before the discount"),
        MappedColumn("order_items.discount_amount", ("Lineitem discount",)),
        MappedColumn("refunds.number", ("Name",), "with `-R`, where Refunded Amount is above 0"),
        MappedColumn("refunds.amount", ("Refunded Amount",)),
        MappedColumn(
            "customers.email",
            ("Email",),
            "of a guest: the latest order's, as are names, consent and addresses",
        ),
        MappedColumn("customers.first_name", ("Billing Name",), "of a guest: the first word"),
        MappedColumn("customers.last_name", ("Billing Name",), "of a guest: the other words"),
        MappedColumn("customers.accepts_marketing", ("Accepts Marketing",), "of a guest"),
        *(
            MappedColumn(f"addresses.{column}", source, "of a guest")
            for column, source in (
                ("first_name", ("Billing Name", "Shipping Name")),
                ("company", ("Billing Company", "Shipping Company")),
                (
                    "street",
                    (
                        *("Billing Address1", "Billing Address2"),
                        *("Shipping Address1", "Shipping Address2"),
                    ),
                ),
                ("region", ("Billing Province Name", "Shipping Province Name")),
                ("telephone", ("Billing Phone", "Shipping Phone")),
            )
        ),
    ),
)

PRODUCTS = Layout(
    "shopify.products",
    (("Handle", "Title", "Variant Price"), ("URL handle", "Title", "Price")),
    (
        MappedColumn(
            "products.sku",
            ("Variant SKU", "SKU"),
            f"{GUARDED}; without one `name-` and the slug of the name",
        ),
        MappedColumn(
            "products.name",
            ("Title", "Option1 Value", "Option2 Value", "Option3 Value"),
            "variants: with their options, joined by ` / `",
        ),
        MappedColumn(
            "products.product_type", ("Gift Card",), "`giftcard` where it is true, else `simple`"
        ),
        MappedColumn("products.price", ("Variant Price", "Price")),
        MappedColumn(
            "products.categories",
            ("Product Category", "Type"),
            "the category as a path, the type as a category at the top",
        ),
        MappedColumn("products.attributes.vendor", ("Vendor",), "a text"),
    ),
    helpers=("Handle", "URL handle"),
)

DISCOUNTS = Layout(
    "shopify.discounts",
    (("Name", "Value Type", "Discount Class"),),
    ignored=_("discounts are recognised; nothing is imported from them"),
)

LAYOUTS = (CUSTOMERS, ORDERS, PRODUCTS, DISCOUNTS)
