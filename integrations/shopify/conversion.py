"""Convert Shopify's export files to our own files; `layouts` has their columns."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from integrations.shopify.guide import GUIDES
from integrations.shopify.layouts import (
    LAYOUTS,
    account_number,
    attribute_code,
    category_paths,
    is_known_status,
    variant_name,
)
from integrations.shops.converting.categories import CategoryTree
from integrations.shops.converting.conversion import Conversion, GuestOrder, ReadFile
from integrations.shops.converting.latest_orders import load_latest_orders
from integrations.shops.converting.output import OutputTable
from integrations.shops.converting.refunds import StoredRefunds
from integrations.shops.files.layouts import Platform, Read, SourceRow
from integrations.shops.files.values import join_filled, sku_from_name, split_name, strip_guard

OPTIONS = ("option1 value", "option2 value", "option3 value")
# The end of the number of an order's refund.
REFUND = "-R"
# Cells that only the first row of an order has, or that all of its rows have alike.
HEAD = ("created at", "total", "currency")
LATER_TIMES = ("paid at", "fulfilled at", "cancelled at")
ADDRESS_COLUMNS = (
    *("customer", "first_name", "last_name", "company", "street", "city", "region"),
    *("region_code", "postcode", "country", "telephone"),
    *("is_default_billing", "is_default_shipping"),
)
# A row without any of these has no line.
LINE_COLUMNS = ("sku", "name", "quantity", "price")


def convert(conversion: Conversion) -> None:
    """Write what the files of a Shopify shop say."""
    accounts = conversion.of_layouts("shopify.customers")
    orders = conversion.of_layouts("shopify.orders")
    customers = conversion.open_table(
        "customers",
        accounts,
        (
            *_attribute_columns(conversion, accounts),
            *("id", "kind", "email", "first_name", "last_name"),
            *(("registered_at", "accepts_marketing") if orders else ()),
        ),
    )
    addresses = conversion.open_table(
        "addresses",
        [*accounts, *orders],
        ADDRESS_COLUMNS,
    )
    _convert_products(conversion)
    _convert_accounts(conversion, accounts, customers, addresses)
    if orders:
        _OrderConversion(conversion, orders).convert()
        load_latest_orders(conversion)
        conversion.write_guests(customers, addresses)


def _attribute_columns(conversion: Conversion, files: list[ReadFile]) -> list[str]:
    """Write the custom attributes that metafields make, and return their columns."""
    found = {}
    for file in files:
        for column in file.table.header:
            if made := attribute_code(column):
                found[made[0]] = made[1]
    if found:
        table = conversion.open_table("customer_attributes", [], ("code", "label", "type"))
        for code, label in found.items():
            table.write({"code": code, "label": label, "type": "text"}, -1, 0)
    return [f"attributes.{code}" for code in found]


def _metafields(file: ReadFile) -> list[tuple[str, Read]]:
    def reader(name: str) -> Read:
        return lambda row: strip_guard(row[name])

    return [
        (f"attributes.{made[0]}", reader(column.lower()))
        for column in file.table.header
        if (made := attribute_code(column))
    ]


def _convert_accounts(
    conversion: Conversion, files: list[ReadFile], customers: OutputTable, addresses: OutputTable
) -> None:
    readers = conversion.readers(files, "customers")
    metafields = {file.number: _metafields(file) for file in files}
    of_address = conversion.readers(files, "addresses")
    for row in conversion.last_rows(files, "customers", account_number):
        values = readers[row.file](row)
        values.update((column, read(row)) for column, read in metafields[row.file])
        number = values["id"] = account_number(row)
        if not conversion.write_account(customers, values, row):
            continue
        phone = row.first(("phone", "default address phone"))
        conversion.scratch.add_account(number, row["email"], phone)
        address = of_address[row.file](row)
        is_there = row.first(("default address address1", "address1"))
        if is_there or address.get("city") or address.get("postcode"):
            marks = {"is_default_billing": "true", "is_default_shipping": "true"}
            addresses.write({"customer": number, **address, **marks}, row.file, row.place)
        if row["total orders"].isdigit():
            conversion.scratch.add_name("total orders", number, row["total orders"])


class _OrderConversion:
    """The orders of all files, several rows each."""

    def __init__(self, conversion: Conversion, files: list[ReadFile]) -> None:
        self.conversion, self.files = conversion, files
        derived = ("number", "customer", "state", "created_at", "updated_at", "grand_total")
        self.orders = conversion.open_table("orders", files, derived)
        self.items = conversion.open_table("order_items", files, ("order", "line"))
        self.refunds = conversion.open_table("refunds", files, ("order", "created_at"))
        self.readers = conversion.readers(files, "orders")
        self.of_line = conversion.readers(files, "order_items")
        self.counts_orders = any("total orders" in file.index for file in conversion.files)
        self.stored_refunds = StoredRefunds(conversion)
        self.number = ""
        self.file = -1
        self.line = 0
        self.is_refused = False
        # The cells of the first row of the order that no other row of the order contradicts.
        self.head: dict[str, str] = {}

    def convert(self) -> None:
        """Write orders, lines and refunds."""
        for row in self.conversion.last_rows(self.files, "orders", lambda row: row["name"]):
            if row["name"] != self.number or row.file != self.file:
                self._begin(row)
            elif row["created at"] and not self.is_refused:
                self._compare(row)
            if self.conversion.has_refused(row):
                continue
            if self.is_refused:
                self.conversion.leave_out(row, "rows", gettext_noop("of an order with a problem"))
            else:
                self._add_line(row)
        self._warn_of_missing()

    def _begin(self, row: SourceRow) -> None:
        number = self.number = row["name"]
        self.file, self.line, self.is_refused = row.file, 0, True
        self.head = {column: row[column] for column in HEAD}
        scratch = self.conversion.scratch
        if not number:
            self.conversion.refuse_cell(row, "name", "missing")
            return
        if before := scratch.add_place("order", number, row.file, row.place):
            message = _('the rows of order "{number}" are not together: it begins in row {row}')
            self.conversion.refuse(row, "name", message.format(number=number, row=before[1]))
            return
        created = self.conversion.required_instant(row, "created at")
        if not created:
            return
        values = self.readers[row.file](row)
        later = (self.conversion.instant(row, column) for column in LATER_TIMES if row[column])
        updated = max([created, *later])
        values["created_at"], values["updated_at"] = created, updated
        values["base_to_order_rate"] = self.conversion.rate(row, "currency")
        if self.conversion.has_refused(row):
            return
        self.is_refused = False
        values["customer"] = customer = self.conversion.customer_of(
            email=row["email"],
            phone=row["phone"],
            order=lambda: _guest_order(row, created),
            row=row,
        )
        if not is_known_status(row["financial status"], row["cancelled at"]):
            self.conversion.warn_of_status()
        self.orders.write(values, row.file, row.place)
        if customer and self.counts_orders:
            scratch.count("orders found", customer)
        self._add_refund(row, updated)

    def _compare(self, row: SourceRow) -> None:
        """Refuse a further row of an order whose cells are those of another order.

        Shopify leaves these cells empty; other programs repeat them.
        """
        for column, first in self.head.items():
            if row[column] and row[column] != first:
                self.conversion.refuse_cell(row, column, "second_order", self.number)
                return

    def _add_refund(self, row: SourceRow, at: str) -> None:
        if "refunded amount" not in row.index:
            return
        amount = row["refunded amount"]
        is_refunded = bool(amount.strip("0.")) and not amount.startswith("-")
        self.stored_refunds.note_absent(self.number, [REFUND] if is_refunded else [])
        if amount.startswith("-"):
            reason = gettext_noop("their amount is less than 0")
            self.conversion.plan.left_out["refunds", reason] += 1
        if not is_refunded or self.stored_refunds.are_of_api(self.number):
            return
        values = {
            "number": f"{self.number}{REFUND}",
            "order": self.number,
            "created_at": at,
            "amount": amount,
        }
        self.refunds.write(values, row.file, row.place)
        self.conversion.plan.derived["refunds"] += 1
        self.conversion.plan.warn(
            "refund_dates",
            gettext_noop(
                "the file has no date of refunds: each is dated by the order's latest change"
            ),
        )

    def _add_line(self, row: SourceRow) -> None:
        values = self.of_line[row.file](row)
        if not any(map(values.get, LINE_COLUMNS)):
            return
        self.line += 1
        values["order"], values["line"] = self.number, str(self.line)
        self.conversion.note_line_sku(values["sku"])
        self.items.write(values, row.file, row.place)

    def _warn_of_missing(self) -> None:
        scratch = self.conversion.scratch
        missing = sum(
            int(total) > scratch.counted("orders found", number)
            for number, total in scratch.names("total orders")
        )
        if missing:
            self.conversion.plan.warn(
                "orders_missing",
                gettext_noop(
                    "customers have more orders than the files;"
                    " the shop exports 60 days unless asked"
                ),
                missing,
            )


def _guest_order(row: SourceRow, at: str) -> GuestOrder:
    first, last = split_name(row["billing name"])
    person = {
        "first_name": first,
        "last_name": last,
        "accepts_marketing": row["accepts marketing"],
    }
    return GuestOrder(
        at, row["name"], {}, person, _address(row, "billing"), _address(row, "shipping")
    )


def _address(row: SourceRow, kind: str) -> dict[str, str]:
    first, last = split_name(row[f"{kind} name"])
    return {
        "first_name": first,
        "last_name": last,
        "company": row[f"{kind} company"],
        "street": join_filled((row[f"{kind} address1"], row[f"{kind} address2"])),
        "city": row[f"{kind} city"],
        "region": row[f"{kind} province name"],
        "region_code": row[f"{kind} province"],
        "postcode": strip_guard(row[f"{kind} zip"]),
        "country": row[f"{kind} country"],
        "telephone": strip_guard(row[f"{kind} phone"]),
    }


def _convert_products(conversion: Conversion) -> None:
    files = conversion.of_layouts("shopify.products")
    if not files:
        return
    categories = CategoryTree(conversion)
    has_vendor = any("vendor" in file.index for file in files)
    if has_vendor:
        table = conversion.open_table("product_attributes", [], ("code", "label", "type"))
        table.write({"code": "vendor", "label": "Vendor", "type": "text"}, -1, 0)
    products = conversion.open_table("products", files)
    handle, head = "", None
    for row in conversion.last_rows(files, "products", _product_key):
        name = row.first(("handle", "url handle"))
        if head is None or name != handle or row.file != head.file:
            handle, head = name, row
        price = row.first(("variant price", "price"))
        sku = strip_guard(row.first(("variant sku", "sku")))
        if not price and not sku:
            continue
        title = variant_name(head["title"], (row[one] for one in OPTIONS))
        values = {
            "sku": sku or sku_from_name(title),
            "name": title,
            "product_type": "giftcard" if head["gift card"].lower() == "true" else "simple",
            "price": price,
            "attributes.vendor": head["vendor"],
            "categories": categories.codes(
                category_paths(head["product category"], head["type"]), head
            ),
        }
        conversion.write_product(products, values, row)
    categories.write()


def _product_key(row: SourceRow) -> str:
    return row.first(("handle", "url handle"))


def source_of(headers: object) -> str:
    """Return the source of all files of Shopify."""
    return "shopify"


SHOPIFY = Platform("shopify", "Shopify", source_of, LAYOUTS, convert, guides=GUIDES)
