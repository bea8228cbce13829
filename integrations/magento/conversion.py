"""Convert export files of Magento, OpenMage and Maho to our own files (columns: `layouts`)."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers.imports.problems import BadCell
from integrations.magento.guide import GUIDES
from integrations.magento.layouts import (
    LAYOUTS,
    OLDER,
    STATES,
    account_number,
    address_of,
    category_paths,
    iso_time,
    status_of,
)
from integrations.magento.structure import ShopStructure
from integrations.shops.converting.categories import CategoryTree
from integrations.shops.converting.conversion import Conversion, GuestOrder, ReadFile
from integrations.shops.converting.latest_orders import load_latest_orders
from integrations.shops.converting.output import OutputTable
from integrations.shops.converting.websites import load_order_stores, stored_store
from integrations.shops.files.layouts import Platform, SourceRow
from integrations.shops.files.values import split_name
from integrations.shops.sources import refusal
from segments.export.targets import Target, TargetColumn, accounts_with_address

RATE_UNIT = Decimal("0.0001")
NO_STORE = ("", "admin")
ADDRESS_COLUMNS = (
    *("customer", "first_name", "last_name", "company", "street", "city", "region", "postcode"),
    *("country", "telephone", "is_default_billing", "is_default_shipping"),
)


def convert(conversion: Conversion) -> None:
    """Write what Magento's files say. Raises ImportRefused without a time zone for orders."""
    accounts = conversion.of_layouts("magento.customers")
    addresses = conversion.of_layouts("magento.addresses")
    orders = conversion.of_layouts("magento.orders")
    if orders and conversion.options.zone is None:
        text = gettext_noop(
            "its times have no offset: say the zone of the shop's admin with --timezone"
        )
        raise refusal(text, orders[0].table.path, "ask_zone")
    customers = conversion.open_table(
        "customers", accounts, ("id", "kind", "email", "first_name", "last_name", "registered_at")
    )
    address_table = conversion.open_table("addresses", [], ADDRESS_COLUMNS)
    structure = ShopStructure(conversion)
    _convert_accounts(conversion, accounts, customers, address_table, structure)
    _convert_addresses(conversion, addresses, address_table)
    _convert_products(conversion)
    if orders:
        _convert_orders(conversion, orders, structure)
        load_latest_orders(conversion)
        conversion.write_guests(customers, address_table)
    structure.write()
    conversion.plan.warn(
        "database_knows_more",
        gettext_noop(
            "Magento's files have no customer numbers; its database has them and everything else"
        ),
    )


def _convert_accounts(
    conversion: Conversion,
    files: list[ReadFile],
    customers: OutputTable,
    addresses: OutputTable,
    structure: ShopStructure,
) -> None:
    readers = conversion.readers(files, "customers")
    number = ""
    for row in conversion.last_rows(files, "customers", _account_key):
        if email := row["email"].strip():
            website, store = row["_website"].strip(), row["_store"].strip()
            store = "" if store in NO_STORE else store
            number = account_number(email, website)
            if conversion.scratch.add_place("account", number, row.file, row.place):
                conversion.refuse_cell(row, "email", "duplicate", email)
                number = ""
                continue
            values = readers[row.file](row)
            values.update(id=number, website=website, store=store)
            values["group"] = structure.group(row["group_id"].strip(), row)
            if "created_at" in row.index:
                values["registered_at"] = conversion.instant(row, "created_at", is_utc=True)
            structure.add(website, store, row)
            if not conversion.write_account(customers, values, row):
                number = ""
                continue
            conversion.scratch.add_account(number, email, "", website)
        elif not number:
            # The address belongs to no customer in the import.
            conversion.leave_out(row, "addresses", gettext_noop("of no known customer"))
            continue
        address = address_of(row, "_address_")
        if any(address[one] for one in ("street", "city", "postcode")):
            addresses.write({"customer": number, **address}, row.file, row.place)


def _account_key(row: SourceRow) -> str:
    email = row["email"].strip()
    return account_number(email, row["_website"].strip()) if email else ""


def _convert_addresses(
    conversion: Conversion, files: list[ReadFile], addresses: OutputTable
) -> None:
    for row in conversion.last_rows(files, "addresses", lambda row: row["_entity_id"]):
        number = account_number(row["_email"], row["_website"].strip())
        if not conversion.scratch.has_account(number):
            conversion.leave_out(row, "addresses", gettext_noop("of no known customer"))
            continue
        address = address_of(row, "")
        addresses.write({"customer": number, **address}, row.file, row.place)


def _convert_products(conversion: Conversion) -> None:
    files = conversion.of_layouts("magento.products")
    if not files:
        return
    categories = CategoryTree(conversion)
    products = conversion.open_table("products", files)
    readers = conversion.readers(files, "products")
    for group in _product_rows(conversion, files):
        row = group[0]
        values = readers[row.file](row)
        values["categories"] = categories.codes(
            (path for one in group for path in category_paths(one)), row
        )
        conversion.write_product(products, values, row)
    categories.write()


def _product_rows(conversion: Conversion, files: list[ReadFile]) -> Iterator[list[SourceRow]]:
    """Yield the rows of each product: older files have further values in rows without a SKU."""
    group: list[SourceRow] = []
    for row in conversion.last_rows(files, "products", lambda row: row["sku"]):
        if row["store_view_code"] or row["_store"]:
            conversion.leave_out(row, "products", gettext_noop("values of store views"))
        elif row["sku"]:
            if group:
                yield group
            group = [row]
        elif group:
            group.append(row)
        else:
            conversion.refuse_cell(row, "sku", "missing")
    if group:
        yield group


def _convert_orders(
    conversion: Conversion, files: list[ReadFile], structure: ShopStructure
) -> None:
    derived = ("number", "customer", "store", "state", "created_at", "grand_total")
    orders = conversion.open_table("orders", files, derived)
    readers = conversion.readers(files, "orders")
    load_order_stores(conversion)
    for row in conversion.last_rows(files, "orders", _order_key):
        values = readers[row.file](row)
        lines, stored = _purchase_point(row), stored_store(conversion, row["id"])
        store, website = _store_of(conversion, structure, lines, stored)
        values["store"] = store
        if lines and stored not in (None, store):
            text = _('order "{number}" of another store is stored: import the database instead')
            conversion.refuse(row, "id", text.format(number=row["id"]))
            continue
        try:
            time = iso_time(row["purchase date"])
        except BadCell as error:
            conversion.refuse_cell(row, "purchase date", error.code, row["purchase date"])
            continue
        created = conversion.required_instant(row, "purchase date", time)
        if not created:
            continue
        purchased = row["grand total (purchased)"] or row["grand total (base)"]
        values.update(created_at=created, grand_total=purchased)
        values["base_to_order_rate"] = _rate(purchased, row["grand total (base)"])
        if status_of(row) not in STATES:
            conversion.warn_of_status()
        place = {"website": website, "store": store} if store and website else {}
        first, last = split_name(row["bill-to name"])
        person = {"first_name": first, "last_name": last}
        guest = GuestOrder(created, row["id"], place, person, {}, {})
        values["customer"] = conversion.customer_of(
            email=row["customer email"],
            website=website,
            order=lambda guest=guest: guest,  # type: ignore[misc]
            row=row,
        )
        orders.write(values, row.file, row.place)
    conversion.plan.warn(
        "orders_without_lines",
        gettext_noop("the grid of orders has no lines and no coupons"),
        orders.count,
    )


def _store_of(
    conversion: Conversion, structure: ShopStructure, lines: Sequence[str], stored: str | None
) -> tuple[str, str | None]:
    """Return the codes of the store and of the website of an order, "" and None for unknown ones.

    `stored` is the store that the order has here: it stays where the file names none, or names it
    by a name that several stores have.
    """
    if not lines:
        if stored is None:
            message = gettext_noop("orders name no store; they belong to the default store")
            conversion.plan.warn("no_store", message)
        return stored or "", structure.website_of(stored)
    found = structure.stores_named(lines)
    if len(found) == 1:
        return found[0]
    website = structure.website_named(lines)
    if stored is not None and stored in [code for code, _website in found]:
        return stored, structure.website_of(stored)
    if found:
        message = gettext_noop(
            "orders name a store by a name that several stores have; the shop's"
            " database says which one"
        )
        conversion.plan.warn("ambiguous_store", message)
    else:
        message = gettext_noop("orders name a store that is not known")
        conversion.plan.warn("unknown_store", message)
    return "", website


def _order_key(row: SourceRow) -> str:
    """Return number and store: orders of two stores with one number are refused, not replaced."""
    return row["id"] and "\0".join((row["id"], *_purchase_point(row)))


def _purchase_point(row: SourceRow) -> list[str]:
    """Return the names of website, group and store, one a line."""
    return [line.strip() for line in row["purchase point"].splitlines() if line.strip()]


def _rate(purchased: str, base: str) -> str:
    """Return the rate of an order from its two totals; 1 where they say none."""
    try:
        if not Decimal(base) or not Decimal(purchased):
            return "1"
        return str((Decimal(purchased) / Decimal(base)).quantize(RATE_UNIT, ROUND_HALF_UP))
    except InvalidOperation:
        return "1"


def source_of(headers: Sequence[Sequence[str]]) -> str:
    """Return the source: `maho` for the older files of Magento 1 and what came of it."""
    is_older = any(name.lower() in OLDER for header in headers for name in header)
    return "maho" if is_older else "magento2"


MAGENTO = Platform(
    "magento",
    "Magento",
    source_of,
    LAYOUTS,
    convert,
    knows_websites=True,
    guides=GUIDES,
    named=("group_id",),
)
# The import "Customers Main File" takes this file: it notes the members of a segment.
MAGENTO_ATTRIBUTE = Target(
    "magento",
    "Magento 2",
    (
        TargetColumn("email", "customer__email"),
        TargetColumn("_website", "customer__website__code"),
        TargetColumn("_store", "customer__store__code"),
        TargetColumn("firstname", "customer__first_name"),
        TargetColumn("lastname", "customer__last_name"),
    ),
    "tranche_segment",
    accounts_with_address,
    gettext_lazy("accounts with an address, with the attribute “tranche_segment”"),
    gettext_lazy(
        "Back into Magento: first create a customer attribute tranche_segment; then System → Data"
        " Transfer → Import, Entity Type “Customers Main File”, Add/Update."
    ),
)
