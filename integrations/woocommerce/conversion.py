"""Convert WooCommerce's export files to our own files; `layouts` has their columns."""

import re
from decimal import Decimal

from django.utils.translation import gettext_lazy, gettext_noop

from customers.guests import email_digits, guest_number
from integrations.shops.converting.categories import CategoryTree
from integrations.shops.converting.conversion import (
    Conversion,
    GuestOrder,
    ReadFile,
    merged_addresses,
)
from integrations.shops.converting.latest_orders import load_latest_orders
from integrations.shops.converting.output import OutputTable
from integrations.shops.converting.refunds import StoredRefunds
from integrations.shops.files.layouts import Platform, SourceRow
from integrations.shops.files.values import slug_of, split_name, strip_guard
from integrations.shops.sources import refusal
from integrations.woocommerce.guide import GUIDES
from integrations.woocommerce.layouts import (
    LAYOUTS,
    LEFT_OUT,
    SPLIT_REFUND,
    SPLIT_REFUNDS,
    STATES,
    address_of,
    category_paths,
    coupons_of,
    order_number,
    pairs_of,
    price_of,
    product_sku,
    status_of,
)
from segments.export.targets import Target, TargetColumn, accounts_with_address

IS_LINE = re.compile(r"line_item_([0-9]+)").fullmatch
IS_ATTRIBUTE = re.compile(r"attribute ([0-9]+) name").fullmatch
ADDRESS_COLUMNS = (
    *("customer", "first_name", "last_name", "company", "street", "city", "region", "postcode"),
    *("country", "telephone", "is_default_billing", "is_default_shipping"),
)


def convert(conversion: Conversion) -> None:
    """Write what the files of a WooCommerce shop say. Raises ImportRefused without a time zone."""
    accounts = conversion.of_layouts("woocommerce.customers")
    analytics = conversion.of_layouts("woocommerce.analytics_customers")
    orders = conversion.of_layouts("woocommerce.orders")
    if (orders or analytics) and conversion.options.zone is None:
        _note_currencies(conversion, orders)
        file = (orders or analytics)[0].table.path
        text = gettext_noop("its times have no offset: say the site's zone with --timezone")
        raise refusal(text, file, "ask_zone")
    customers = conversion.open_table(
        "customers",
        [*accounts, *analytics],
        ("id", "kind", "email", "first_name", "last_name", "registered_at"),
    )
    addresses = conversion.open_table("addresses", [], ADDRESS_COLUMNS)
    _convert_products(conversion)
    _convert_accounts(conversion, accounts, customers, addresses)
    _convert_analytics(conversion, analytics, customers)
    if orders:
        _OrderConversion(conversion, orders).convert()
        load_latest_orders(conversion)
        conversion.write_guests(customers, addresses)


def _note_currencies(conversion: Conversion, files: list[ReadFile]) -> None:
    """Note the currencies without a rate, so that one plan asks for them and for the time zone."""
    for file in files:
        for row in conversion.rows(file):
            if status_of(row) not in LEFT_OUT:
                conversion.rate(row, "order_currency")


class AccountTables:
    """Registered customers with their groups and addresses, whatever they are read from."""

    def __init__(
        self, conversion: Conversion, customers: OutputTable, addresses: OutputTable
    ) -> None:
        self._conversion, self._customers, self._addresses = conversion, customers, addresses
        self._groups = conversion.open_table("customer_groups", [], ("code", "name"))
        self._known: set[str] = set()

    def write(self, row: SourceRow, values: dict[str, str], role: str, registration: str) -> None:
        """Write a customer with this role; `registration` is the column of the time in UTC."""
        group = values["group"] = slug_of(role)
        if group and group not in self._known:
            self._known.add(group)
            self._groups.write({"code": group, "name": role}, row.file, row.place)
        values["registered_at"] = self._conversion.instant(row, registration, is_utc=True)
        number = values["id"]
        if not self._conversion.write_account(self._customers, values, row):
            return
        self._conversion.scratch.add_account(number, values["email"])
        found = merged_addresses(address_of(row, "billing"), address_of(row, "shipping"))
        for address in found:
            self._addresses.write({"customer": number, **address}, row.file, row.place)


def guest_order(row: SourceRow, created: str, number: str) -> GuestOrder:
    """Return what an order says of the guest who placed it."""
    person = {"first_name": row["billing_first_name"], "last_name": row["billing_last_name"]}
    addresses = (address_of(row, "billing"), address_of(row, "shipping"))
    return GuestOrder(created, number, {}, person, *addresses)


def _convert_accounts(
    conversion: Conversion, files: list[ReadFile], customers: OutputTable, addresses: OutputTable
) -> None:
    if not files:
        return
    readers = conversion.readers(files, "customers")
    accounts = AccountTables(conversion, customers, addresses)
    for row in conversion.last_rows(files, "customers", lambda row: row["id"]):
        values = readers[row.file](row)
        role = row["roles"].partition(",")[0].strip()
        accounts.write(row, values, role, "user_registered")


def _convert_analytics(
    conversion: Conversion, files: list[ReadFile], customers: OutputTable
) -> None:
    has_accounts = bool(conversion.of_layouts("woocommerce.customers"))
    for row in conversion.last_rows(files, "customers of Analytics", lambda row: row["email"]):
        email = row["email"].strip()
        account = conversion.scratch.account_by_email(email)
        if not email or (account and has_accounts):
            why = gettext_noop("without an e-mail, or in another file")
            conversion.leave_out(row, "customers", why)
            continue
        is_guest = not account and not row["username"]
        number = account or (guest_number(email) if is_guest else f"mail-{email_digits(email)}")
        first, last = split_name(row["name"])
        values = {
            "id": number,
            "kind": "guest" if is_guest else "registered",
            "email": email,
            "first_name": first,
            "last_name": last,
            "registered_at": conversion.instant(row, "sign up"),
        }
        customers.write(values, row.file, row.place)
        if not is_guest:
            conversion.scratch.add_account(number, email)


class _OrderConversion:
    """The orders of all files, a row each."""

    def __init__(self, conversion: Conversion, files: list[ReadFile]) -> None:
        self.conversion, self.files = conversion, files
        derived = ("number", "customer", "state", "created_at", "updated_at", "grand_total")
        self.orders = conversion.open_table("orders", files, derived)
        self.items = conversion.open_table(
            "order_items",
            [],
            ("order", "line", "sku", "name", "quantity", "price", "row_total", "discount_amount"),
        )
        self.refunds = conversion.open_table(
            "refunds", [], ("number", "order", "created_at", "amount")
        )
        self.stored_refunds = StoredRefunds(conversion)
        self.readers = conversion.readers(files, "orders")
        self.line_columns = {
            file.number: sorted(
                filter(IS_LINE, file.index), key=lambda name: int(name.rpartition("_")[2])
            )
            for file in files
        }

    def convert(self) -> None:
        """Write orders, lines and refunds."""
        plan = self.conversion.plan
        for row in self.conversion.last_rows(self.files, "orders", order_number):
            status = status_of(row)
            if status in LEFT_OUT:
                self.conversion.leave_out(row, "orders", status)
                continue
            if status not in STATES:
                self.conversion.warn_of_status()
            self._write(row)
            if (more := len(coupons_of(row)) - 1) > 0:
                plan.left_out["coupons", gettext_noop("an order keeps its first coupon only")] += (
                    more
                )

    def _write(self, row: SourceRow) -> None:
        conversion, number = self.conversion, order_number(row)
        created = conversion.required_instant(row, "order_date")
        if not created:
            return
        values = self.readers[row.file](row)
        values["created_at"] = created
        values["updated_at"] = max(created, conversion.instant(row, "paid_date"))
        values["base_to_order_rate"] = conversion.rate(row, "order_currency")
        if conversion.has_refused(row):
            return
        account = row["customer_id"]
        values["customer"] = conversion.customer_of(
            account=strip_guard(account) if account != "0" else "",
            email=row["billing_email"].strip() or row["customer_email"],
            order=lambda: guest_order(row, created, number),
            row=row,
        )
        self.orders.write(values, row.file, row.place)
        line = 0
        for column in self.line_columns[row.file]:
            if row[column]:
                line += 1
                self._write_line(row, column, number, line)
        self._write_refunds(row, number)

    def _write_line(self, row: SourceRow, column: str, number: str, line: int) -> None:
        pairs = pairs_of(row[column])
        total, quantity = (
            pairs.get("sub_total") or pairs.get("total", ""),
            pairs.get("quantity", ""),
        )
        try:
            price = price_of(total, quantity)
            discount = Decimal(total) - Decimal(pairs.get("total") or total)
        except (ValueError, ArithmeticError):
            self.conversion.refuse_cell(row, column, "number", row[column])
            return
        sku = strip_guard(pairs.get("sku", "").strip()) or f"product-{pairs.get('product_id', '')}"
        values = {
            "order": number,
            "line": str(line),
            "sku": sku,
            "name": pairs.get("name", ""),
            "quantity": quantity,
            "price": price,
            "row_total": total,
            "discount_amount": str(discount),
        }
        self.conversion.note_line_sku(sku)
        self.items.write(values, row.file, row.place)

    def _write_refunds(self, row: SourceRow, number: str) -> None:
        if "refund_items" not in row.index:
            return
        cell = row["refund_items"]
        parts = SPLIT_REFUNDS(cell) if cell.strip() else []
        endings = [f"-R{nth}" for nth in range(1, len(parts) + 1)]
        self.stored_refunds.note_absent(number, endings)
        if not parts or self.stored_refunds.are_of_api(number):
            return
        for ending, part in zip(endings, parts, strict=True):
            pairs = pairs_of(part, SPLIT_REFUND)
            at = self.conversion.required_instant(row, "refund_items", pairs.get("date", ""))
            if not at:
                continue
            values = {
                "number": f"{number}{ending}",
                "order": number,
                "created_at": at,
                "amount": pairs.get("amount", ""),
            }
            self.refunds.write(values, row.file, row.place)
            self.conversion.plan.derived["refunds"] += 1


def _convert_products(conversion: Conversion) -> None:
    files = conversion.of_layouts("woocommerce.products")
    if not files:
        return
    scratch = conversion.scratch
    # Label, file and place of each attribute by its code.
    labels: dict[str, tuple[str, int, int]] = {}
    if any("brands" in file.index for file in files):
        labels["brand"] = ("Brand", -1, 0)
    numbers = {
        file.number: sorted(found[1] for name in file.index if (found := IS_ATTRIBUTE(name)))
        for file in files
    }
    # Attributes and the parents of variations may stand anywhere.
    for row in (row for file in files for row in conversion.rows(file, is_noted=False)):
        for number in numbers[row.file]:
            if name := row[f"attribute {number} name"].strip():
                labels.setdefault(attribute_code(name), (name, row.file, row.place))
        scratch.add_name("categories", f"id:{strip_guard(row['id'])}", row["categories"])
        if row["sku"]:
            scratch.add_name("categories", strip_guard(row["sku"]), row["categories"])
    if labels:
        table = conversion.open_table("product_attributes", [], ("code", "label", "type"))
        for code, (label, file_number, place) in labels.items():
            table.write({"code": code, "label": label, "type": "text"}, file_number, place)
    categories = CategoryTree(conversion)
    columns = [f"attributes.{code}" for code in labels]
    products = conversion.open_table("products", files, columns)
    readers = conversion.readers(files, "products")
    for row in conversion.last_rows(files, "products", product_sku):
        values = readers[row.file](row)
        for number in numbers[row.file]:
            if name := row[f"attribute {number} name"].strip():
                values[f"attributes.{attribute_code(name)}"] = row[f"attribute {number} value(s)"]
        cell = row["categories"]
        if not cell and (parent := row["parent"].strip()):
            cell = scratch.name("categories", strip_guard(parent)) or ""
        values["categories"] = categories.codes(category_paths(cell), row)
        conversion.write_product(products, values, row)
    categories.write()


def attribute_code(name: str) -> str:
    """Return the code of the attribute that the shop calls so."""
    return slug_of(name).replace("-", "_")[:64]


def source_of(headers: object) -> str:
    """Return the source of all files of WooCommerce."""
    return "woocommerce"


WOOCOMMERCE = Platform("woocommerce", "WooCommerce", source_of, LAYOUTS, convert, guides=GUIDES)
# Imports of users take this file: it notes the members of a segment in a field of the user.
WOOCOMMERCE_FIELD = Target(
    "woocommerce",
    "WooCommerce",
    (
        TargetColumn("user_email", "customer__email"),
        TargetColumn("first_name", "customer__first_name"),
        TargetColumn("last_name", "customer__last_name"),
    ),
    "tranche_segment",
    accounts_with_address,
    gettext_lazy("accounts with an address, with the user's field “tranche_segment”"),
    gettext_lazy(
        "Back into WooCommerce: with a plugin such as “Import and export users and customers”,"
        " update existing users by user_email; tranche_segment becomes a field of the user."
    ),
)
