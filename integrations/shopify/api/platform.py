"""Blocks of objects of Shopify's Admin API on their way to our files."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from customers.imports.report import ImportReport
from customers.models import CustomerAttribute
from integrations.shopify.api.bulk import number_of
from integrations.shopify.api.layouts import ADDRESS_PARTS, KINDS, LAYOUTS, money
from integrations.shopify.api.queries import metafields
from integrations.shopify.api.reader import REFUNDED, REFUNDS_OF, connect
from integrations.shopify.conversion import ADDRESS_COLUMNS
from integrations.shopify.layouts import (
    category_paths,
    is_known_status,
    line_sku,
    metafield_code,
    tag_list,
    variant_name,
)
from integrations.shops.apis.platforms import ApiPlatform, Mentions, ObjectFile, ShopObject
from integrations.shops.converting.categories import CategoryTree
from integrations.shops.converting.conversion import Conversion, GuestOrder
from integrations.shops.converting.latest_orders import load_latest_orders
from integrations.shops.converting.refunds import ListedRefunds
from integrations.shops.files.layouts import SourceRow
from integrations.shops.files.values import (
    join_filled,
    round_cell,
    sku_from_name,
    split_name,
    text,
    texts,
)

MARKS = ("is_default_billing", "is_default_shipping")
COLLECTION = "collection-"


def mentions(kind: str, objects: Sequence[ShopObject]) -> Mentions:
    """Return the customers and orders that a block names."""
    if kind == "customers":
        return Mentions(
            {str(one["id"]) for one in objects}, {text(one.get("email")) for one in objects}
        )
    if kind != "orders":
        return Mentions()
    return Mentions(
        {_account_of(one) for one in objects} - {""},
        {text(one.get("email")).strip() for one in objects} - {""},
        {text(one.get("name")) for one in objects},
        {text(one.get("phone")) for one in objects if not one.get("email")} - {""},
    )


def convert(
    conversion: Conversion, file: ObjectFile, named: Mentions
) -> Callable[[ImportReport], None] | None:
    """Write what a block of one kind says; return what is to be done when it is stored."""
    kind = file.layout.kind
    if kind == "customers":
        _convert_customers(conversion, file)
    elif kind == "products":
        _convert_products(conversion, file)
    else:
        return _OrderBlock(conversion, file).write()
    return None


def _convert_customers(conversion: Conversion, file: ObjectFile) -> None:
    attributes = _write_attributes(conversion, file)
    columns = ("id", "kind", "email", "first_name", "last_name", "registered_at", "tags")
    customers = conversion.open_table(
        "customers",
        [],
        (*columns, "accepts_marketing", *(f"attributes.{code}" for code in attributes.values())),
    )
    addresses = conversion.open_table("addresses", [], ADDRESS_COLUMNS)
    read = conversion.reader(file, "customers")
    for row in conversion.rows(file):
        customer = file.object_of(row)
        values = read(row)
        values["registered_at"] = conversion.instant(row, "createdat", is_utc=True)
        values["tags"] = tag_list(map(text, customer.get("tags") or ()))
        found = {_name_of(one): text(one.get("value")) for one in customer.get("metafields") or ()}
        for name, code in attributes.items():
            values[f"attributes.{code}"] = found.get(name, "")
        if not conversion.write_account(customers, values, row):
            continue
        number, phone = values["id"], row["phone"]
        conversion.scratch.add_account(number, values["email"], phone)
        for address in _addresses(customer, phone):
            addresses.write({"customer": number, **address}, row.file, row.place)


def _write_attributes(conversion: Conversion, file: ObjectFile) -> dict[str, str]:
    """Write the custom attributes of the metafields; return their codes by NAMESPACE.KEY."""
    codes = {name: metafield_code(*name.split(".", 1)) for name in metafields()}
    if not codes:
        return {}
    labels: dict[str, str] = {}
    for customer in file.table.objects.values():
        for one in customer.get("metafields") or ():
            if label := text((one.get("definition") or {}).get("name")):
                labels[_name_of(one)] = label
    # A metafield without a definition keeps the label that a file has given it.
    stored = CustomerAttribute.objects.filter(code__in=codes.values())
    known = dict(stored.values_list("code", "label"))
    table = conversion.open_table("customer_attributes", [], ("code", "label", "type"))
    for name, code in codes.items():
        label = labels.get(name) or known.get(code) or code
        table.write({"code": code, "label": label, "type": "text"}, -1, 0)
    return codes


def _name_of(metafield: Mapping[str, Any]) -> str:
    return f"{text(metafield.get('namespace'))}.{text(metafield.get('key'))}"


def _addresses(customer: ShopObject, phone: str) -> list[dict[str, str]]:
    """Return the addresses of a customer, the default one first and with both marks."""
    default = customer.get("defaultAddress") or {}
    given = customer.get("addresses") or ([default] if len(default) > 1 else [])
    found = []
    for number, one in enumerate(given):
        is_default = one.get("id") == default["id"] if default.get("id") else not number
        address = _address(dict(texts(one)), "")
        if not any(address[column] for column in ("street", "city", "postcode")):
            continue
        address["telephone"] = address["telephone"] or phone
        found.append({**address, **dict.fromkeys(MARKS, str(is_default).lower())})
    return sorted(found, key=lambda address: address[MARKS[0]], reverse=True)


def _address(cells: Mapping[str, str], start: str) -> dict[str, str]:
    """Return an address of the fields whose names begin with `start`."""
    parts = {
        column: [cells.get(f"{start}{name}", "") for name in names]
        for column, names in ADDRESS_PARTS.items()
    }
    first, last = _person(cells, start)
    address = {column: join_filled(values) for column, values in parts.items()}
    return {**address, "first_name": first, "last_name": last}


def _person(cells: Mapping[str, str], start: str) -> tuple[str, str]:
    """Return first and last name of an address, those of its one name where it has no others."""
    first, last = cells.get(f"{start}firstName", ""), cells.get(f"{start}lastName", "")
    return (first, last) if first or last else split_name(cells.get(f"{start}name", ""))


def _convert_products(conversion: Conversion, file: ObjectFile) -> None:
    table = conversion.open_table("product_attributes", [], ("code", "label", "type"))
    table.write({"code": "vendor", "label": "Vendor", "type": "text"}, -1, 0)
    columns = (
        *("sku", "name", "product_type", "price", "created_at"),
        *("attributes.vendor", "categories"),
    )
    products = conversion.open_table("products", [], columns)
    categories = CategoryTree(conversion)
    for row in conversion.rows(file):
        product = file.object_of(row)
        created = conversion.instant(row, "createdat", is_utc=True)
        paths = category_paths(row["category.fullname"], row["producttype"])
        codes = [categories.codes(paths, row)]
        for one in product.get("collections") or ():
            handle = text(one.get("handle"))
            title = text(one.get("title")) or handle
            codes.append(categories.add(f"{COLLECTION}{handle}", title, row))
        for one in product.get("variants") or ():
            options = one.get("selectedOptions") or ()
            name = variant_name(row["title"], (text(option.get("value")) for option in options))
            sku = text(one.get("sku")) or sku_from_name(name)
            values = {
                "sku": sku,
                "name": name,
                "product_type": "giftcard" if row["isgiftcard"] == "true" else "simple",
                "price": text(one.get("price")),
                "created_at": created,
                "attributes.vendor": row["vendor"],
                "categories": join_filled(codes, "|"),
            }
            conversion.write_product(products, values, row)
    categories.write()


class _OrderBlock:
    """Orders with their lines and refunds."""

    def __init__(self, conversion: Conversion, file: ObjectFile) -> None:
        self.conversion, self.file = conversion, file
        self.read = conversion.reader(file, "orders")
        self.orders = conversion.open_table("orders", [file])
        self.items = conversion.open_table("order_items", [file], ("order",))
        self.refunds = conversion.open_table("refunds", [file])
        self.refund_items = conversion.open_table("refund_items", [file], ("refund",))
        self.listed_refunds = ListedRefunds(conversion)

    def write(self) -> Callable[[ImportReport], None]:
        """Write the orders and the guests among the buyers; return what is left to do."""
        conversion = self.conversion
        for row in conversion.rows(self.file):
            self._write_order(row)
        load_latest_orders(conversion)
        columns = ("id", "kind", "email", "first_name", "last_name", "registered_at")
        customers = conversion.open_table("customers", [], (*columns, "accepts_marketing"))
        addresses = conversion.open_table("addresses", [], ADDRESS_COLUMNS)
        conversion.write_guests(customers, addresses)
        return self.listed_refunds.delete_others

    def _write_order(self, row: SourceRow) -> None:
        conversion, order = self.conversion, self.file.object_of(row)
        values = self.read(row)
        created = conversion.instant(row, "createdat", is_utc=True)
        if not is_known_status(row["displayfinancialstatus"], row["cancelledat"]):
            conversion.warn_of_status()
        values.update(
            created_at=created,
            updated_at=conversion.instant(row, "updatedat", is_utc=True),
            base_to_order_rate=conversion.rate(row, "currencycode"),
            coupon_code=join_filled(map(text, order.get("discountCodes") or ())),
            payment_method=join_filled(map(text, order.get("paymentGatewayNames") or ()), " + "),
            customer=conversion.customer_of(
                account=_account_of(order),
                email=row["email"],
                phone=row["phone"],
                order=partial(_guest_order, order, created),
                row=row,
            ),
        )
        if conversion.has_refused(row):
            return
        self.orders.write(values, row.file, row.place)
        for number, line in enumerate(order.get("lineItems") or (), 1):
            self._write_line(row, dict(texts(line)), number)
        refunds = order.get(REFUNDS_OF)
        for refund in refunds or ():
            self._write_refund(row, refund)
        if refunds is None and isinstance(order.get("refunds"), list):
            refunds = [{"id": number_of(one["id"])} for one in order["refunds"]]
        if refunds is not None:
            ids = (str(one["id"]) for one in refunds)
            self.listed_refunds.note_order(row["name"], values["updated_at"], ids)
        # A refunded order whose refunds the API does not give keeps that of a file.
        if not order.get("refunds") and row["displayfinancialstatus"] not in REFUNDED:
            self.listed_refunds.note_unrefunded(row["name"])

    def _write_line(self, row: SourceRow, line: Mapping[str, str], number: int) -> None:
        values = {
            "order": row["name"],
            "line": str(number),
            "sku": self._sku(line.get("sku", ""), line.get("name", "")),
            "name": line.get("name", ""),
            "quantity": line.get("quantity", ""),
            "price": round_cell(line.get(money("originalUnitPriceSet"), "")),
            "discount_amount": round_cell(line.get(money("totalDiscountSet"), "")),
        }
        self.items.write(values, row.file, row.place)

    def _write_refund(self, row: SourceRow, refund: ShopObject) -> None:
        cells, number = dict(texts(refund)), str(refund["id"])
        at = self.conversion.instant_of(
            cells.get("createdAt", ""), row, "refunds.createdat", is_utc=True
        )
        values = {
            "number": number,
            "order": row["name"],
            "created_at": at,
            "amount": round_cell(cells.get(money("totalRefundedSet"), "")),
        }
        self.refunds.write(values, row.file, row.place)
        self.listed_refunds.note_given(number)
        lines = (dict(texts(one)) for one in refund["refundLineItems"])
        for nth, line in enumerate((one for one in lines if one.get("quantity") != "0"), 1):
            name = line.get("lineItem.name", "")
            values = {
                "refund": number,
                "line": str(nth),
                "sku": self._sku(line.get("lineItem.sku", ""), name),
                "name": name,
                "quantity": line.get("quantity", ""),
                "row_total": round_cell(line.get(money("subtotalSet"), "")),
            }
            self.refund_items.write(values, row.file, row.place)

    def _sku(self, sku: str, name: str) -> str:
        """Return the SKU of a line and note it."""
        found = line_sku(sku, name)
        self.conversion.note_line_sku(found)
        return found


def _account_of(order: ShopObject) -> str:
    """Return the number of the account that an order names; "" for none."""
    account = (order.get("customer") or {}).get("id")
    return str(number_of(account)) if account else ""


def _guest_order(order: ShopObject, created: str) -> GuestOrder:
    """Return what an order says of the guest who placed it."""
    cells = dict(texts(order))
    billing, shipping = (_address(cells, f"{source}.") for source in KINDS.values())
    person = {
        "first_name": billing["first_name"],
        "last_name": billing["last_name"],
        "accepts_marketing": cells.get("customerAcceptsMarketing", ""),
    }
    return GuestOrder(created, text(order.get("name")), {}, person, billing, shipping)


SHOPIFY_API = ApiPlatform(
    "shopify",
    "Shopify",
    ("SHOPIFY_URL", "SHOPIFY_TOKEN"),
    LAYOUTS,
    connect,
    mentions,
    convert,
)
