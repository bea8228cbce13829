"""Orders and refunds of WooCommerce."""

from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import groupby

from django.utils.translation import gettext_noop as _

from integrations.shops.databases.source import DatabaseSource, pivot
from integrations.shops.files.layouts import SourceRow
from integrations.shops.files.values import round_cell
from integrations.woocommerce.conversion import guest_order
from integrations.woocommerce.database.catalog import line_sku, quote_text
from integrations.woocommerce.database.layouts import (
    ADDRESS_PARTS,
    KINDS,
    ORDER_ITEMS,
    ORDERS,
    REFUND_ITEMS,
    REFUNDS,
)
from integrations.woocommerce.layouts import LEFT_OUT, STATES, price_of, status_of

ORDER = "order"
REFUND = "refund"
NOBODY = "0"
ITEM_META = ("_product_id", "_variation_id", "_qty", "_line_subtotal", "_line_total")


def write_orders(source: DatabaseSource) -> None:
    """Write orders with lines and refunds, and note the guests among the buyers."""
    conversion = source.conversion
    more, joins = _order_joins(source)
    file = source.open(
        ORDERS, "wc_orders", "id", more=more, joins=joins, where="t.type = 'shop_order'"
    )
    table = conversion.open_table("orders", [file])
    read = conversion.reader(file, "orders")
    left_out = conversion.plan.left_out
    for row in conversion.rows(file):
        status = status_of(row)
        if status in LEFT_OUT:
            left_out["orders", status] += 1
            continue
        if status not in STATES:
            conversion.warn_of_status()
        values = read(row)
        created = conversion.instant(row, "date_created_gmt", is_utc=True)
        account = row["customer_id"]
        values.update(
            created_at=created,
            updated_at=conversion.instant(row, "date_updated_gmt", is_utc=True),
            base_to_order_rate=conversion.rate(row, "currency"),
            customer=conversion.customer_of(
                account="" if account == NOBODY else account,
                email=row["billing_email"],
                order=partial(guest_order, row, created, values["number"]),
                row=row,
            ),
        )
        if conversion.has_refused(row):
            continue
        conversion.scratch.add_name(ORDER, str(row.place), values["number"])
        if (coupons := int(row["count_of_coupons"] or 0)) > 1:
            left_out["coupons", _("an order keeps its first coupon only")] += coupons - 1
        table.write(values, row.file, row.place)
    _write_items(source)
    _write_refunds(source)


def _order_joins(source: DatabaseSource) -> tuple[dict[str, str], str]:
    """Return what other tables say of an order, a row of each at most."""
    more: dict[str, str] = {}
    numbers, joins = pivot(
        source,
        "wc_order_addresses",
        "order_id",
        {kind: quote_text(kind) for kind in KINDS},
        alias="a",
        on="t.id",
        by="address_type",
        value="id",
    )
    for kind, number in numbers.items():
        addresses = source.table("wc_order_addresses")
        joins += f" LEFT JOIN {addresses} AS {kind} ON {kind}.id = {number}"
        for part in ADDRESS_PARTS:
            more[f"{kind}_{part}"] = source.column("wc_order_addresses", part, kind)
    if source.has("wc_order_operational_data"):
        amounts = ("shipping_total_amount", "discount_total_amount")
        columns = ", ".join(f"MAX({one}) AS {one}" for one in amounts)
        joins += (
            f" LEFT JOIN (SELECT order_id AS owner, {columns} FROM"
            f" {source.table('wc_order_operational_data')} GROUP BY order_id) AS d"
            " ON d.owner = t.id"
        )
        more.update({one: f"d.{one}" for one in amounts})
    items = source.table("woocommerce_order_items")
    joins += (
        " LEFT JOIN (SELECT order_id AS owner,"
        " MIN(CASE WHEN order_item_type = 'coupon' THEN order_item_id END) AS coupon,"
        " MIN(CASE WHEN order_item_type = 'shipping' THEN order_item_id END) AS shipping,"
        " SUM(order_item_type = 'coupon') AS coupons"
        f" FROM {items} WHERE order_item_type IN ('coupon', 'shipping') GROUP BY order_id) AS n"
        " ON n.owner = t.id"
        f" LEFT JOIN {items} AS coupon ON coupon.order_item_id = n.coupon"
        f" LEFT JOIN {items} AS way ON way.order_item_id = n.shipping"
    )
    more["coupon"] = "coupon.order_item_name"
    more["shipping_title"] = "way.order_item_name"
    more["count_of_coupons"] = "n.coupons"
    if source.has("wc_orders_meta"):
        columns_of_meta, join = pivot(
            source,
            "wc_orders_meta",
            "order_id",
            {"order_number": "'_order_number'"},
            alias="w",
            on="t.id",
            by="meta_key",
            value="meta_value",
        )
        more.update(columns_of_meta)
        joins += join
    return more, joins


def _items(source: DatabaseSource) -> tuple[dict[str, str], str]:
    return pivot(
        source,
        "woocommerce_order_itemmeta",
        "order_item_id",
        {key: quote_text(key) for key in ITEM_META},
        alias="m",
        on="t.order_item_id",
        by="meta_key",
        value="meta_value",
    )


def _write_items(source: DatabaseSource) -> None:
    conversion = source.conversion
    more, joins = _items(source)
    file = source.open(
        ORDER_ITEMS,
        "woocommerce_order_items",
        "order_item_id",
        more=more,
        joins=joins,
        where="t.order_item_type = 'line_item'",
        order="t.order_id, t.order_item_id",
    )
    table = conversion.open_table("order_items", [file])
    for order, rows in groupby(conversion.rows(file), lambda row: row["order_id"]):
        number = conversion.scratch.name(ORDER, order)
        for line, row in enumerate(rows, 1):
            # Lines of refunds and drafts stand in this table, too.
            if number is None:
                continue
            total, quantity = row["_line_subtotal"] or row["_line_total"], row["_qty"]
            try:
                price = price_of(total, quantity)
                discount = Decimal(total) - Decimal(row["_line_total"] or total)
            except (ValueError, ArithmeticError):
                conversion.refuse_cell(row, "_line_subtotal", "number", total)
                continue
            sku = line_sku(conversion, row)
            conversion.note_line_sku(sku)
            values = {
                "order": number,
                "line": str(line),
                "sku": sku,
                "name": row["order_item_name"],
                "quantity": round_cell(quantity),
                "price": price,
                "row_total": round_cell(total),
                "discount_amount": round_cell(str(discount)),
            }
            table.write(values, row.file, row.place)


def _write_refunds(source: DatabaseSource) -> None:
    conversion = source.conversion
    file = source.open(REFUNDS, "wc_orders", "id", where="t.type = 'shop_order_refund'")
    table = conversion.open_table("refunds", [file])
    read = conversion.reader(file, "refunds")
    for row in conversion.rows(file):
        number = conversion.scratch.name(ORDER, row["parent_order_id"])
        if number is None:
            conversion.plan.left_out["refunds", _("of orders that are left out")] += 1
            continue
        values = read(row)
        values["order"] = number
        values["created_at"] = conversion.instant(row, "date_created_gmt", is_utc=True)
        conversion.scratch.add_name(REFUND, str(row.place))
        table.write(values, row.file, row.place)
    _write_refund_items(source)


def _write_refund_items(source: DatabaseSource) -> None:
    conversion = source.conversion
    more, joins = _items(source)
    file = source.open(
        REFUND_ITEMS,
        "woocommerce_order_items",
        "order_item_id",
        more=more,
        joins=(f"STRAIGHT_JOIN {source.table('wc_orders')} AS o ON o.id = t.order_id{joins}"),
        where="t.order_item_type = 'line_item' AND o.type = 'shop_order_refund'",
        order="t.order_id, t.order_item_id",
    )
    table = conversion.open_table("refund_items", [file])
    for refund, rows in groupby(conversion.rows(file), lambda row: row["order_id"]):
        if conversion.scratch.name(REFUND, refund) is None:
            continue
        line = 0
        for row in rows:
            quantity, total = _size(row, "_qty"), _size(row, "_line_total")
            if not quantity:
                continue
            line += 1
            sku = line_sku(conversion, row)
            conversion.note_line_sku(sku)
            values = {
                "refund": refund,
                "line": str(line),
                "sku": sku,
                "name": row["order_item_name"],
                "quantity": round_cell(str(quantity)),
                "row_total": round_cell(str(total)),
            }
            table.write(values, row.file, row.place)


def _size(row: SourceRow, column: str) -> Decimal:
    """Return an amount without its sign; 0 where there is none."""
    try:
        return abs(Decimal(row[column] or "0"))
    except InvalidOperation:
        return Decimal(0)
