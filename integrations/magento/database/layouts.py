"""Tables of Magento 2, and of Magento 1, OpenMage and Maho: each column and what it becomes."""

from customers.models.identity.newsletter import SubscriptionStatus
from integrations.magento.layouts import one_line
from integrations.shops.databases.layouts import TableLayout
from integrations.shops.files.layouts import MappedColumn, SourceRow
from integrations.shops.files.values import round_cell

STATES = (
    "new",
    "pending_payment",
    "processing",
    "complete",
    "closed",
    "canceled",
    "holded",
    "payment_review",
)
GENDERS = ("Male", "Female")
STATUSES = {
    "1": SubscriptionStatus.SUBSCRIBED,
    "2": SubscriptionStatus.NOT_ACTIVE,
    "3": SubscriptionStatus.UNSUBSCRIBED,
    "4": SubscriptionStatus.UNCONFIRMED,
}
CANCELED_REFUND = "3"
IN_UTC = "in UTC"
ADDRESS = {
    "first_name": "firstname",
    "last_name": "lastname",
    "company": "company",
    "street": "street",
    "city": "city",
    "region": "region",
    "postcode": "postcode",
    "country": "country_id",
    "telephone": "telephone",
}
ADDRESS_RULES = {"street": "line breaks become commas"}
# Parts of an order's addresses that the order keeps.
PLACES = {"country": "country_id", "region": "region", "city": "city", "postcode": "postcode"}


def order_sku(row: SourceRow) -> str:
    """Return a line's SKU, or one from its product's number."""
    return row["sku"] or f"product-{row['product_id']}"


def address_of(row: SourceRow, kind: str) -> dict[str, str]:
    """Return the billing or the shipping address of an order."""
    found = {ours: row[f"{kind}_{theirs}"] for ours, theirs in ADDRESS.items()}
    found["street"] = one_line(found["street"])
    return {**found, "region_code": row[f"{kind}_region_code"]}


WEBSITES = TableLayout(
    "magento.store_website",
    (),
    (
        MappedColumn("websites.code", ("code",), "without `admin`"),
        MappedColumn("websites.name", ("name",)),
        MappedColumn(
            "websites.timezone",
            ("timezone",),
            "`general/locale/timezone` of `core_config_data`: the website's, else the default, else"
            " UTC",
        ),
    ),
    older="core_website",
)

STORES = TableLayout(
    "magento.store",
    (),
    (
        MappedColumn("stores.code", ("code",), "without `admin`"),
        MappedColumn("stores.name", ("name",)),
        MappedColumn("stores.website", ("website_id",), "by its code"),
    ),
    older="core_store",
)

GROUPS = TableLayout(
    "magento.customer_group",
    (),
    (
        MappedColumn(
            "customer_groups.code",
            ("customer_group_code",),
            "the slug of its name, of a second one with `-2`",
        ),
        MappedColumn("customer_groups.name", ("customer_group_code",)),
    ),
)

CUSTOMERS = TableLayout(
    "magento.customer_entity",
    (),
    (
        MappedColumn("customers.id", ("entity_id",)),
        MappedColumn("customers.email", ("email",), "trimmed", lambda row: row["email"].strip()),
        MappedColumn("customers.first_name", ("firstname",)),
        MappedColumn("customers.last_name", ("lastname",)),
        MappedColumn("customers.gender", ("gender",), "by the option's label, never its number"),
        MappedColumn("customers.date_of_birth", ("dob",), "the date", lambda row: row["dob"][:10]),
        MappedColumn("customers.group", ("group_id",), "by its code"),
        MappedColumn("customers.website", ("website_id",), "by its code"),
        MappedColumn(
            "customers.store", ("store_id",), "by its code; none: the website's default store"
        ),
        MappedColumn("customers.registered_at", ("created_at",), IN_UTC),
        MappedColumn(
            "customers.is_active",
            ("is_active",),
            "",
            lambda row: row["is_active"] or "true",
        ),
        MappedColumn(
            "customers.attributes.*",
            ("attributes.*",),
            "custom attributes by their codes: choices by the labels of store 0",
        ),
    ),
)

ADDRESSES = TableLayout(
    "magento.customer_address_entity",
    (),
    (
        MappedColumn("addresses.customer", ("parent_id",)),
        *(
            MappedColumn(
                f"addresses.{ours}",
                (theirs,),
                ADDRESS_RULES.get(ours, ""),
                (lambda row: one_line(row["street"])) if ours == "street" else None,
            )
            for ours, theirs in ADDRESS.items()
        ),
        MappedColumn("addresses.region_code", ("region_id",), "by `directory_country_region`"),
        MappedColumn("addresses.is_default_billing", ("default_billing",), "of the customer"),
        MappedColumn("addresses.is_default_shipping", ("default_shipping",), "of the customer"),
    ),
)

SUBSCRIPTIONS = TableLayout(
    "magento.newsletter_subscriber",
    (),
    (
        MappedColumn(
            "newsletter_subscriptions.customer",
            ("customer_id", "subscriber_email"),
            "the account, else the one with the e-mail on the store's website, else a guest",
        ),
        MappedColumn("newsletter_subscriptions.store", ("store_id",), "by its code"),
        MappedColumn(
            "newsletter_subscriptions.status",
            ("subscriber_status",),
            "1 to 4: subscribed, not_active, unsubscribed, unconfirmed",
        ),
        MappedColumn(
            "newsletter_subscriptions.status_changed_at",
            ("change_status_at",),
            "in UTC; without a time the customer's registration; of several of a store the latest",
        ),
        MappedColumn(
            "customers.accepts_marketing",
            ("subscriber_status",),
            "true if any store has a subscription, false if there are others only",
        ),
    ),
    helpers=("subscriber_id",),
)

LOGINS = TableLayout(
    "magento.customer_log",
    (),
    (
        MappedColumn("logins.customer", ("customer_id",)),
        MappedColumn(
            "logins.logged_in_at",
            ("last_login_at", "login_at"),
            "in UTC; Magento 2 knows the last one only",
        ),
    ),
    older="log_customer",
)

CATEGORIES = TableLayout(
    "magento.catalog_category_entity",
    (),
    (
        MappedColumn("categories.code", ("entity_id",), "`category-` and the number"),
        MappedColumn("categories.name", ("name",), "of store 0"),
        MappedColumn("categories.parent", ("parent_id",), "from level 2 down"),
    ),
    helpers=("level",),
)

PRODUCTS = TableLayout(
    "magento.catalog_product_entity",
    (),
    (
        MappedColumn("products.sku", ("sku",)),
        MappedColumn(
            "products.name", ("name",), "of store 0", lambda row: row["name"] or row["sku"]
        ),
        MappedColumn("products.product_type", ("type_id",)),
        MappedColumn(
            "products.price", ("price",), "of store 0", lambda row: round_cell(row["price"])
        ),
        MappedColumn("products.categories", ("entity_id",), "by `catalog_category_product`"),
        MappedColumn(
            "products.attributes.*", ("attributes.*",), "custom attributes: values of store 0"
        ),
    ),
)

ORDERS = TableLayout(
    "magento.sales_order",
    (),
    (
        MappedColumn("orders.number", ("increment_id",)),
        MappedColumn(
            "orders.customer",
            ("customer_id", "customer_email"),
            "the account, else the one with the e-mail on the store's website, else a guest",
        ),
        MappedColumn("orders.store", ("store_id",), "by its code"),
        MappedColumn(
            "orders.state",
            ("state",),
            "one that is not known is processing",
            lambda row: row["state"] if row["state"] in STATES else "processing",
        ),
        MappedColumn("orders.status", ("status",)),
        MappedColumn("orders.created_at", ("created_at",), IN_UTC),
        MappedColumn("orders.updated_at", ("updated_at",), IN_UTC),
        MappedColumn("orders.currency", ("order_currency_code",)),
        MappedColumn(
            "orders.base_to_order_rate",
            ("base_to_order_rate", "base_currency_code"),
            "times --rate where the website's base currency is another",
        ),
        MappedColumn("orders.total_quantity", ("total_qty_ordered",)),
        MappedColumn("orders.subtotal", ("subtotal",)),
        MappedColumn("orders.tax_amount", ("tax_amount",)),
        MappedColumn("orders.shipping_amount", ("shipping_amount",)),
        MappedColumn("orders.discount_amount", ("discount_amount",), "without its sign"),
        MappedColumn("orders.grand_total", ("grand_total",)),
        MappedColumn("orders.payment_method", ("payment_method",), "by `sales_order_payment`"),
        MappedColumn("orders.shipping_method", ("shipping_method",)),
        MappedColumn("orders.coupon_code", ("coupon_code",)),
        *(
            MappedColumn(
                f"orders.{kind}_{ours}",
                (f"{kind}_{theirs}",),
                "by `sales_order_address`" if ours == "country" else "",
            )
            for kind in ("billing", "shipping")
            for ours, theirs in PLACES.items()
        ),
        MappedColumn(
            "customers.first_name", ("billing_firstname", "customer_firstname"), "of a guest"
        ),
        MappedColumn(
            "customers.last_name", ("billing_lastname", "customer_lastname"), "of a guest"
        ),
        *(
            MappedColumn(
                f"addresses.{ours}", (f"billing_{theirs}", f"shipping_{theirs}"), "of a guest"
            )
            for ours, theirs in ADDRESS.items()
            if ours not in PLACES
        ),
    ),
    older="sales_flat_order",
)

ORDER_ITEMS = TableLayout(
    "magento.sales_order_item",
    (),
    (
        MappedColumn("order_items.order", ("order_id",), "by its number"),
        MappedColumn("order_items.line", ("item_id",), "counted from 1 in each order"),
        MappedColumn("order_items.parent_line", ("parent_item_id",)),
        MappedColumn(
            "order_items.sku",
            ("sku", "product_id"),
            "without one `product-` and the product's number",
            order_sku,
        ),
        MappedColumn("order_items.name", ("name",)),
        MappedColumn("order_items.product_type", ("product_type",)),
        MappedColumn("order_items.quantity", ("qty_ordered",)),
        MappedColumn("order_items.price", ("price",)),
        MappedColumn("order_items.row_total", ("row_total",)),
        MappedColumn("order_items.row_total_incl_tax", ("row_total_incl_tax",)),
        MappedColumn("order_items.discount_amount", ("discount_amount",)),
    ),
    older="sales_flat_order_item",
)

REFUNDS = TableLayout(
    "magento.sales_creditmemo",
    (),
    (
        MappedColumn("refunds.number", ("increment_id",), "canceled ones are left out"),
        MappedColumn("refunds.order", ("order_id",), "by its number"),
        MappedColumn("refunds.created_at", ("created_at",), IN_UTC),
        MappedColumn("refunds.amount", ("grand_total",)),
    ),
    older="sales_flat_creditmemo",
    helpers=("state",),
)

REFUND_ITEMS = TableLayout(
    "magento.sales_creditmemo_item",
    (),
    (
        MappedColumn("refund_items.refund", ("parent_id",), "by its number"),
        MappedColumn(
            "refund_items.line",
            ("entity_id",),
            "counted from 1; with a quantity, and of a top line of the order",
        ),
        MappedColumn(
            "refund_items.sku",
            ("sku", "product_id"),
            "without one `product-` and the product's number",
            order_sku,
        ),
        MappedColumn("refund_items.name", ("name",)),
        MappedColumn("refund_items.product_type", ("product_type",), "the order line's"),
        MappedColumn("refund_items.quantity", ("qty",)),
        MappedColumn("refund_items.row_total", ("row_total",)),
    ),
    older="sales_flat_creditmemo_item",
)

CARTS = TableLayout(
    "magento.quote",
    (),
    (
        MappedColumn("carts.id", ("entity_id",)),
        MappedColumn(
            "carts.customer",
            ("customer_id", "customer_email"),
            "as an order's; carts without either or without lines are left out",
        ),
        MappedColumn("carts.store", ("store_id",), "by its code"),
        MappedColumn("carts.is_active", ("is_active",)),
        MappedColumn("carts.created_at", ("created_at",), IN_UTC),
        MappedColumn("carts.updated_at", ("updated_at", "created_at"), IN_UTC),
        MappedColumn("carts.items_count", ("items_count",)),
        MappedColumn("carts.items_quantity", ("items_qty",)),
        MappedColumn("carts.subtotal", ("base_subtotal", "base_currency_code"), "by --rate"),
        MappedColumn("carts.grand_total", ("base_grand_total", "base_currency_code"), "by --rate"),
        MappedColumn("carts.coupon_code", ("coupon_code",)),
        MappedColumn(
            "carts.applied_rules",
            ("applied_rule_ids",),
            "",
            lambda row: "|".join(
                filter(None, (one.strip() for one in row["applied_rule_ids"].split(",")))
            ),
        ),
    ),
    older="sales_flat_quote",
)

CART_ITEMS = TableLayout(
    "magento.quote_item",
    (),
    (
        MappedColumn("cart_items.cart", ("quote_id",)),
        MappedColumn("cart_items.line", ("item_id",), "counted from 1 in each cart"),
        MappedColumn("cart_items.parent_line", ("parent_item_id",)),
        MappedColumn(
            "cart_items.sku",
            ("sku", "product_id"),
            "without one `product-` and the product's number",
            order_sku,
        ),
        MappedColumn("cart_items.name", ("name",)),
        MappedColumn("cart_items.product_type", ("product_type",)),
        MappedColumn("cart_items.quantity", ("qty",)),
        MappedColumn("cart_items.price", ("base_price",), "by --rate"),
        MappedColumn("cart_items.row_total", ("base_row_total",), "by --rate"),
        MappedColumn("cart_items.added_at", ("created_at",), IN_UTC),
        MappedColumn("cart_items.updated_at", ("updated_at",), IN_UTC),
    ),
    older="sales_flat_quote_item",
)

WISHLISTS = TableLayout(
    "magento.wishlist",
    (),
    (
        MappedColumn("wishlists.customer", ("customer_id",)),
        MappedColumn("wishlists.is_shared", ("shared",), "", lambda row: row["shared"] or "0"),
    ),
)

WISHLIST_ITEMS = TableLayout(
    "magento.wishlist_item",
    (),
    (
        MappedColumn("wishlist_items.customer", ("customer_id",), "by `wishlist`"),
        MappedColumn(
            "wishlist_items.sku", ("product_id",), "by the product; deleted ones are left out"
        ),
        MappedColumn("wishlist_items.added_at", ("added_at",), "of twice the same the later"),
    ),
)

VIEWS = TableLayout(
    "magento.report_event",
    (),
    (
        MappedColumn("product_views.customer", ("subject_id",), "type 1, subtype 0"),
        MappedColumn("product_views.sku", ("object_id",), "by the product; deleted: left out"),
        MappedColumn("product_views.viewed_at", ("logged_at",), IN_UTC),
    ),
)

LAST_VIEWS = TableLayout(
    "magento.report_viewed_product_index",
    (),
    (
        MappedColumn(
            "product_views.customer", ("customer_id",), "where `report_event` has no such view"
        ),
        MappedColumn("product_views.sku", ("product_id",), "by the product; deleted: left out"),
        MappedColumn("product_views.viewed_at", ("added_at",), IN_UTC),
    ),
)

TABLES = (
    WEBSITES,
    STORES,
    GROUPS,
    CUSTOMERS,
    ADDRESSES,
    SUBSCRIPTIONS,
    LOGINS,
    CATEGORIES,
    PRODUCTS,
    ORDERS,
    ORDER_ITEMS,
    REFUNDS,
    REFUND_ITEMS,
    CARTS,
    CART_ITEMS,
    WISHLISTS,
    WISHLIST_ITEMS,
    VIEWS,
    LAST_VIEWS,
)
