"""What cleaning leaves of an Online Retail file: the steps that its platform takes, one by one.

A file is read once, and nothing is stored. Of each row that comes so far only a digest is kept, so
that rows that stand twice are found; of each step the customers and stock codes that are left.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from django.conf import settings

from customers.imports.online_retail_rows import BadRow, Sold, rows_of, sold_in
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
    """What a step leaves; `removed` is None of the first, which reads."""

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
    """Counts what a step leaves."""

    rows: int = 0
    customers: set[str] = field(default_factory=set)
    stock_codes: set[str] = field(default_factory=set)

    def add(self, customer: str, stock_code: str) -> None:
        """Count a row; an empty text is nobody, and nothing."""
        self.rows += 1
        if customer:
            self.customers.add(customer)
        if stock_code:
            self.stock_codes.add(stock_code)


class _Once:
    """Keeps rows of which no equal one, cell by cell, was there before."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def keeps(self, cells: Sequence[str], _sold: Sold) -> bool:
        """Return whether it is the first of its kind."""
        # No two rows are written alike: a cell has its length before it.
        whole = "".join(f"{len(cell)}:{cell}" for cell in cells)
        digest = blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()
        if digest in self._seen:
            return False
        self._seen.add(digest)
        return True


@dataclass
class _Transactions:
    """Counts cancellations; keeps all."""

    rows: int = 0
    cancellations: set[str] = field(default_factory=set)
    invoices: set[str] = field(default_factory=set)

    def keeps(self, _cells: Sequence[str], sold: Sold) -> bool:
        """Return True, once the row is counted."""
        self.invoices.add(sold.invoice)
        if sold.invoice.startswith(CANCELLATION):
            self.rows += 1
            self.cancellations.add(sold.invoice)
        return True


def cleaned(path: Path, progress: OnProgress | None = None) -> Cleaning:
    """Return what each step leaves of a .csv, .csv.xz or .xlsx file.

    Raises ImportRefused where rows of customers are bad, with their lines, and OSError.
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
    """Yield the cells of each row and what it says, None of nobody's; raises at the end."""
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
