"""Convert flat files of order lines to our own files; `layouts` has their columns."""

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.database.fields import UNITS_PER_ONE, quotient
from core.text.folding import is_address
from core.text.sentences import Sentence
from customers.guests import guest_number, normalized_email
from customers.imports.online_retail.dataset import convert_online_retail
from customers.imports.online_retail.dataset_rows import COLUMNS
from customers.imports.problems import BadCell, shorten_cell
from customers.imports.staging import cells
from integrations.shops.converting.conversion import (
    BAD_DATE,
    LOOKS_LIKE_EMAIL,
    Conversion,
    GuestOrder,
    ReadFile,
)
from integrations.shops.converting.latest_orders import ADDRESS_COLUMNS, load_latest_orders
from integrations.shops.converting.scratch import SummedOrder
from integrations.shops.files.layouts import ColumnRoles, Platform, SourceRow
from integrations.shops.files.values import sku_from_name, strip_guard, utc_text
from integrations.shops.sources import refusal
from integrations.transactions.guide import GUIDES
from integrations.transactions.layouts import (
    LAYOUTS,
    NAMES,
    OWNER,
    WHAT,
    columns_of,
    is_whole,
    online_retail_columns,
    roles_of,
)

MONEY = ("price", "amount")
DATE_FORMAT = "date_format"
ROLES = ColumnRoles(
    {
        "order": gettext_noop("Number of the order"),
        "customer": gettext_noop("Number of the customer"),
        "email": gettext_noop("E-mail address of the customer"),
        "date": gettext_noop("Date of the order"),
        "sku": gettext_noop("Number of the product (SKU)"),
        "name": gettext_noop("Name of the product"),
        "quantity": gettext_noop("Quantity"),
        "price": gettext_noop("Price of one piece"),
        "amount": gettext_noop("Amount of the row"),
        "country": gettext_noop("Country"),
    },
    needed=("date",),
    owner=OWNER,
    product=WHAT,
    date_format=DATE_FORMAT,
    hints={
        "order": gettext_noop("Without a column, a customer’s rows of a day are one order."),
        "customer": gettext_noop("Required: this or the e-mail address."),
        "email": gettext_noop("Required: this or the number. Without it nobody can be sent mail."),
        "date": gettext_noop("Required."),
        "sku": gettext_noop("Required: this, the product’s name or the amount."),
        "name": gettext_noop("Required: this, the product’s number or the amount."),
        "quantity": gettext_noop("Without a column, each row is one piece."),
        "amount": gettext_noop(
            "Required: this, the product’s number or its name. Not read where there is a price of"
            " one piece."
        ),
    },
)
# The SKU of lines that say neither product nor name.
UNNAMED = "item"
# Dates as people write them: two numbers and a year, in some order.
WRITTEN_DAY = re.compile(r"([0-9]{1,4})([-./])([0-9]{1,2})\2([0-9]{1,4})(?:[^0-9].*)?").fullmatch
# The problem that a date does not exist, however it is read; a time to show how others are written.
NO_DAY = "no_day"
EXAMPLE = datetime(2026, 12, 31, 14, 5, 30)  # noqa: DTZ001
# The share of numbers of customers that are e-mail addresses from which the plan asks about them.
NEARLY_ALL = 0.9
# Numbers of customers whose e-mail address was erased, each with the number of a guest of it.
ERASED = "erased customer"


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
            file.entry.left_out += count


class _Lines:
    """The lines of all files, and the orders and customers that they make."""

    def __init__(self, conversion: Conversion) -> None:
        self.conversion, self.files = conversion, conversion.of_layouts("transactions")
        self.columns: Mapping[str, str] = conversion.options.columns
        self.roles = {file.number: roles_of(file.table.header, self.columns) for file in self.files}
        self.has_emails = any("email" in one for one in self.roles.values())
        of_guests = ("email", "registered_at") if self.has_emails else ()
        self.customers = conversion.open_table("customers", [], ("id", "kind", *of_guests))
        self.items = conversion.open_table(
            "order_items", [], ("order", "line", "sku", "name", "quantity", "price", "row_total")
        )
        self.number = ""
        # Rows with a number of a customer, and those among them whose number is an e-mail address.
        self.numbered, self.addressed = 0, 0

    def convert(self) -> None:
        """Write lines as they come, then the customers with e-mail addresses and the orders."""
        columns = ("number", "customer", "state", "created_at", "grand_total")
        places = ("shipping_country", "billing_country")
        orders = self.conversion.open_table("orders", [], (*columns, *places))
        roles = self.roles
        self._check(roles)
        if self.conversion.problem_count:
            return

        def key(row: SourceRow) -> str:
            return row[roles[row.file]["order"]] if "order" in roles[row.file] else ""

        for row in self.conversion.last_rows(self.files, "orders", key):
            self._add(row, roles[row.file])
        self._warn_of_addresses()
        self._write_customers()
        for order in self.conversion.scratch.orders():
            total = f"{order.total // UNITS_PER_ONE}.{order.total % UNITS_PER_ONE:04}"
            values = dict(
                zip(
                    columns,
                    (order.number, self._owner(order), "complete", order.at, total),
                    strict=True,
                )
            )
            values.update(dict.fromkeys(places, order.country))
            orders.write(values, order.file, order.place)
        if self.has_emails:
            load_latest_orders(self.conversion)
            marks = ("is_default_billing", "is_default_shipping")
            of_address = ("customer", *ADDRESS_COLUMNS, *marks)
            addresses = self.conversion.open_table("addresses", [], of_address)
            self.conversion.write_guests(self.customers, addresses)

    def _write_customers(self) -> None:
        """Write the customers with their e-mail addresses, if the files have any addresses."""
        conversion = self.conversion
        for number, email, file, place in conversion.scratch.customer_emails():
            values = {"id": number, "email": email}
            if conversion.write_account(self.customers, values, SourceRow(file, place, [], {})):
                conversion.scratch.add_account(number, email)
            else:
                # The orders of an erased address are left out as those of an erased guest.
                conversion.scratch.add_name(ERASED, number, guest_number(email))

    def _owner(self, order: SummedOrder) -> str:
        """Return whose an order is; note the guest of an order that only has an e-mail address."""
        conversion = self.conversion
        if order.customer or not order.email:
            erased = conversion.scratch.name(ERASED, order.customer) if self.has_emails else None
            return erased or order.customer
        return conversion.customer_of(
            email=order.email,
            order=lambda: GuestOrder(order.at, order.number, {}, {}, {}, {}),
            row=SourceRow(order.file, order.place, [], {}),
        )

    def _warn_of_addresses(self) -> None:
        """Ask whether the numbers of customers are meant as e-mail addresses."""
        if self.has_emails or not self.addressed or self.addressed < NEARLY_ALL * self.numbered:
            return
        self.conversion.plan.warn(
            LOOKS_LIKE_EMAIL,
            gettext_noop(
                "the numbers of the customers look like e-mail addresses: choose their column as"
                " the e-mail address, or nobody can be sent mail"
            ),
            self.addressed,
        )

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
            given = {*known, *self.columns}
            lacking = ["customer"] if given.isdisjoint(OWNER) else []
            if "date" not in given:
                lacking.append("date")
            if known.keys().isdisjoint(WHAT):
                lacking.append("product")
            contested = {} if is_whole(self.columns) else file.layout.contested(header)
            for role in lacking:
                if role in contested:
                    self.conversion.refuse_contested(file, role, contested[role])
                    continue
                text = _("no column says which {role} a row is of").format(role=role)
                self.conversion.refuse_file(file, text)
            if not is_whole(self.columns):
                self._check_contested(file, known)

    def _check_contested(self, file: ReadFile, known: Mapping[str, str]) -> None:
        """Refuse a file with several columns for the SKU or a number of a line: none is sure.

        An amount is not read where there is a price.
        """
        counted = ["quantity"] if known.keys() & {"price", "amount"} else ["quantity", *MONEY]
        owner = ["customer"] if "email" in known else []
        for role in (*owner, "sku", *counted):
            columns = columns_of(role, file.table.header)
            if len(columns) > 1:
                self.conversion.refuse_contested(file, role, columns)

    def _add(self, row: SourceRow, roles: Mapping[str, str]) -> None:
        def cell(role: str) -> str:
            return row[roles[role]].strip() if role in roles else ""

        conversion = self.conversion
        customer, email = strip_guard(cell("customer")), cell("email")
        if not customer and not email:
            conversion.leave_out(row, "rows", gettext_noop("without a customer"))
            return
        if email and not is_address(email):
            conversion.refuse_cell(row, roles["email"], "address", email)
            return
        self.numbered += bool(customer)
        self.addressed += "@" in customer and is_address(customer)
        role = "date"
        try:
            at = self._time(cell("date"))
            role = "quantity"
            quantity = self._amount(cell("quantity") or "1")
            role = "price" if cell("price") else "amount"
            given = self._amount(cell(role) or "0")
        except BadCell as error:
            if error.code in (BAD_DATE, NO_DAY):
                conversion.refuse(
                    row, roles[role], self._date_sentence(cell(role), error.code), error.code
                )
            else:
                conversion.refuse_cell(row, roles.get(role, role), error.code, cell(role))
            return
        has_price = role == "price"
        total = quotient(quantity * given, UNITS_PER_ONE) if has_price else given
        price = given if has_price else quotient(given * UNITS_PER_ONE, quantity or UNITS_PER_ONE)
        day = at[:10].replace("-", "")
        number = strip_guard(cell("order")) or f"{customer or guest_number(email)}-{day}"
        scratch = conversion.scratch
        if "order" in roles and number != self.number:
            self.number = number
            if before := scratch.add_place("order", number, row.file, row.place):
                text = _('the rows of order "{number}" are not together: it begins in row {row}')
                message = text.format(number=number, row=before[1])
                conversion.refuse(row, roles["order"], message)
                return
        if customer and self.has_emails:
            scratch.note_email(customer, at, email, row.file, row.place)
        elif customer and scratch.add_name("customer", customer):
            values = {"id": customer, "kind": "registered"}
            self.customers.write(values, row.file, row.place)
        line, *owner = scratch.add_line(
            number, customer, at, total, cell("country"), row.file, row.place, email
        )
        if not _is_same_owner((customer, email), owner):
            role = "customer" if customer else "email"
            conversion.refuse_cell(row, roles[role], "other_customer", customer or email)
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

    def _date_sentence(self, cell: str, code: str) -> Sentence:
        """Return what the problem `code` of a date is, and how a right one is written."""
        pattern = self.columns.get(DATE_FORMAT)
        example = EXAMPLE.strftime(pattern) if pattern else str(EXAMPLE.date())
        values = {"value": shorten_cell(cell), "example": example}
        if code == NO_DAY:
            text = gettext_noop(
                '"{value}" is no day of the calendar; dates of these files are written as {example}'
            )
            return Sentence(text, values)
        if not pattern:
            text = gettext_noop('"{value}" is not ISO 8601: say date_format in --columns')
            return Sentence(text, values)
        text = gettext_noop('"{value}" is not like {pattern}, the date_format of --columns')
        return Sentence(text, {**values, "pattern": pattern})

    def _time(self, cell: str) -> str:
        zone = self.conversion.options.zone or UTC
        pattern = self.columns.get(DATE_FORMAT)
        if pattern:
            try:
                cell = datetime.strptime(cell, pattern).isoformat(" ")  # noqa: DTZ007
            except ValueError:
                raise BadCell(_date_code(cell, pattern)) from None
        try:
            return utc_text(cell, zone)
        except BadCell:
            raise BadCell(_date_code(cell, pattern)) from None

    @staticmethod
    def _amount(cell: str) -> int:
        units = cells.number(cell)
        if units < 0:
            raise BadCell("negative")
        return units


def _date_code(cell: str, pattern: str | None) -> str:
    """Return the code of the problem with a date that cannot be read."""
    if not cell:
        return "missing"
    return NO_DAY if _is_no_day(cell, pattern) else BAD_DATE


def _is_no_day(cell: str, pattern: str | None) -> bool:
    """Return whether a cell is written as a date that no order of day, month and year makes one.

    A year of two digits may come first unless a person has said by `pattern` how dates are written.
    """
    found = WRITTEN_DAY(cell)
    if found is None:
        return False
    first, middle, last = int(found[1]), int(found[3]), int(found[4])
    if len(found[1]) > 2:
        readings = [(first, middle, last)]
    else:
        readings = [(last, middle, first), (last, first, middle)]
        if not pattern and len(found[4]) <= 2:
            readings.append((first, middle, last))
    return not any(_is_day(*reading) for reading in readings)


def _is_day(year: int, month: int, day: int) -> bool:
    """Return whether there is a day; years of two digits are of this century."""
    try:
        date(year if year > 99 else year + 2000, month, day)
    except ValueError:
        return False
    return True


def _is_same_owner(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether two pairs of number and e-mail address may be of one customer."""
    if one[0] and other[0]:
        return one[0] == other[0]
    return normalized_email(one[1]) == normalized_email(other[1])


def source_of(headers: object) -> str:
    """Return the source of flat files."""
    return "transactions"


TRANSACTIONS = Platform(
    "transactions",
    gettext_noop("List of orders of any shop"),
    source_of,
    LAYOUTS,
    convert,
    guides=GUIDES,
    named=(*NAMES, DATE_FORMAT),
    roles=ROLES,
)
