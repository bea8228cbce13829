"""The UCI Online Retail dataset as a shop: the seven rules that give everyone the same figures."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from sys import intern

from core.database.fields import UNITS_PER_ONE, quotient
from customers.imports.online_retail.dataset_rows import BadRow, rows_of, sold_in
from customers.imports.problems import ImportProblem, ImportRefused
from customers.imports.report import ImportReport
from customers.imports.run import OnProgress
from customers.imports.shop_csv import import_shop
from customers.snapshots.scratch import scratch

IS_PRODUCT = re.compile(r"[0-9]{5}[A-Za-z]{0,2}").fullmatch
# Quantity x price, both in units of 1/10,000, for each penny.
UNITS_OF_A_PENNY = UNITS_PER_ONE * UNITS_PER_ONE // 100
PROGRESS_EVERY_ROWS = 10_000


@dataclass
class Counts:
    """Counts of the file's rows and of the rows made from them; `revenue` is in pence."""

    rows_read: int = 0
    duplicates: int = 0
    rows_without_customer: int = 0
    adjustments: int = 0
    credit_notes: int = 0
    credit_note_lines: int = 0
    orders: int = 0
    lines: int = 0
    services: int = 0
    customers: int = 0
    revenue: int = 0


@dataclass
class Line:
    """A row of an invoice; the total is in pence."""

    sku: str
    name: str
    quantity: int
    price: str
    total: int
    # Where it stands in the file.
    place: int


@dataclass
class Invoice:
    """The rows of one invoice number."""

    number: str
    customer: str
    country: str
    at: str
    lines: list[Line] = field(default_factory=list)

    @property
    def is_credit_note(self) -> bool:
        """Whether the invoice takes back sold goods."""
        return self.number.startswith("C")

    @property
    def is_order(self) -> bool:
        """Whether something was sold."""
        return not self.is_credit_note and any(line.quantity > 0 for line in self.lines)


def import_online_retail(
    path: Path, progress: OnProgress | None = None
) -> tuple[Counts, ImportReport]:
    """Import a .csv, .csv.xz or .xlsx file of the dataset; times in it are UTC.

    Raises ImportRefused, with nothing written, where a row is invalid; also OSError.
    """
    with scratch("online-retail") as directory:
        counts = convert_online_retail(path, directory, progress)
        return counts, import_shop(directory, progress=progress)


def convert_online_retail(
    path: Path, directory: Path, progress: OnProgress | None = None
) -> Counts:
    """Write a file of the dataset as the files of a shop. Raises ImportRefused, and OSError."""
    counts = Counts()
    invoices, first_seen = _read(path, counts, progress)
    _write_shop(directory, invoices, first_seen, counts)
    return counts


def _read(
    path: Path, counts: Counts, progress: OnProgress | None
) -> tuple[list[Invoice], dict[str, str]]:
    """Return the invoices of customers, and the customers' first moments."""
    invoices: dict[str, Invoice] = {}
    first_seen: dict[str, str] = {}
    seen: set[tuple[str, ...] | str] = set()
    problems: list[ImportProblem] = []
    for line, row, done, total in rows_of(path):
        counts.rows_read += 1
        if progress and counts.rows_read % PROGRESS_EVERY_ROWS == 0:
            progress(path.name, done, total)
        # One text takes a fraction of the memory of eight.
        whole = "\x1f".join(row)
        if whole in seen:
            counts.duplicates += 1
            continue
        seen.add(whole)
        number, customer = row[0], row[6]
        # The dataset's adjustments have no customer: they count as both.
        counts.adjustments += number.startswith("A")
        counts.rows_without_customer += not customer
        if customer and not number.startswith("A"):
            _add(invoices, first_seen, problems, path.name, line, row)
    if problems:
        raise ImportRefused(problems[:100], len(problems))
    return list(invoices.values()), first_seen


def _add(
    invoices: dict[str, Invoice],
    first_seen: dict[str, str],
    problems: list[ImportProblem],
    file: str,
    line: int,
    row: tuple[str, ...],
) -> None:
    """Add a row to its invoice, or the row's fault to `problems`."""
    try:
        sold = sold_in(row)
    except BadRow as error:
        problems.append(error.problem(file, line))
        return
    number, customer, at = sold.invoice, sold.customer, sold.at
    invoice = invoices.get(number)
    if invoice is None:
        invoice = invoices[number] = Invoice(number, customer, intern(sold.country), at)
    elif invoice.customer != customer:
        problems.append(ImportProblem(file, line, "CustomerID", "other_customer", customer))
        return
    invoice.at = min(invoice.at, at)
    total = quotient(sold.quantity * sold.unit_price, UNITS_OF_A_PENNY)
    name, price = intern(sold.description.strip()), intern(sold.price)
    invoice.lines.append(Line(intern(sold.sku), name, sold.quantity, price, total, line))
    first_seen[customer] = min(first_seen.get(customer, at), at)


def _write_shop(
    directory: Path,
    invoices: list[Invoice],
    first_seen: dict[str, str],
    counts: Counts,
) -> None:
    """Write the invoices as the files of a shop."""
    orders = [invoice for invoice in invoices if invoice.is_order]
    notes = [invoice for invoice in invoices if invoice.is_credit_note]
    latest: dict[str, Invoice] = {}
    for order in orders:
        last = latest.get(order.customer)
        if last is None or _later(order) > _later(last):
            latest[order.customer] = order
    _write(directory, "customers", ("id", "registered_at"), first_seen.items())
    _write(
        directory,
        "addresses",
        ("customer", "country", "is_default_billing", "is_default_shipping"),
        ((customer, order.country, "true", "true") for customer, order in latest.items()),
    )
    names = _product_names(line for one in (*orders, *notes) for line in one.lines)
    _write(
        directory,
        "products",
        ("sku", "name", "product_type"),
        ((sku, name or sku, _kind(sku)) for sku, name in names.items()),
    )
    _write(
        directory,
        "orders",
        (
            *("number", "customer", "state", "created_at", "grand_total", "subtotal"),
            *("shipping_amount", "shipping_country", "billing_country"),
        ),
        (_order_row(order) for order in orders),
    )
    _write(
        directory,
        "order_items",
        ("order", "line", "sku", "name", "product_type", "quantity", "price", "row_total"),
        (
            (
                *(order.number, nth, line.sku, line.name, _kind(line.sku)),
                *(_decimal(line.quantity, 4), line.price, _decimal(line.total, 2)),
            )
            for order in orders
            for nth, line in enumerate(order.lines, 1)
        ),
    )
    _write(
        directory,
        "refunds",
        ("number", "customer", "created_at", "amount"),
        (
            (note.number, note.customer, note.at, _decimal(-sum(x.total for x in note.lines), 2))
            for note in notes
        ),
    )
    _write(
        directory,
        "refund_items",
        ("refund", "line", "sku", "name", "product_type", "quantity", "row_total"),
        (
            (
                *(note.number, nth, line.sku, line.name, _kind(line.sku)),
                *(_decimal(-line.quantity, 4), _decimal(-line.total, 2)),
            )
            for note in notes
            for nth, line in enumerate(note.lines, 1)
        ),
    )
    counts.customers = len(first_seen)
    counts.orders, counts.credit_notes = len(orders), len(notes)
    counts.lines = sum(len(order.lines) for order in orders)
    counts.credit_note_lines = sum(len(note.lines) for note in notes)
    ordered = [line for order in orders for line in order.lines]
    counts.services = sum(_kind(line.sku) == "service" for line in ordered)
    counts.revenue = sum(line.total for line in ordered)


def _product_names(lines: Iterable[Line]) -> dict[str, str]:
    """Return for each product its latest name in the file's order; empty where it has none."""
    names: dict[str, str] = {}
    for line in sorted(lines, key=attrgetter("place")):
        if line.name or line.sku not in names:
            names[line.sku] = line.name
    return names


def _order_row(order: Invoice) -> tuple[str, ...]:
    total = sum(line.total for line in order.lines)
    products = sum(line.total for line in order.lines if _kind(line.sku) == "simple")
    return (
        *(order.number, order.customer, "complete", order.at),
        *(_decimal(total, 2), _decimal(products, 2), _decimal(total - products, 2)),
        *(order.country, order.country),
    )


def _later(order: Invoice) -> tuple[str, int, str]:
    """Return what orders are ranked by: when, then the higher number."""
    return order.at, len(order.number), order.number


def _kind(sku: str) -> str:
    return "simple" if IS_PRODUCT(sku) else "service"


def _decimal(amount: int, decimals: int) -> str:
    scale = 10**decimals
    whole, rest = divmod(abs(amount), scale)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:0{decimals}}"


def _write(directory: Path, name: str, header: tuple[str, ...], rows: object) -> None:
    with (directory / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)  # type: ignore[arg-type]
