"""Objects of WooCommerce's REST API: each field that is read and what it becomes."""

from integrations.shops.apis.platforms import ApiLayout
from integrations.shops.files.layouts import MappedColumn, SourceRow
from integrations.shops.files.values import round_cell
from integrations.woocommerce.database.layouts import IN_UTC, KINDS, POSITIVE
from integrations.woocommerce.layouts import ADDRESS_PARTS, STATES, product_sku, status_of


def _places() -> tuple[MappedColumn, ...]:
    return tuple(
        MappedColumn(
            f"addresses.{column}",
            tuple(f"{kind}.{name}" for kind in KINDS for name in names),
            "default billing and default shipping, one where equal" if column == "street" else "",
        )
        for column, names in ADDRESS_PARTS.items()
    )


def product_price(row: SourceRow) -> str:
    """Return the sale price where it holds without dates, else the regular one."""
    dates = ("date_on_sale_from", "date_on_sale_to", "date_on_sale_from_gmt", "date_on_sale_to_gmt")
    if row.first(dates):
        return round_cell(row["regular_price"])
    return round_cell(row["sale_price"] or row["regular_price"])


CUSTOMERS = ApiLayout(
    "woocommerce.api.customers",
    (),
    (
        MappedColumn("customers.id", ("id",)),
        MappedColumn("customers.email", ("email",), "trimmed", lambda row: row["email"].strip()),
        MappedColumn("customers.first_name", ("first_name",)),
        MappedColumn("customers.last_name", ("last_name",)),
        MappedColumn("customers.registered_at", ("date_created_gmt",), IN_UTC),
        MappedColumn("customers.group", ("role",), "the slug of the role"),
        MappedColumn("customer_groups.name", ("role",)),
        *_places(),
    ),
)

PRODUCTS = ApiLayout(
    "woocommerce.api.products",
    (),
    (
        MappedColumn(
            "products.sku",
            ("sku", "id"),
            "without one `product-` and the id; a variation's only where it is not its parent's",
            product_sku,
        ),
        MappedColumn("products.name", ("name",), "a variation's: its parent's and the options"),
        MappedColumn(
            "products.product_type",
            ("type", "downloadable", "virtual"),
            "`downloadable` or `virtual` if it is one, `variation`, else the type",
        ),
        MappedColumn(
            "products.price",
            (
                "sale_price",
                "regular_price",
                "date_on_sale_from",
                "date_on_sale_to",
                "date_on_sale_from_gmt",
                "date_on_sale_to_gmt",
            ),
            "the sale price where it has no dates",
            product_price,
        ),
        MappedColumn("products.created_at", ("date_created_gmt",)),
        MappedColumn(
            "products.categories",
            ("categories",),
            "as paths, by `products/categories`; a variation has its parent's",
        ),
        MappedColumn("products.attributes.brand", ("brands",), "a text"),
        MappedColumn(
            "products.attributes.*", ("attributes",), "a text; the code is the slug of the name"
        ),
    ),
    helpers=("status", "variations"),
)

ORDERS = ApiLayout(
    "woocommerce.api.orders",
    (),
    (
        MappedColumn(
            "orders.number", ("number", "id"), "the first that is there", lambda row: number_of(row)
        ),
        MappedColumn(
            "orders.customer",
            ("customer_id", "billing.email"),
            "the account, else the one with the e-mail, else a guest",
        ),
        MappedColumn(
            "orders.state",
            ("status",),
            "pending_payment, processing, holded, complete, canceled, closed; drafts are left out",
            lambda row: STATES.get(status_of(row), "processing"),
        ),
        MappedColumn("orders.status", ("status",), "", status_of),
        MappedColumn("orders.created_at", ("date_created_gmt",), IN_UTC),
        MappedColumn("orders.updated_at", ("date_modified_gmt",), IN_UTC),
        MappedColumn("orders.currency", ("currency",)),
        MappedColumn("orders.base_to_order_rate", ("currency",), "the rate of the option"),
        MappedColumn(
            "orders.tax_amount", ("total_tax",), "", lambda row: round_cell(row["total_tax"])
        ),
        MappedColumn(
            "orders.shipping_amount",
            ("shipping_total",),
            "",
            lambda row: round_cell(row["shipping_total"]),
        ),
        MappedColumn(
            "orders.discount_amount",
            ("discount_total",),
            "",
            lambda row: round_cell(row["discount_total"]),
        ),
        MappedColumn("orders.grand_total", ("total",), "", lambda row: round_cell(row["total"])),
        MappedColumn("orders.coupon_code", ("coupon_lines.code",), "the first one"),
        MappedColumn("orders.payment_method", ("payment_method",)),
        MappedColumn("orders.shipping_method", ("shipping_lines.method_title",), "the first one"),
        *(
            MappedColumn(f"orders.{kind}_{part}", (f"{kind}.{name}",))
            for kind in KINDS
            for part, name in (
                ("country", "country"),
                ("region", "state"),
                ("city", "city"),
                ("postcode", "postcode"),
            )
        ),
        MappedColumn("order_items.line", ("line_items.id",), "counted from 1 in each order"),
        MappedColumn(
            "order_items.sku",
            ("line_items.sku", "line_items.variation_id", "line_items.product_id"),
            "without one `product-` and the variation's, else the product's id",
        ),
        MappedColumn("order_items.name", ("line_items.name",)),
        MappedColumn("order_items.quantity", ("line_items.quantity",)),
        MappedColumn(
            "order_items.price", ("line_items.subtotal", "line_items.quantity"), "four decimals"
        ),
        MappedColumn("order_items.row_total", ("line_items.subtotal",)),
        MappedColumn("order_items.discount_amount", ("line_items.subtotal", "line_items.total")),
        MappedColumn("customers.first_name", ("billing.first_name",), "of a guest"),
        MappedColumn("customers.last_name", ("billing.last_name",), "of a guest"),
        *_places(),
    ),
)

REFUNDS = ApiLayout(
    "woocommerce.api.refunds",
    (),
    (
        MappedColumn("refunds.number", ("id",)),
        MappedColumn("refunds.order", ("parent_id",), "by its number"),
        MappedColumn("refunds.created_at", ("date_created_gmt",), IN_UTC),
        MappedColumn(
            "refunds.amount",
            ("amount",),
            POSITIVE,
            lambda row: round_cell(row["amount"].lstrip("-")),
        ),
        MappedColumn("refund_items.line", ("line_items.id",), "counted from 1; with a quantity"),
        MappedColumn(
            "refund_items.sku",
            ("line_items.sku", "line_items.variation_id", "line_items.product_id"),
            "as an order's line",
        ),
        MappedColumn("refund_items.name", ("line_items.name",)),
        MappedColumn("refund_items.quantity", ("line_items.quantity",), POSITIVE),
        MappedColumn("refund_items.row_total", ("line_items.total",), POSITIVE),
    ),
)

# In the order in which they are read: objects that others refer to come first.
LAYOUTS = (CUSTOMERS, PRODUCTS, ORDERS, REFUNDS)


def number_of(row: SourceRow) -> str:
    """Return the number of an order that customers see, else the id."""
    return row["number"] or row["id"]
