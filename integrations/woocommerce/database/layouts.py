"""Tables of WooCommerce: each column that is read and what it becomes."""

from integrations.shops.databases.layouts import TableLayout
from integrations.shops.files.layouts import MappedColumn, Read
from integrations.shops.files.values import round_cell
from integrations.woocommerce.layouts import STATES, places, status_of

ADDRESS_PARTS = (
    *("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode"),
    *("country", "phone"),
)
KINDS = ("billing", "shipping")
ADDRESS_COLUMNS = tuple(f"{kind}_{part}" for kind in KINDS for part in ADDRESS_PARTS)
IN_UTC = "in UTC"
POSITIVE = "without its sign"


def amount(column: str) -> Read:
    """Return what reads an amount, of which WooCommerce keeps eight decimals."""
    return lambda row: round_cell(row[column])


CUSTOMERS = TableLayout(
    "woocommerce.users",
    (),
    (
        MappedColumn("customers.id", ("ID",)),
        MappedColumn(
            "customers.email", ("user_email",), "trimmed", lambda row: row["user_email"].strip()
        ),
        MappedColumn("customers.first_name", ("first_name",), "by `usermeta`"),
        MappedColumn("customers.last_name", ("last_name",), "by `usermeta`"),
        MappedColumn("customers.registered_at", ("user_registered",), IN_UTC),
        MappedColumn("customers.group", ("capabilities",), "the slug of the first role"),
        MappedColumn("customer_groups.name", ("capabilities",), "the first role"),
        *places(),
    ),
)

ORDERS = TableLayout(
    "woocommerce.wc_orders",
    (),
    (
        MappedColumn(
            "orders.number",
            ("order_number", "id"),
            "`_order_number`, else the id",
            lambda row: row["order_number"] or row["id"],
        ),
        MappedColumn(
            "orders.customer",
            ("customer_id", "billing_email"),
            "the account, else the one with the e-mail, else a guest",
        ),
        MappedColumn(
            "orders.state",
            ("status",),
            "pending_payment, processing, holded, complete, canceled, closed; drafts are left out",
            lambda row: STATES.get(status_of(row), "processing"),
        ),
        MappedColumn("orders.status", ("status",), "without `wc-`", status_of),
        MappedColumn("orders.created_at", ("date_created_gmt",), IN_UTC),
        MappedColumn("orders.updated_at", ("date_updated_gmt",), IN_UTC),
        MappedColumn("orders.currency", ("currency",)),
        MappedColumn("orders.base_to_order_rate", ("currency",), "the rate of the option"),
        MappedColumn("orders.tax_amount", ("tax_amount",), "", amount("tax_amount")),
        MappedColumn(
            "orders.shipping_amount",
            ("shipping_total_amount",),
            "by `wc_order_operational_data`",
            amount("shipping_total_amount"),
        ),
        MappedColumn(
            "orders.discount_amount",
            ("discount_total_amount",),
            "by `wc_order_operational_data`",
            amount("discount_total_amount"),
        ),
        MappedColumn("orders.grand_total", ("total_amount",), "", amount("total_amount")),
        MappedColumn("orders.coupon_code", ("coupon",), "the first line `coupon`"),
        MappedColumn("orders.payment_method", ("payment_method",)),
        MappedColumn("orders.shipping_method", ("shipping_title",), "the first line `shipping`"),
        *(
            MappedColumn(
                f"orders.{kind}_{part}",
                (f"{kind}_{column}",),
                "by `wc_order_addresses`" if part == "country" else "",
            )
            for kind in KINDS
            for part, column in (
                ("country", "country"),
                ("region", "state"),
                ("city", "city"),
                ("postcode", "postcode"),
            )
        ),
        MappedColumn("customers.first_name", ("billing_first_name",), "of a guest"),
        MappedColumn("customers.last_name", ("billing_last_name",), "of a guest"),
        *places(),
    ),
    helpers=("type", "count_of_coupons"),
)

ORDER_ITEMS = TableLayout(
    "woocommerce.woocommerce_order_items",
    (),
    (
        MappedColumn("order_items.order", ("order_id",), "by its number"),
        MappedColumn("order_items.line", ("order_item_id",), "counted from 1 in each order"),
        MappedColumn(
            "order_items.sku",
            ("_product_id", "_variation_id"),
            "the product's; without one `product-` and the variation's, else the product's id",
        ),
        MappedColumn("order_items.name", ("order_item_name",)),
        MappedColumn("order_items.quantity", ("_qty",), "by `woocommerce_order_itemmeta`"),
        MappedColumn("order_items.price", ("_line_subtotal", "_qty"), "four decimals"),
        MappedColumn("order_items.row_total", ("_line_subtotal",)),
        MappedColumn("order_items.discount_amount", ("_line_subtotal", "_line_total")),
    ),
    helpers=("order_item_type",),
)

REFUNDS = TableLayout(
    "woocommerce.wc_orders.refunds",
    (),
    (
        MappedColumn("refunds.number", ("id",), "of the type `shop_order_refund`"),
        MappedColumn("refunds.order", ("parent_order_id",), "by its number"),
        MappedColumn("refunds.created_at", ("date_created_gmt",), IN_UTC),
        MappedColumn("refunds.amount", ("total_amount",), POSITIVE, amount("total_amount")),
    ),
    helpers=("type",),
)

REFUND_ITEMS = TableLayout(
    "woocommerce.woocommerce_order_items.refunds",
    (),
    (
        MappedColumn("refund_items.refund", ("order_id",)),
        MappedColumn("refund_items.line", ("order_item_id",), "counted from 1; with a quantity"),
        MappedColumn("refund_items.sku", ("_product_id", "_variation_id"), "as an order's line"),
        MappedColumn("refund_items.name", ("order_item_name",)),
        MappedColumn("refund_items.quantity", ("_qty",), POSITIVE),
        MappedColumn("refund_items.row_total", ("_line_total",), POSITIVE),
    ),
    helpers=("order_item_type",),
)

PRODUCTS = TableLayout(
    "woocommerce.posts",
    (),
    (
        MappedColumn(
            "products.sku",
            ("_sku", "ID"),
            "without one `product-` and the id",
            lambda row: row["_sku"] or f"product-{row['id']}",
        ),
        MappedColumn("products.name", ("post_title",)),
        MappedColumn(
            "products.product_type",
            ("post_type", "_downloadable", "_virtual"),
            "`downloadable` or `virtual` if it is one, else by the taxonomy `product_type`",
        ),
        MappedColumn(
            "products.price",
            (
                "_sale_price",
                "_regular_price",
                "_sale_price_dates_from",
                "_sale_price_dates_to",
            ),
            "the sale price where it has no dates",
        ),
        MappedColumn(
            "products.categories",
            ("post_parent",),
            "by the taxonomy `product_cat`, as paths; a variation has its parent's",
        ),
        MappedColumn(
            "products.attributes.*",
            ("_product_attributes", "attribute_*"),
            "a text; the code is the slug of the name; `brand` by the taxonomy `product_brand`",
        ),
    ),
    helpers=("post_status",),
)

TABLES = (CUSTOMERS, PRODUCTS, ORDERS, ORDER_ITEMS, REFUNDS, REFUND_ITEMS)
