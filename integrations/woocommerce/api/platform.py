"""Blocks of objects of WooCommerce's REST API on their way to our files."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

from django.utils.translation import gettext_noop as _

from customers.imports.report import ImportReport
from customers.models import Order
from integrations.shops.apis.platforms import ApiPlatform, Mentions, ObjectFile, ShopObject
from integrations.shops.converting.conversion import Conversion
from integrations.shops.converting.latest_orders import load_latest_orders
from integrations.shops.converting.output import OutputTable
from integrations.shops.converting.refunds import ListedRefunds
from integrations.shops.files.layouts import SourceRow
from integrations.shops.files.values import round_cell, text
from integrations.shops.sources import with_prefix
from integrations.woocommerce.api.catalog import convert_products, elements
from integrations.woocommerce.api.layouts import LAYOUTS, number_of
from integrations.woocommerce.api.reader import ORDER, connect
from integrations.woocommerce.conversion import (
    ADDRESS_COLUMNS,
    AccountTables,
    guest_order,
)
from integrations.woocommerce.layouts import (
    LEFT_OUT,
    STATES,
    price_of,
    status_of,
)

NOBODY = "0"


def mentions(kind: str, objects: Sequence[ShopObject]) -> Mentions:
    """Return the customers and orders that a block of objects names."""
    if kind == "customers":
        return Mentions(
            {str(one["id"]) for one in objects}, {text(one.get("email")) for one in objects}
        )
    if kind != "orders":
        return Mentions()
    return Mentions(
        {text(one.get("customer_id")) for one in objects} - {NOBODY, ""},
        {text((one.get("billing") or {}).get("email")).strip() for one in objects} - {""},
        {text(one.get("number")) or str(one["id"]) for one in objects},
    )


def convert(
    conversion: Conversion, file: ObjectFile, named: Mentions
) -> Callable[[ImportReport], None] | None:
    """Write what a block of one kind says; return what is to be done when it is stored."""
    kind = file.layout.kind
    if kind == "customers":
        _convert_customers(conversion, file)
    elif kind == "products":
        convert_products(conversion, file)
    elif kind == "orders":
        return _OrderBlock(conversion, file).write(named)
    else:
        return _convert_refunds(conversion, file)
    return None


def _convert_customers(conversion: Conversion, file: ObjectFile) -> None:
    customers = conversion.open_table(
        "customers",
        [],
        ("id", "kind", "email", "first_name", "last_name", "registered_at", "group"),
    )
    addresses = conversion.open_table("addresses", [], ADDRESS_COLUMNS)
    accounts = AccountTables(conversion, customers, addresses)
    read = conversion.reader(file, "customers")
    for row in conversion.rows(file):
        values = read(row)
        accounts.write(row, values, row["role"], "date_created_gmt")


class _OrderBlock:
    """Orders with their lines."""

    def __init__(self, conversion: Conversion, file: ObjectFile) -> None:
        self.conversion, self.file = conversion, file
        self.read = conversion.reader(file, "orders")
        self.orders = conversion.open_table("orders", [file])
        self.items = conversion.open_table("order_items", [file], ("order",))
        self.listed_refunds = ListedRefunds(conversion)

    def write(self, named: Mentions) -> Callable[[ImportReport], None]:
        """Write orders, lines and the guests among the buyers; return what is left to do."""
        conversion = self.conversion
        left_out = conversion.plan.left_out
        for row in conversion.rows(self.file):
            status = status_of(row)
            if status in LEFT_OUT:
                left_out["orders", status] += 1
                continue
            if status not in STATES:
                conversion.warn_of_status()
            self._write_order(row)
        load_latest_orders(conversion)
        columns = ("id", "kind", "email", "first_name", "last_name", "registered_at")
        customers = conversion.open_table("customers", [], columns)
        addresses = conversion.open_table("addresses", [], ADDRESS_COLUMNS)
        conversion.write_guests(customers, addresses)
        return self.listed_refunds.delete_others

    def _write_order(self, row: SourceRow) -> None:
        conversion, order = self.conversion, self.file.object_of(row)
        values = self.read(row)
        created = conversion.instant(row, "date_created_gmt", is_utc=True)
        account = row["customer_id"]
        coupons = elements(order, "coupon_lines")
        ways = elements(order, "shipping_lines")
        values.update(
            created_at=created,
            updated_at=conversion.instant(row, "date_modified_gmt", is_utc=True),
            base_to_order_rate=conversion.rate(row, "currency"),
            coupon_code=text(coupons[0].get("code")) if coupons else "",
            shipping_method=text(ways[0].get("method_title")) if ways else "",
            customer=conversion.customer_of(
                account="" if account == NOBODY else account,
                email=row["billing_email"],
                order=partial(guest_order, row, created, values["number"]),
                row=row,
            ),
        )
        if conversion.has_refused(row):
            return
        if len(coupons) > 1:
            reason = _("an order keeps its first coupon only")
            conversion.plan.left_out["coupons", reason] += len(coupons) - 1
        self.orders.write(values, row.file, row.place)
        if isinstance(order.get("refunds"), list):
            number, refunds = number_of(row), elements(order, "refunds")
            ids = (str(one.get("id")) for one in refunds)
            self.listed_refunds.note_order(number, values["updated_at"], ids)
            if not refunds:
                self.listed_refunds.note_unrefunded(number)
        for line, one in enumerate(elements(order, "line_items"), 1):
            self._write_line(self.file.element(row, "line_items", one), number_of(row), line)

    def _write_line(self, line: SourceRow, order: str, number: int) -> None:
        total, quantity = line["line_items.subtotal"], line["line_items.quantity"]
        total = total or line["line_items.total"]
        try:
            price = price_of(total, quantity)
            discount = Decimal(total) - Decimal(line["line_items.total"] or total)
        except (ValueError, ArithmeticError):
            self.conversion.refuse_cell(line, "line_items.subtotal", "number", total)
            return
        sku = _line_sku(line)
        self.conversion.note_line_sku(sku)
        values = {
            "order": order,
            "line": str(number),
            "sku": sku,
            "name": line["line_items.name"],
            "quantity": round_cell(quantity),
            "price": price,
            "row_total": round_cell(total),
            "discount_amount": round_cell(str(discount)),
        }
        self.items.write(values, line.file, line.place)


def _convert_refunds(conversion: Conversion, file: ObjectFile) -> Callable[[ImportReport], None]:
    refunds = conversion.open_table("refunds", [file])
    items = conversion.open_table("refund_items", [file], ("refund",))
    read = conversion.reader(file, "refunds")
    prefix = conversion.options.prefix
    numbers = {with_prefix(prefix, one[ORDER]) for one in file.table.objects.values() if one[ORDER]}
    stored = {*Order.objects.filter(number__in=numbers).values_list("number", flat=True)}
    given = ListedRefunds(conversion)
    for row in conversion.rows(file):
        refund = file.object_of(row)
        if with_prefix(prefix, refund[ORDER]) not in stored:
            # An order that came since is read by the next run, and this refund again.
            conversion.plan.left_out["refunds", _("of orders that are left out")] += 1
            continue
        values = read(row)
        values["order"] = refund[ORDER]
        values["created_at"] = conversion.instant(row, "date_created_gmt", is_utc=True)
        refunds.write(values, row.file, row.place)
        given.note_given(values["number"])
        _write_refund_lines(conversion, file, items, row)
    return given.delete_others


def _write_refund_lines(
    conversion: Conversion, file: ObjectFile, items: OutputTable, row: SourceRow
) -> None:
    number = 0
    for one in elements(file.object_of(row), "line_items"):
        line = file.element(row, "line_items", one)
        quantity = line["line_items.quantity"].lstrip("-")
        if quantity in ("", "0"):
            continue
        number += 1
        sku = _line_sku(line)
        conversion.note_line_sku(sku)
        values = {
            "refund": row["id"],
            "line": str(number),
            "sku": sku,
            "name": line["line_items.name"],
            "quantity": round_cell(quantity),
            "row_total": round_cell(line["line_items.total"].lstrip("-")),
        }
        items.write(values, row.file, row.place)


def _line_sku(line: SourceRow) -> str:
    numbers = (line["line_items.variation_id"], line["line_items.product_id"])
    number = next((one for one in numbers if one not in ("", NOBODY)), "")
    return line["line_items.sku"].strip() or f"product-{number}"


WOOCOMMERCE_API = ApiPlatform(
    "woocommerce",
    "WooCommerce",
    ("WOOCOMMERCE_URL", "WOOCOMMERCE_KEY", "WOOCOMMERCE_SECRET"),
    LAYOUTS,
    connect,
    mentions,
    convert,
)
