"""Convert flat files of order lines to our own files; `layouts` has their columns."""

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.database.fields import UNITS_PER_ONE, quotient
from core.text.sentences import Sentence
from customers.imports.online_retail.dataset import convert_online_retail
from customers.imports.online_retail.dataset_rows import COLUMNS
from customers.imports.problems import BadCell, shorten_cell
from customers.imports.staging import cells
from integrations.shops.converting.conversion import BAD_DATE, Conversion, ReadFile
from integrations.shops.files.layouts import ColumnRoles, Platform, SourceRow
from integrations.shops.files.values import sku_from_name, strip_guard, utc_text
from integrations.shops.sources import refusal
from integrations.transactions.guide import GUIDES
from integrations.transactions.layouts import (
    LAYOUTS,
    NAMES,
    WHAT,
    columns_of,
    online_retail_columns,
    roles_of,
)

MONEY = ("price", "amount")
DATE_FORMAT = "date_format"
ROLES = ColumnRoles(
    {
        "order": gettext_noop("Number of the order"),
        "customer": gettext_noop("Number of the customer"),
        "date": gettext_noop("Date of the order"),
        "sku": gettext_noop("Number of the product (SKU)"),
        "name": gettext_noop("Name of the product"),
        "quantity": gettext_noop("Quantity"),
        "price": gettext_noop("Price of one piece"),
        "amount": gettext_noop("Amount of the line"),
        "country": gettext_noop("Country"),
    },
    needed=("customer", "date"),
    product=WHAT,
    date_format=DATE_FORMAT,
)
# The SKU of lines that say neither product nor name.
UNNAMED = "item"


def convert(conversion: Conversion) -> None:
    """Write what the files say; a file of Online Retail by the rules of that dataset."""
    files = conversion.of_layouts("transactions")
    if len(files) == 1 and (columns := online_retail_columns(files[0].table.header)):
        _convert_online_retail(conversion, files[0], columns)
        return
    _Lines(conversion).convert()


def _convert_online_retail(conversion: Conversion, file: ReadFile, columns: Sequence[str]) -> None:
    path = conversion.folder / "online_retail" / f"{Path(file.table.path).stem}.csv"
    path.parent.mkdir()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for row in conversion.rows(file):
            writer.writerow(row[column] for column in columns)
    counts = convert_online_retail(path, conversion.folder)
    left_out = {
        gettext_noop("duplicates"): counts.duplicates,
        gettext_noop("without a customer"): counts.rows_without_customer,
    }
    for why, count in left_out.items():
        if count:
            conversion.plan.left_out["rows", why] = count


class _Lines:
    """The lines of all files, and the orders and customers that they make."""

    def __init__(self, conversion: Conversion) -> None:
        self.conversion, self.files = conversion, conversion.of_layouts("transactions")
        self.columns: Mapping[str, str] = conversion.options.columns
        self.customers = conversion.open_table("customers", [], ("id", "kind"))
        self.items = conversion.open_table(
            "order_items", [], ("order", "line", "sku", "name", "quantity", "price", "row_total")
        )
        self.number = ""

    def convert(self) -> None:
        """Write lines as they come, then the orders."""
        columns = ("number", "customer", "state", "created_at", "grand_total")
        places = ("shipping_country", "billing_country")
        orders = self.conversion.open_table("orders", [], (*columns, *places))
        roles = {file.number: roles_of(file.table.header, self.columns) for file in self.files}
        self._check(roles)
        if self.conversion.problem_count:
            return

        def key(row: SourceRow) -> str:
            return row[roles[row.file]["order"]] if "order" in roles[row.file] else ""

        for row in self.conversion.last_rows(self.files, "orders", key):
            self._add(row, roles[row.file])
        for order in self.conversion.scratch.orders():
            total = f"{order.total // UNITS_PER_ONE}.{order.total % UNITS_PER_ONE:04}"
            values = dict(
                zip(
                    columns,
                    (order.number, order.customer, "complete", order.at, total),
                    strict=True,
                )
            )
            values.update(dict.fromkeys(places, order.country))
            orders.write(values, order.file, order.place)

    def _check(self, roles: Mapping[int, Mapping[str, str]]) -> None:
        """Note what the columns lack. Raises ImportRefused where `--columns` names no texts."""
        for name, column in self.columns.items():
            if not isinstance(column, str):
                text = gettext_noop("{name} is no text, such as the name of a column")
                raise refusal(text, "--columns", name=name)
        present = {name.lower() for file in self.files for name in file.table.header}
        for file in self.files:
            known = roles[file.number]
            for role, column in self.columns.items():
                if role in NAMES and (role not in known or column.lower() not in present):
                    text = _("has no column “{column}”, which was chosen")
                    self.conversion.refuse_file(file, text.format(column=column))
            header = file.table.header
            lacking = [role for role in ("customer", "date") if role not in {*known, *self.columns}]
            if known.keys().isdisjoint(WHAT):
                lacking.append("product")
            contested = {} if "customer" in self.columns else file.layout.contested(header)
            for role in lacking:
                if role in contested:
                    self.conversion.refuse_contested(file, role, contested[role])
                    continue
                text = _("no column says which {role} a row is of").format(role=role)
                self.conversion.refuse_file(file, text)
            if "customer" not in self.columns:
                self._check_contested(file, known)

    def _check_contested(self, file: ReadFile, known: Mapping[str, str]) -> None:
        """Refuse a file with several columns for the SKU or a number of a line: none is sure.

        An amount is not read where there is a price.
        """
        counted = ["quantity"] if known.keys() & {"price", "amount"} else ["quantity", *MONEY]
        for role in ("sku", *counted):
            columns = columns_of(role, file.table.header)
            if len(columns) > 1:
                self.conversion.refuse_contested(file, role, columns)

    def _add(self, row: SourceRow, roles: Mapping[str, str]) -> None:
        def cell(role: str) -> str:
            return row[roles[role]].strip() if role in roles else ""

        conversion = self.conversion
        customer = strip_guard(cell("customer"))
        if not customer:
            conversion.plan.left_out["rows", gettext_noop("without a customer")] += 1
            return
        role = "date"
        try:
            at = self._time(cell("date"))
            role = "quantity"
            quantity = self._amount(cell("quantity") or "1")
            role = "price" if cell("price") else "amount"
            given = self._amount(cell(role) or "0")
        except BadCell as error:
            if error.code == BAD_DATE:
                values = {"value": shorten_cell(cell(role))}
                text = gettext_noop('"{value}" is not ISO 8601: say date_format in --columns')
                if pattern := self.columns.get(DATE_FORMAT):
                    text = gettext_noop(
                        '"{value}" is not like {pattern}, the date_format of --columns'
                    )
                    values["pattern"] = pattern
                conversion.refuse(row, roles[role], Sentence(text, values), BAD_DATE)
            else:
                conversion.refuse_cell(row, roles.get(role, role), error.code, cell(role))
            return
        has_price = role == "price"
        total = quotient(quantity * given, UNITS_PER_ONE) if has_price else given
        price = given if has_price else quotient(given * UNITS_PER_ONE, quantity or UNITS_PER_ONE)
        number = strip_guard(cell("order")) or f"{customer}-{at[:10].replace('-', '')}"
        scratch = conversion.scratch
        if "order" in roles and number != self.number:
            self.number = number
            if before := scratch.add_place("order", number, row.file, row.place):
                text = _('the rows of order "{number}" are not together: it begins in row {row}')
                message = text.format(number=number, row=before[1])
                conversion.refuse(row, roles["order"], message)
                return
        if scratch.add_name("customer", customer):
            values = {"id": customer, "kind": "registered"}
            self.customers.write(values, row.file, row.place)
        line, owner = scratch.add_line(
            number, customer, at, total, cell("country"), row.file, row.place
        )
        if owner != customer:
            conversion.refuse_cell(row, roles["customer"], "other_customer", customer)
            return
        name = cell("name")
        sku = strip_guard(cell("sku")) or (sku_from_name(name) if name else UNNAMED)
        conversion.note_line_sku(sku)
        values = {
            "order": number,
            "line": str(line),
            "sku": sku,
            "name": name,
            "quantity": cell("quantity") or "1",
            "price": f"{price // UNITS_PER_ONE}.{price % UNITS_PER_ONE:04}",
            "row_total": "" if has_price else cell("amount"),
        }
        self.items.write(values, row.file, row.place)

    def _time(self, cell: str) -> str:
        zone = self.conversion.options.zone or UTC
        pattern = self.columns.get(DATE_FORMAT)
        if pattern:
            try:
                cell = datetime.strptime(cell, pattern).isoformat(" ")  # noqa: DTZ007
            except ValueError:
                raise BadCell(BAD_DATE if cell else "missing") from None
        try:
            return utc_text(cell, zone)
        except BadCell:
            raise BadCell(BAD_DATE if cell else "missing") from None

    @staticmethod
    def _amount(cell: str) -> int:
        units = cells.number(cell)
        if units < 0:
            raise BadCell("negative")
        return units


def source_of(headers: object) -> str:
    """Return the source of flat files."""
    return "transactions"


TRANSACTIONS = Platform(
    "transactions",
    gettext_noop("Flat files of order lines"),
    source_of,
    LAYOUTS,
    convert,
    guides=GUIDES,
    named=(*NAMES, DATE_FORMAT),
    roles=ROLES,
)
