"""Cleaning steps of an Online Retail file, as its platform takes them, and the rows each leaves.

A file is read once, and nothing is stored. Only a digest of each row that reaches the search for
duplicates is kept, and of each step the customers and stock codes that are left.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from django.conf import settings

from customers.imports.online_retail.dataset_rows import BadRow, Sold, rows_of, sold_in
from customers.imports.problems import REPORTED_AT_MOST, ImportProblem, ImportRefused
from customers.imports.run import OnProgress

DIGITS = frozenset("0123456789")
# A stock code with fewer is none of a product.
FEWEST_DIGITS = 2
CANCELLATION = "C"
DIGEST_BYTES = 16
PROGRESS_EVERY_ROWS = 10_000


@dataclass(frozen=True)
class Step:
    """The rows that a step leaves; `removed` is None of the first step, which reads the file."""

    step: str
    rows: int
    removed: int | None
    customers: int
    stock_codes: int


@dataclass(frozen=True)
class Cleaning:
    """The steps in their order, and how many of the rows and invoices are cancellations."""

    steps: Sequence[Step]
    cancellation_rows: int
    cancellation_invoices: int
    invoices: int


@dataclass
class _Left:
    """Counts of the rows that a step leaves."""

    rows: int = 0
    customers: set[str] = field(default_factory=set)
    stock_codes: set[str] = field(default_factory=set)

    def add(self, customer: str, stock_code: str) -> None:
        """Count a row; an empty customer or stock code is not counted."""
        self.rows += 1
        if customer:
            self.customers.add(customer)
        if stock_code:
            self.stock_codes.add(stock_code)


class _Once:
    """A step that removes rows which equal an earlier row cell by cell."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def keeps(self, cells: Sequence[str], _sold: Sold) -> bool:
        """Return whether no earlier row had the same cells."""
        # Different rows have different texts, since the length of each cell precedes the cell.
        whole = "".join(f"{len(cell)}:{cell}" for cell in cells)
        digest = blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()
        if digest in self._seen:
            return False
        self._seen.add(digest)
        return True


@dataclass
class _Transactions:
    """A step that counts cancellations and keeps all rows."""

    rows: int = 0
    cancellations: set[str] = field(default_factory=set)
    invoices: set[str] = field(default_factory=set)

    def keeps(self, _cells: Sequence[str], sold: Sold) -> bool:
        """Count the row and return True."""
        self.invoices.add(sold.invoice)
        if sold.invoice.startswith(CANCELLATION):
            self.rows += 1
            self.cancellations.add(sold.invoice)
        return True


def clean_rows(path: Path, progress: OnProgress | None = None) -> Cleaning:
    """Return the rows that each step leaves of a .csv, .csv.xz or .xlsx file, as counts.

    Raises ImportRefused where rows of customers are invalid, with their lines; also OSError.
    """
    transactions = _Transactions()
    steps: Sequence[tuple[str, Callable[[Sequence[str], Sold], bool]]] = (
        ("nulls", _is_described),
        ("duplicates", _Once().keeps),
        ("transactions", transactions.keeps),
        ("codes", _is_of_a_product),
        ("descriptions", _is_no_service),
        ("prices", _has_a_price),
    )
    read, left = _Left(), {name: _Left() for name, _keeps in steps}
    for cells, sold in _rows(path, progress):
        read.add("" if sold is None else sold.customer, cells[1])
        if sold is None:
            continue
        for name, keeps in steps:
            if not keeps(cells, sold):
                break
            left[name].add(sold.customer, sold.sku)
    return Cleaning(
        list(_steps({"read": read} | left)),
        transactions.rows,
        len(transactions.cancellations),
        len(transactions.invoices),
    )


def _rows(path: Path, progress: OnProgress | None) -> Iterator[tuple[tuple[str, ...], Sold | None]]:
    """Yield each row's cells and its sale, None without a customer; raises at the end."""
    problems, total = list[ImportProblem](), 0
    for number, (line, cells, done, size) in enumerate(rows_of(path), 1):
        if progress and number % PROGRESS_EVERY_ROWS == 0:
            progress(path.name, done, size)
        try:
            yield cells, sold_in(cells) if cells[6] else None
        except BadRow as error:
            total += 1
            if total <= REPORTED_AT_MOST:
                problems.append(error.problem(path.name, line))
    if problems:
        raise ImportRefused(problems, total)


def _steps(left: dict[str, _Left]) -> Iterator[Step]:
    before: int | None = None
    for name, one in left.items():
        removed = None if before is None else before - one.rows
        yield Step(name, one.rows, removed, len(one.customers), len(one.stock_codes))
        before = one.rows


def _is_described(_cells: Sequence[str], sold: Sold) -> bool:
    return bool(sold.description)


def _is_of_a_product(_cells: Sequence[str], sold: Sold) -> bool:
    return sum(letter in DIGITS for letter in sold.sku) >= FEWEST_DIGITS


def _is_no_service(_cells: Sequence[str], sold: Sold) -> bool:
    return sold.description.strip() not in settings.PREDICTIONS_EXCLUDED_NAMES


def _has_a_price(_cells: Sequence[str], sold: Sold) -> bool:
    return sold.unit_price > 0
