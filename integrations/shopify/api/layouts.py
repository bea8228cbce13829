"""Objects of Shopify's Admin API: each field that is read and what it becomes."""

from integrations.shopify.layouts import order_state
from integrations.shops.apis.platforms import ApiLayout
from integrations.shops.files.layouts import MappedColumn, SourceRow
from integrations.shops.files.values import round_cell

KINDS = {"billing": "billingAddress", "shipping": "shippingAddress"}
# Our columns of an address and the fields that they come from.
ADDRESS_PARTS = {
    "first_name": ("firstName", "name"),
    "last_name": ("lastName", "name"),
    "company": ("company",),
    "street": ("address1", "address2"),
    "city": ("city",),
    "region": ("province",),
    "region_code": ("provinceCode",),
    "postcode": ("zip",),
    "country": ("countryCodeV2",),
    "telephone": ("phone",),
}
SUBSCRIBED = "SUBSCRIBED"
FRACTIONS = "four decimals at most; the shop's money"


def money(field: str) -> str:
    """Return the name of an amount in the shop's currency."""
    return f"{field}.shopMoney.amount"


def _amount(ours: str, field: str) -> MappedColumn:
    name = money(field)
    return MappedColumn(ours, (name,), FRACTIONS, lambda row: round_cell(row[name.lower()]))


def _places(sources: tuple[str, ...], rule: str = "") -> tuple[MappedColumn, ...]:
    return tuple(
        MappedColumn(
            f"addresses.{column}",
            tuple(f"{source}.{part}" for source in sources for part in parts),
            rule,
        )
        for column, parts in ADDRESS_PARTS.items()
    )


def accepts_marketing(row: SourceRow) -> str:
    """Return whether a customer is subscribed to mail."""
    state = row["emailmarketingconsent.marketingstate"]
    return str(state.upper() == SUBSCRIBED).lower()


CUSTOMERS = ApiLayout(
    "shopify.api.customers",
    (),
    (
        MappedColumn("customers.id", ("id",), "the number at its end"),
        MappedColumn("customers.email", ("email",), "trimmed", lambda row: row["email"].strip()),
        MappedColumn("customers.first_name", ("firstName",)),
        MappedColumn("customers.last_name", ("lastName",)),
        MappedColumn("customers.registered_at", ("createdAt",)),
        MappedColumn(
            "customers.accepts_marketing",
            ("emailMarketingConsent.marketingState",),
            "true for SUBSCRIBED, else false",
            accepts_marketing,
        ),
        MappedColumn("customers.tags", ("tags",)),
        MappedColumn(
            "customers.attributes.*",
            ("metafields",),
            "those of the setting `SHOPIFY_METAFIELDS`; NS.KEY becomes the text"
            " `attributes.NS_KEY`",
        ),
        *_places(("addresses",), "the default address is first and has both marks"),
        MappedColumn("addresses.telephone", ("phone",), "where the address has none"),
    ),
    helpers=("defaultAddress.id",),
    id_prefix="gid://shopify/Customer/",
)

PRODUCTS = ApiLayout(
    "shopify.api.products",
    (),
    (
        MappedColumn(
            "products.sku", ("variants.sku",), "without one `name-` and the slug of the name"
        ),
        MappedColumn(
            "products.name",
            ("title", "variants.selectedOptions"),
            "variants: with their options, joined by ` / `",
        ),
        MappedColumn(
            "products.product_type", ("isGiftCard",), "`giftcard` where it is true, else `simple`"
        ),
        MappedColumn("products.price", ("variants.price",)),
        MappedColumn("products.created_at", ("createdAt",)),
        MappedColumn(
            "products.categories",
            ("category.fullName", "productType", "collections"),
            "the category as a path, the type and the collections as categories at the top",
        ),
        MappedColumn("products.attributes.vendor", ("vendor",), "a text"),
    ),
    helpers=("id",),
    id_prefix="gid://shopify/Product/",
)

ORDERS = ApiLayout(
    "shopify.api.orders",
    (),
    (
        MappedColumn("orders.number", ("name",)),
        MappedColumn(
            "orders.customer",
            ("customer.id", "email", "phone"),
            "the account, else the one with the e-mail, else a guest; without an e-mail the"
            " account with this phone",
        ),
        MappedColumn(
            "orders.state",
            ("displayFinancialStatus", "cancelledAt", "displayFulfillmentStatus"),
            "canceled, closed, pending_payment, payment_review, new, complete, processing",
            lambda row: order_state(
                row["displayfinancialstatus"], row["cancelledat"], row["displayfulfillmentstatus"]
            ),
        ),
        MappedColumn(
            "orders.status",
            ("displayFinancialStatus",),
            "in lower case",
            lambda row: row["displayfinancialstatus"].lower(),
        ),
        MappedColumn("orders.created_at", ("createdAt",)),
        MappedColumn("orders.updated_at", ("updatedAt",)),
        MappedColumn("orders.currency", ("currencyCode",)),
        MappedColumn("orders.base_to_order_rate", ("currencyCode",), "the rate of the option"),
        _amount("orders.tax_amount", "totalTaxSet"),
        _amount("orders.shipping_amount", "totalShippingPriceSet"),
        _amount("orders.discount_amount", "totalDiscountsSet"),
        _amount("orders.grand_total", "totalPriceSet"),
        MappedColumn("orders.coupon_code", ("discountCodes",), "joined by a comma"),
        MappedColumn("orders.payment_method", ("paymentGatewayNames",), "joined by ` + `"),
        MappedColumn("orders.shipping_method", ("shippingLine.title",)),
        *(
            MappedColumn(f"orders.{kind}_{part}", (f"{source}.{name}",))
            for kind, source in KINDS.items()
            for part, name in (
                ("country", "countryCodeV2"),
                ("region", "provinceCode"),
                ("city", "city"),
                ("postcode", "zip"),
            )
        ),
        MappedColumn("order_items.line", ("lineItems.id",), "counted from 1 in each order"),
        MappedColumn(
            "order_items.sku",
            ("lineItems.sku", "lineItems.name"),
            "without one `name-` and the slug of the name",
        ),
        MappedColumn("order_items.name", ("lineItems.name",)),
        MappedColumn("order_items.quantity", ("lineItems.quantity",)),
        MappedColumn(
            "order_items.price", (money("lineItems.originalUnitPriceSet"),), "before the discount"
        ),
        MappedColumn("order_items.discount_amount", (money("lineItems.totalDiscountSet"),)),
        MappedColumn("refunds.number", ("refunds.id",), "the number at its end"),
        MappedColumn("refunds.order", ("name",)),
        MappedColumn("refunds.created_at", ("refunds.createdAt",)),
        MappedColumn("refunds.amount", (money("refunds.totalRefundedSet"),)),
        MappedColumn(
            "refund_items.line", ("refunds.refundLineItems",), "counted from 1; with a quantity"
        ),
        MappedColumn(
            "refund_items.sku", ("refunds.refundLineItems.lineItem.sku",), "as an order's line"
        ),
        MappedColumn("refund_items.name", ("refunds.refundLineItems.lineItem.name",)),
        MappedColumn("refund_items.quantity", ("refunds.refundLineItems.quantity",)),
        MappedColumn("refund_items.row_total", (money("refunds.refundLineItems.subtotalSet"),)),
        MappedColumn("customers.first_name", ("billingAddress.firstName",), "of a guest"),
        MappedColumn("customers.last_name", ("billingAddress.lastName",), "of a guest"),
        MappedColumn("customers.accepts_marketing", ("customerAcceptsMarketing",), "of a guest"),
        *_places(tuple(KINDS.values()), "of a guest"),
    ),
    helpers=("id",),
    id_prefix="gid://shopify/Order/",
)

# In the order in which they are read: objects that others refer to come first.
LAYOUTS = (CUSTOMERS, PRODUCTS, ORDERS)
