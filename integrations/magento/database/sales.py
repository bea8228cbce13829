"""Orders, credit memos and carts of Magento."""

from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from django.utils.translation import gettext_noop as _

from integrations.magento.database.layouts import (
    ADDRESS,
    CANCELED_REFUND,
    CART_ITEMS,
    CARTS,
    ORDER_ITEMS,
    ORDERS,
    REFUND_ITEMS,
    REFUNDS,
    STATES,
    address_of,
)
from integrations.magento.database.shop import MagentoShop
from integrations.shops.converting.conversion import Conversion, GuestOrder
from integrations.shops.databases.source import pivot
from integrations.shops.files.layouts import SourceRow

AMOUNT_UNIT = Decimal("0.0001")
RATE_UNIT = Decimal("0.0000000001")
CART, REFUND = "cart", "credit memo"
# Of what a guest is known where there is neither an order nor a subscription.
CART_OWNER = 2


def write_orders(shop: MagentoShop) -> None:
    """Write orders and their lines, and note the guests among the buyers."""
    source, conversion = shop.source, shop.conversion
    name = shop.name(ORDERS)
    more, joins = _joined_to_orders(shop)
    more["increment_id"], numbers = shop.number(ORDERS, "t")
    where = shop.only("t.entity_id", "orders")
    file = source.open(ORDERS, name, "entity_id", more=more, joins=joins + numbers, where=where)
    table = conversion.open_table("orders", [file], ("customer", "store", "base_to_order_rate"))
    read = conversion.reader(file, "orders")
    for row in conversion.rows(file):
        values = read(row)
        created = conversion.instant(row, "created_at", is_utc=True)
        if row["state"] not in STATES:
            conversion.warn_of_status()
        values.update(
            created_at=created,
            updated_at=conversion.instant(row, "updated_at", is_utc=True),
            store=shop.store(row["store_id"]),
            base_to_order_rate=_order_rate(conversion, row),
            customer=conversion.customer_of(
                account=row["customer_id"],
                email=row["customer_email"] or row["billing_email"],
                website=shop.website_of_store(row["store_id"]),
                order=lambda row=row, created=created: GuestOrder(  # type: ignore[misc]
                    created,
                    row["increment_id"],
                    shop.place(row["store_id"]),
                    {
                        "first_name": row.first(("billing_firstname", "customer_firstname")),
                        "last_name": row.first(("billing_lastname", "customer_lastname")),
                    },
                    address_of(row, "billing"),
                    address_of(row, "shipping"),
                ),
                row=row,
            ),
        )
        if not conversion.has_refused(row):
            table.write(values, row.file, row.place)
    _write_order_items(shop)


def _joined_to_orders(shop: MagentoShop) -> tuple[dict[str, str], str]:
    """Return what addresses and payments add to an order, a row of each at most."""
    source = shop.source
    addresses = f"{shop.name(ORDERS)}_address"
    payments = f"{shop.name(ORDERS)}_payment"
    kinds = {"billing": "'billing'", "shipping": "'shipping'"}
    numbers, joins = pivot(
        source,
        addresses,
        "parent_id",
        kinds,
        alias="a",
        on="t.entity_id",
        by="address_type",
        value="entity_id",
        where=shop.only("p.parent_id", "orders"),
    )
    more = {}
    for kind, number in numbers.items():
        joins += f" LEFT JOIN {source.table(addresses)} AS {kind} ON {kind}.entity_id = {number}"
        for column in (*ADDRESS.values(), "email"):
            more[f"{kind}_{column}"] = source.column(addresses, column, kind)
        # Only some versions store the region's number in an order.
        region = source.column(addresses, "region_id", kind)
        code = "NULL"
        if region != "NULL" and source.has("directory_country_region"):
            regions = source.table("directory_country_region")
            joins += f" LEFT JOIN {regions} AS {kind}_r ON {kind}_r.region_id = {region}"
            code = f"{kind}_r.code"
        more[f"{kind}_region_code"] = code
    if source.has(payments):
        joins += (
            " LEFT JOIN (SELECT parent_id AS owner, MIN(entity_id) AS number FROM"
            f" {source.table(payments)} WHERE {shop.only('parent_id', 'orders')}"
            " GROUP BY parent_id) AS y ON y.owner = t.entity_id"
            f" LEFT JOIN {source.table(payments)} AS payment ON payment.entity_id = y.number"
        )
        more["payment_method"] = "payment.method"
    return more, joins


def _order_rate(conversion: Conversion, row: SourceRow) -> str:
    """Return units of the order's currency for one unit of the shop's base currency."""
    base, currency = row["base_currency_code"], row["order_currency_code"]
    own = row["base_to_order_rate"]
    if not own or not Decimal(own):
        if currency != base:
            return conversion.rate(row, "order_currency_code")
        own = "1"
    rate = conversion.rate(row, "base_currency_code")
    if rate == "1":
        return own
    product = Decimal(own) * Decimal(rate)
    return str(product.quantize(RATE_UNIT, ROUND_HALF_UP))


def _write_order_items(shop: MagentoShop) -> None:
    source, conversion = shop.source, shop.conversion
    orders = source.table(shop.name(ORDERS))
    number, numbers = shop.number(ORDERS, "o")
    file = source.open(
        ORDER_ITEMS,
        shop.name(ORDER_ITEMS),
        "item_id",
        more={"order_number": number},
        joins=f"STRAIGHT_JOIN {orders} AS o ON o.entity_id = t.order_id{numbers}",
        where=shop.only("t.order_id", "orders"),
        order="t.order_id, t.item_id",
    )
    table = conversion.open_table("order_items", [file])
    read = conversion.reader(file, "order_items")
    for _order, rows in groupby(conversion.rows(file), lambda row: row["order_id"]):
        lines: dict[str, str] = {}
        for row in rows:
            values = read(row)
            values["order"] = row["order_number"]
            values["line"] = lines[str(row.place)] = str(len(lines) + 1)
            values["parent_line"] = _parent_line(conversion, row, lines)
            conversion.note_line_sku(values["sku"])
            table.write(values, row.file, row.place)


def _parent_line(conversion: Conversion, row: SourceRow, lines: dict[str, str]) -> str:
    """Return the number of the line that a line is a part of; "" for a top line."""
    parent = row["parent_item_id"]
    if not parent:
        return ""
    if parent not in lines:
        conversion.refuse_cell(row, "parent_item_id", "no_parent_line", parent)
        return ""
    return lines[parent]


def write_refunds(shop: MagentoShop) -> None:
    """Write credit memos and their lines."""
    source, conversion = shop.source, shop.conversion
    name = shop.name(REFUNDS)
    if not source.has(name):
        return
    orders = source.table(shop.name(ORDERS))
    order, orders_numbers = shop.number(ORDERS, "o")
    number, numbers = shop.number(REFUNDS, "t")
    file = source.open(
        REFUNDS,
        name,
        "entity_id",
        more={"order_number": order, "increment_id": number},
        joins=f"LEFT JOIN {orders} AS o ON o.entity_id = t.order_id{orders_numbers}{numbers}",
        where=shop.only("t.order_id", "orders"),
    )
    table = conversion.open_table("refunds", [file])
    read = conversion.reader(file, "refunds")
    for row in conversion.rows(file):
        conversion.scratch.add_name(REFUND, row["increment_id"])
        if row["state"] == CANCELED_REFUND:
            conversion.plan.left_out["refunds", _("canceled")] += 1
            conversion.scratch.add_name("canceled refund", row["increment_id"])
            continue
        values = read(row)
        values["order"] = row["order_number"]
        values["created_at"] = conversion.instant(row, "created_at", is_utc=True)
        table.write(values, row.file, row.place)
    _write_refund_items(shop)


def _write_refund_items(shop: MagentoShop) -> None:
    source, conversion = shop.source, shop.conversion
    memos, items = source.table(shop.name(REFUNDS)), source.table(shop.name(ORDER_ITEMS))
    number, numbers = shop.number(REFUNDS, "r")
    file = source.open(
        REFUND_ITEMS,
        shop.name(REFUND_ITEMS),
        "entity_id",
        more={"refund_number": number, "product_type": "i.product_type"},
        joins=(
            f"STRAIGHT_JOIN {memos} AS r ON r.entity_id = t.parent_id"
            f" LEFT JOIN {items} AS i ON i.item_id = t.order_item_id{numbers}"
        ),
        where=(
            f"COALESCE(r.state, 0) <> {CANCELED_REFUND} AND t.qty > 0 AND i.parent_item_id IS NULL"
            f" AND {shop.only('r.order_id', 'orders')}"
        ),
        order="t.parent_id, t.entity_id",
    )
    table = conversion.open_table("refund_items", [file])
    read = conversion.reader(file, "refund_items")
    for _memo, rows in groupby(conversion.rows(file), lambda row: row["parent_id"]):
        for line, row in enumerate(rows, 1):
            values = read(row)
            values["refund"] = row["refund_number"]
            values["line"] = str(line)
            conversion.note_line_sku(values["sku"])
            table.write(values, row.file, row.place)


def write_carts(shop: MagentoShop) -> None:
    """Write the carts with lines of somebody, and note the guests among their owners."""
    source, conversion = shop.source, shop.conversion
    name = shop.name(CARTS)
    if not source.has(name):
        return
    items = source.table(shop.name(CART_ITEMS))
    file = source.open(
        CARTS,
        name,
        "entity_id",
        more={"count_of_lines": "l.lines"},
        joins=(
            "LEFT JOIN (SELECT quote_id AS owner, COUNT(*) AS `lines` FROM"
            f" {items} WHERE {shop.only('quote_id', 'carts')}"
            " GROUP BY quote_id) AS l ON l.owner = t.entity_id"
        ),
        where=shop.only("t.entity_id", "carts"),
    )
    table = conversion.open_table("carts", [file])
    read = conversion.reader(file, "carts")
    for row in conversion.rows(file):
        left_out = conversion.plan.left_out
        if not row["count_of_lines"]:
            left_out["carts", _("without lines")] += 1
            continue
        at = conversion.instant(row, "created_at", is_utc=True)
        updated = conversion.instant(row, "updated_at", is_utc=True)
        created = at or updated
        customer = conversion.customer_of(
            account=row["customer_id"],
            email=row["customer_email"],
            website=shop.website_of_store(row["store_id"]),
            order=lambda row=row, created=created: GuestOrder(  # type: ignore[misc]
                created, str(row.place), shop.place(row["store_id"]), {}, {}, {}
            ),
            row=row,
            rank=CART_OWNER,
        )
        if not customer:
            left_out["carts", _("of nobody")] += 1
            continue
        values = read(row)
        values.update(
            customer=customer,
            store=shop.store(row["store_id"]),
            created_at=created,
            updated_at=updated or created,
            subtotal=_in_base(conversion, row, "base_subtotal"),
            grand_total=_in_base(conversion, row, "base_grand_total"),
        )
        if conversion.has_refused(row):
            continue
        conversion.scratch.add_name(CART, str(row.place), created)
        table.write(values, row.file, row.place)
    _write_cart_items(shop)


def _in_base(conversion: Conversion, row: SourceRow, column: str) -> str:
    """Return an amount in the website's base currency as one in the shop's."""
    cell = row[column]
    rate = conversion.rate(row, "base_currency_code", orders=0)
    if rate == "1" or not cell:
        return cell
    return str((Decimal(cell) / Decimal(rate)).quantize(AMOUNT_UNIT, ROUND_HALF_UP))


def _write_cart_items(shop: MagentoShop) -> None:
    source, conversion = shop.source, shop.conversion
    carts = source.table(shop.name(CARTS))
    file = source.open(
        CART_ITEMS,
        shop.name(CART_ITEMS),
        "item_id",
        more={"base_currency_code": "q.base_currency_code"},
        joins=f"STRAIGHT_JOIN {carts} AS q ON q.entity_id = t.quote_id",
        where=shop.only("t.quote_id", "carts"),
        order="t.quote_id, t.item_id",
    )
    table = conversion.open_table("cart_items", [file])
    read = conversion.reader(file, "cart_items")
    for cart, rows in groupby(conversion.rows(file), lambda row: row["quote_id"]):
        created = conversion.scratch.name(CART, cart)
        lines: dict[str, str] = {}
        for row in rows:
            if created is None:
                continue
            at = conversion.instant(row, "created_at", is_utc=True)
            updated = conversion.instant(row, "updated_at", is_utc=True)
            values = read(row)
            values["line"] = lines[str(row.place)] = str(len(lines) + 1)
            values.update(
                parent_line=_parent_line(conversion, row, lines),
                price=_in_base(conversion, row, "base_price"),
                row_total=_in_base(conversion, row, "base_row_total"),
                added_at=at or updated or created,
                updated_at=updated,
            )
            conversion.note_line_sku(values["sku"])
            table.write(values, row.file, row.place)
