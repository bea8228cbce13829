"""WooCommerce's export files: each column that is read, what it becomes, and by which rule."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils.translation import gettext_noop as _

from integrations.shops.files.layouts import Layout, MappedColumn, SourceRow
from integrations.shops.files.values import join_filled, strip_guard

STATES = {
    "pending": "pending_payment",
    "processing": "processing",
    "on-hold": "holded",
    "completed": "complete",
    "cancelled": "canceled",
    "failed": "canceled",
    "refunded": "closed",
}
LEFT_OUT = frozenset({"checkout-draft", "auto-draft", "trash"})
STATUS_PREFIX = "wc-"
GUARDED = "without the apostrophe of a spreadsheet"
PRICE_UNIT = Decimal("0.0001")
# The keys of line_item_1 and so on, as WebToffee's plugin writes them.
LINE_KEYS = (
    *("name", "product_id", "variation_id", "sku", "quantity", "total", "sub_total", "tax"),
    *("total_tax", "sub_total_tax", "subtotal_tax", "tax_class", "tax_data", "meta"),
    *("refunded", "refundedqty", "refunded_quantity", "refunded_amount"),
)
SPLIT_LINE = re.compile(rf"\|(?=(?:{'|'.join(LINE_KEYS)}):)").split
SPLIT_REFUNDS = re.compile(r";(?=amount:)").split
SPLIT_REFUND = re.compile(r"\|(?=(?:amount|reason|date):)").split
SPLIT_COUPONS = re.compile(r";(?=code:)").split
SPLIT_PATHS = re.compile(r"(?<!\\),").split
VIRTUAL = ("downloadable", "virtual")


def status_of(row: SourceRow) -> str:
    """Return an order's status without `wc-`."""
    return row["status"].removeprefix(STATUS_PREFIX)


def order_number(row: SourceRow) -> str:
    """Return the number that customers see, else the id."""
    return strip_guard(row["order_number"] or row["order_id"])


def pairs_of(text: str, split: object = SPLIT_LINE) -> dict[str, str]:
    """Return keys and values of `key:value|key:value`."""
    found = {}
    for part in split(text):  # type: ignore[operator]
        key, _colon, value = part.partition(":")
        found[key.strip()] = value
    return found


def price_of(total: str, quantity: str) -> str:
    """Return total / quantity to four decimals; "" where they have none. Raises ValueError."""
    try:
        pieces = Decimal(quantity)
        price = Decimal(total) / pieces if pieces else Decimal(0)
        return str(price.quantize(PRICE_UNIT, ROUND_HALF_UP)) if pieces else ""
    except InvalidOperation as error:
        raise ValueError from error


def coupons_of(row: SourceRow) -> list[str]:
    """Return the codes of an order."""
    parts = SPLIT_COUPONS(row["coupon_items"])
    return [
        code
        for part in parts
        if part.startswith("code:") and (code := part[5:].partition("|")[0].strip())
    ]


def category_paths(cell: str) -> list[list[str]]:
    """Return the categories of a cell, each as the names from the top to it."""
    paths = [
        [name.strip() for name in path.replace("\\,", ",").split(" > ") if name.strip()]
        for path in SPLIT_PATHS(cell)
    ]
    return [path for path in paths if path]


def product_type(row: SourceRow) -> str:
    """Return `downloadable` or `virtual` where the type says so, else its first word."""
    words = [word.strip() for word in row["type"].split(",")]
    return next((word for word in VIRTUAL if word in words), words[0])


def product_price(row: SourceRow) -> str:
    """Return the sale price where it holds without dates, else the regular one."""
    has_dates = row["date sale price starts"] or row["date sale price ends"]
    return row["regular price"] if has_dates else row["sale price"] or row["regular price"]


def product_sku(row: SourceRow) -> str:
    """Return the SKU, or one from the product's id."""
    return strip_guard(row["sku"]) or f"product-{strip_guard(row['id'])}"


def address_of(row: SourceRow, kind: str) -> dict[str, str]:
    """Return the billing or the shipping address of a customer or an order."""
    telephone = row[f"{kind}_phone"] or row["billing_phone"]
    return {
        "first_name": row[f"{kind}_first_name"],
        "last_name": row[f"{kind}_last_name"],
        "company": row[f"{kind}_company"],
        "street": join_filled((row[f"{kind}_address_1"], row[f"{kind}_address_2"])),
        "city": row[f"{kind}_city"],
        "region": row[f"{kind}_state"],
        "postcode": strip_guard(row[f"{kind}_postcode"]),
        "country": row[f"{kind}_country"],
        "telephone": strip_guard(telephone),
    }


# Of each part of an address: the fields of WooCommerce that it is made of.
ADDRESS_PARTS = {
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "company": ("company",),
    "street": ("address_1", "address_2"),
    "city": ("city",),
    "region": ("state",),
    "postcode": ("postcode",),
    "country": ("country",),
    "telephone": ("phone",),
}


def places(*tables: str) -> tuple[MappedColumn, ...]:
    """Return the declarations of the columns of addresses."""
    return tuple(
        MappedColumn(
            f"addresses.{column}",
            tuple(f"{kind}_{name}" for kind in ("billing", "shipping") for name in names),
            "default billing and default shipping, one where equal" if column == "street" else "",
        )
        for column, names in ADDRESS_PARTS.items()
    )


CUSTOMERS = Layout(
    "woocommerce.customers",
    (("user_email", "user_registered", "roles"),),
    (
        MappedColumn("customers.id", ("ID",), GUARDED, lambda row: strip_guard(row["id"])),
        MappedColumn(
            "customers.email", ("user_email",), "trimmed", lambda row: row["user_email"].strip()
        ),
        MappedColumn("customers.first_name", ("first_name",)),
        MappedColumn("customers.last_name", ("last_name",)),
        MappedColumn("customers.registered_at", ("user_registered",), "in UTC"),
        MappedColumn("customers.group", ("roles",), "the slug of the first role"),
        MappedColumn("customer_groups.name", ("roles",), "the first role"),
        *places(),
    ),
)

ORDERS = Layout(
    "woocommerce.orders",
    (("order_id", "order_date", "order_total", "line_item_1"),),
    (
        MappedColumn(
            "orders.number", ("order_number", "order_id"), "the first that is there", order_number
        ),
        MappedColumn(
            "orders.customer",
            ("customer_id", "billing_email", "customer_email"),
            "the account, else the one with the e-mail, else a guest",
        ),
        MappedColumn(
            "orders.state",
            ("status",),
            "pending_payment, processing, holded, complete, canceled, closed; drafts are left out",
            lambda row: STATES.get(status_of(row), "processing"),
        ),
        MappedColumn("orders.status", ("status",), "without `wc-`", status_of),
        MappedColumn("orders.created_at", ("order_date",), "in the site's zone"),
        MappedColumn("orders.updated_at", ("paid_date", "order_date"), "the later one"),
        MappedColumn("orders.currency", ("order_currency",)),
        MappedColumn("orders.base_to_order_rate", ("order_currency",), "the rate of the option"),
        MappedColumn("orders.tax_amount", ("tax_total",)),
        MappedColumn("orders.shipping_amount", ("shipping_total",)),
        MappedColumn("orders.discount_amount", ("discount_total",)),
        MappedColumn("orders.grand_total", ("order_total",)),
        MappedColumn(
            "orders.coupon_code",
            ("coupon_items",),
            "the first code",
            lambda row: next(iter(coupons_of(row)), ""),
        ),
        MappedColumn("orders.payment_method", ("payment_method",)),
        MappedColumn("orders.shipping_method", ("shipping_method",)),
        *(
            MappedColumn(f"orders.{kind}_{part}", (f"{kind}_{column}",))
            for kind in ("billing", "shipping")
            for part, column in (("country", "country"), ("region", "state"), ("city", "city"))
        ),
        MappedColumn(
            "orders.billing_postcode",
            ("billing_postcode",),
            GUARDED,
            lambda row: strip_guard(row["billing_postcode"]),
        ),
        MappedColumn(
            "orders.shipping_postcode",
            ("shipping_postcode",),
            GUARDED,
            lambda row: strip_guard(row["shipping_postcode"]),
        ),
        MappedColumn("order_items.*", ("line_item_*",), "`key:value` between bars"),
        MappedColumn("refunds.*", ("refund_items",), "each: number `-R1`, `-R2`, amount and date"),
        MappedColumn("customers.first_name", ("billing_first_name",), "of a guest"),
        MappedColumn("customers.last_name", ("billing_last_name",), "of a guest"),
        *places(),
    ),
)

PRODUCTS = Layout(
    "woocommerce.products",
    (("ID", "Type", "SKU", "Regular price"),),
    (
        MappedColumn(
            "products.sku", ("SKU", "ID"), "without one `product-` and the id", product_sku
        ),
        MappedColumn("products.name", ("Name",)),
        MappedColumn(
            "products.product_type",
            ("Type",),
            "`downloadable` or `virtual` if named, else the first word",
            product_type,
        ),
        MappedColumn(
            "products.price",
            ("Sale price", "Regular price", "Date sale price starts", "Date sale price ends"),
            "the sale price where it has no dates",
            product_price,
        ),
        MappedColumn(
            "products.categories",
            ("Categories", "Parent"),
            "paths split at commas; a variation has its parent's",
        ),
        MappedColumn("products.attributes.brand", ("Brands",), "a text"),
        MappedColumn(
            "products.attributes.*",
            ("Attribute * name", "Attribute * value(s)"),
            "a text; the code is the slug of the name",
        ),
    ),
)

ANALYTICS_CUSTOMERS = Layout(
    "woocommerce.analytics_customers",
    (("Email", "Sign Up", "AOV"),),
    (
        MappedColumn(
            "customers.id",
            ("Email", "Username"),
            "the account with this e-mail; else a guest's, or with a user name `mail-` and a hash",
        ),
        MappedColumn("customers.email", ("Email",), "trimmed", lambda row: row["email"].strip()),
        MappedColumn("customers.first_name", ("Name",), "the first word"),
        MappedColumn("customers.last_name", ("Name",), "the other words"),
        MappedColumn("customers.registered_at", ("Sign Up",), "in the site's zone"),
    ),
)

ANALYTICS_ORDERS = Layout(
    "woocommerce.analytics_orders",
    (("Order #", "Net Sales"), ("Order #", "N. Revenue")),
    refused=_(
        "this export of Analytics names neither e-mail addresses nor lines; take the order export"
        " of WebToffee's plugin, with its columns order_id and line_item_1"
    ),
)

LAYOUTS = (PRODUCTS, ORDERS, CUSTOMERS, ANALYTICS_CUSTOMERS, ANALYTICS_ORDERS)
