"""Flat files of order lines, with the names that such files give to each column."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.shops.files.layouts import Layout, MappedColumn

NOT_COMPARED = re.compile(r"[\s_-]+")
# The names of columns by their role, compared without case, blanks, `_` and `-`.
# No name makes a column the e-mail address: a person says so.
NAMES: dict[str, tuple[str, ...]] = {
    "order": ("invoice", "invoiceno", "orderid", "ordernumber", "transactionid"),
    "customer": ("customerid", "custid", "userid", "clientid"),
    "email": (),
    "date": ("invoicedate", "orderdate", "date", "purchasedate", "transactiondate"),
    "sku": ("stockcode", "sku", "productid", "itemid"),
    "name": ("description", "productname", "product", "item"),
    "quantity": ("quantity", "qty"),
    "price": ("unitprice", "price"),
    "amount": ("amount", "total", "totalamount", "linetotal"),
    "country": ("country",),
}
NEEDED = ("order", "customer", "date")
# The roles that say whose an order is.
OWNER = ("customer", "email")
# The names of columns that the page proposes as the e-mail address, compared like those above.
EMAIL_NAMES = (
    *("email", "emailaddress", "mail", "customeremail", "billingemail"),
    *("emailadresse", "adresseemail", "courriel"),
)
WHAT = ("sku", "name", "amount")
# The roles of our columns.
ROLE_OF = {
    "orders.number": "order",
    "orders.order": "order",
    "orders.created_at": "date",
    "orders.customer": "customer",
    "customers.id": "customer",
    "customers.email": "email",
    "orders.sku": "sku",
    "orders.name": "name",
    "orders.quantity": "quantity",
    "orders.price": "price",
    "orders.row_total": "amount",
    "orders.shipping_country": "country",
    "orders.billing_country": "country",
}
# The columns of Online Retail and of Online Retail II, in the order of the dataset's rules.
ONLINE_RETAIL = (
    (
        *("invoiceno", "stockcode", "description", "quantity", "invoicedate", "unitprice"),
        *("customerid", "country"),
    ),
    (
        *("invoice", "stockcode", "description", "quantity", "invoicedate", "price"),
        *("customer id", "country"),
    ),
)


def online_retail_columns(header: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a file of Online Retail in their order; () for another file."""
    names = sorted(name.lower() for name in header)
    return next((one for one in ONLINE_RETAIL if sorted(one) == names), ())


def plain(column: str) -> str:
    """Return a column's name as it is compared."""
    return NOT_COMPARED.sub("", column.lower())


def roles_of(header: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Return the column of the header, in lower case, by its role.

    `columns` are those of `--columns`, whose roles count alone where `is_whole`. Where the header
    lacks a named column, as of several files, the column counts whose name fits.
    """
    fitting = {role: columns_of(role, header) for role in NAMES}
    sure = {role: names[0].lower() for role, names in fitting.items() if len(names) == 1}
    lower = {name.lower() for name in header}
    if is_whole(columns):
        found: dict[str, str | None]
        found = {role: str(columns[role]).lower() for role in NAMES if role in columns}
        found = {role: name if name in lower else sure.get(role) for role, name in found.items()}
        return {role: name for role, name in found.items() if name}
    email = str(columns.get("email", "")).lower()
    if email in lower:
        # A column of addresses is no number, whatever its name.
        sure = {role: name for role, name in sure.items() if name != email}
        sure["email"] = email
    return sure


def is_whole(columns: Mapping[str, Any]) -> bool:
    """Return whether `columns` say what a file means: they name a customer, or e-mail and date.

    A format of dates or an e-mail address alone adds to what the names of the columns say.
    """
    return "customer" in columns or {"email", "date"} <= columns.keys()


def columns_of(role: str, header: Sequence[str]) -> list[str]:
    """Return the columns of the header whose names fit a role."""
    return [name for name in header if plain(name) in NAMES[role]]


@dataclass(frozen=True)
class TransactionsLayout(Layout):
    """The layout of files whose columns have one of several names each."""

    def is_of(self, header: Collection[str]) -> bool:
        roles = roles_of(list(header), {})
        return all(role in roles for role in NEEDED) and any(role in roles for role in WHAT)

    def roles(self, header: Sequence[str]) -> dict[str, str]:
        found = roles_of(header, {})
        names = {name.lower(): name for name in header}
        return {role: names[name] for role, name in found.items()}

    def proposed(self, header: Sequence[str]) -> dict[str, str]:
        found = [name for name in header if plain(name) in EMAIL_NAMES]
        return {"email": found[0]} if len(found) == 1 and not columns_of("customer", header) else {}

    def contested(self, header: Sequence[str]) -> dict[str, list[str]]:
        fitting = {role: columns_of(role, header) for role in NAMES}
        if not all(fitting[role] for role in NEEDED) or not any(fitting[role] for role in WHAT):
            return {}
        return {role: names for role, names in fitting.items() if len(names) > 1}

    def takes_columns(self, header: Sequence[str]) -> bool:
        return not online_retail_columns(header)

    def is_named(self, header: Collection[str], columns: Mapping[str, Any]) -> bool:
        if columns.keys().isdisjoint(OWNER):
            return False
        named = {str(columns.get(role, "")).lower() for role in (*OWNER, "date")}
        return not (named - {""}).isdisjoint(header)

    def used(self, header: Sequence[str], columns: Mapping[str, Any] | None = None) -> list[str]:
        roles = set(roles_of(header, columns or {}).values())
        return [name for name in header if name.lower() in roles]

    def sources_of(self, ours: str, header: Sequence[str], columns: Mapping[str, Any]) -> list[str]:
        role = ROLE_OF.get(ours) or ROLE_OF.get(f"orders.{ours.partition('.')[2]}", "")
        roles = roles_of(header, columns)
        found = roles.get(role) or (roles.get("email") if role == "customer" else None)
        return [name for name in header if name.lower() == found]


def source_names(role: str) -> tuple[str, ...]:
    """Return the names that a column of a role has."""
    return NAMES[role]


TRANSACTIONS = TransactionsLayout(
    "transactions",
    (("order", "customer", "date", "product or amount"),),
    (
        MappedColumn(
            "orders.number",
            source_names("order"),
            "without such a column each customer's rows of a day: `<customer>-<YYYYMMDD>`",
        ),
        MappedColumn(
            "customers.id",
            source_names("customer"),
            "rows without one are left out, unless an e-mail address is chosen",
        ),
        MappedColumn(
            "customers.email",
            source_names("email"),
            "only the column that `email` of `--columns` or the page names; without a number it"
            " says whose the order is: the customer with this address, else a guest",
        ),
        MappedColumn(
            "orders.created_at",
            source_names("date"),
            "ISO 8601, or as `date_format` of `--columns` says; of the order's first row",
        ),
        MappedColumn("order_items.sku", source_names("sku"), "else `name-` and the name's slug"),
        MappedColumn("order_items.name", source_names("name")),
        MappedColumn("order_items.quantity", source_names("quantity"), "1 without"),
        MappedColumn("order_items.price", source_names("price"), "else amount / quantity"),
        MappedColumn("order_items.row_total", source_names("amount"), "where there is no price"),
        MappedColumn("orders.shipping_country", source_names("country"), "and billing"),
    ),
)
LAYOUTS = (TRANSACTIONS,)
