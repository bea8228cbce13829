"""Finds up to a million named customers with a few statements, by way of a staging table.

No id is read into Python. Both tables are temporary tables of the connection.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import Any

from django.db import connection

from core.text.folding import folded_address
from customers.imports.problems import REASONS, REPORTED_AT_MOST, shorten_cell
from customers.imports.staging.cells import Value
from customers.imports.staging.copying import OpenCopy
from customers.imports.staging.csv_rows import is_unicode
from customers.imports.staging.staging_tables import Stage
from customers.models import Customer, CustomerMerge

# The table of the customers found: `customer_id` and `name`, a row for each name of a customer.
FOUND = "named_customers"

MOST = 1_000_000
LONGEST_NAME = 255
STAGED_AT_ONCE = 5_000
# The most unknown names that are shown of those left out.
LEFT_OUT_SHOWN = 10
COLUMNS = ("place", "name", "given", "email")

CUSTOMERS = Customer._meta.db_table
MERGES = CustomerMerge._meta.db_table


@dataclass(frozen=True)
class Name:
    """A name of a customer, and its place: the index in a list, or the line of a file, from 1.

    `fault` is one of `customers.imports.problems.REASONS` where the name cannot be read. An `email`
    beside a number belongs to the same customer.
    """

    place: int
    value: str
    fault: str = ""
    email: str = ""

    @property
    def reason(self) -> str:
        """The description of the fault."""
        return str(REASONS[self.fault]).format(value=self.value)


class By(StrEnum):
    """The kind of names: customer numbers or e-mail addresses."""

    ID = "id"
    EMAIL = "email"


@dataclass(frozen=True)
class Names:
    """Names of customers: customer numbers or e-mail addresses.

    An address means every active customer who has it; the number of a merged guest means the
    customer that the guest was merged into. `rows` are iterated once.
    """

    by: By
    rows: Iterable[Name]


class TooManyNames(ValueError):
    """More than `MOST` names at once."""


class RefusedNames(ValueError):
    """Names that cannot be taken: the first of them by place, and how many there are."""

    def __init__(self, first: Sequence[Name], total: int) -> None:
        self.first, self.total = first, total
        super().__init__("; ".join(f"{one.place}: {one.reason}" for one in first))


@dataclass
class Found:
    """How many customers are found in `FOUND`, and how many different names are nobody's.

    `left_out` are the first of these, as they were given.
    """

    customers: int
    unknown: int
    left_out: tuple[str, ...]


@contextmanager
def named_customers(names: Names, *, skip_unknown: bool) -> Iterator[Found]:
    """Find the customers of `names`; the table `FOUND` is there until the end of the block.

    Raises TooManyNames; RefusedNames, with `skip_unknown` not for names that are nobody's.
    """
    stage, faults = _stage_names(names)
    customers = _find(names.by)
    _refuse_contradictions(stage, faults)
    nobodys = (
        f"FROM {stage.name} s WHERE NOT EXISTS (SELECT 1 FROM {FOUND} f WHERE f.name = s.name)"
    )
    ((total, unknown),) = _rows(f"SELECT COUNT(*), COUNT(DISTINCT s.name) {nobodys}")
    if total and not skip_unknown:
        first = _rows(f"SELECT place, given {nobodys} ORDER BY place LIMIT {REPORTED_AT_MOST}")
        faults.first += [Name(place, shorten_cell(given), "unknown") for place, given in first]
        faults.total += total
    if faults.total:
        first_of_all = sorted(faults.first, key=lambda name: name.place)[:REPORTED_AT_MOST]
        raise RefusedNames(first_of_all, faults.total)
    left_out = _rows(
        f"SELECT MIN(s.given) {nobodys} GROUP BY s.name ORDER BY MIN(s.place)"
        f" LIMIT {LEFT_OUT_SHOWN if total else 0}"
    )
    yield Found(customers, unknown, tuple(shorten_cell(given) for (given,) in left_out))
    # Not after an error: the tables then go with the transaction, which takes nothing more.
    stage.drop()
    _execute(f"DROP TABLE {FOUND}")


@dataclass
class _Faults:
    """Names that cannot be read: the first of them, and how many there are."""

    first: list[Name] = field(default_factory=list)
    total: int = 0

    def add(self, name: Name) -> None:
        self.total += 1
        if len(self.first) < REPORTED_AT_MOST:
            self.first.append(name)


def _stage_names(names: Names) -> tuple[Stage, _Faults]:
    """Write the names into a temporary table, as they are looked for and as they were given."""
    copying = OpenCopy(connection)
    ddl = ["place bigint", "name text", "given text", "email text"]
    stage = Stage(copying, "names", ddl, COLUMNS)
    faults, rows, count = _Faults(), iter(names.rows), 0
    while part := list(islice(rows, STAGED_AT_ONCE)):
        count += len(part)
        if count > MOST:
            raise TooManyNames
        good: list[Sequence[Value]] = []
        for name in part:
            if fault := name.fault or _fault_of(name.value):
                faults.add(replace(name, value=shorten_cell(name.value), fault=fault))
            else:
                is_email = names.by is By.EMAIL
                looked_for = folded_address(name.value.strip()) if is_email else name.value
                email = folded_address(name.email.strip()) if is_unicode(name.email) else ""
                good.append((name.place, looked_for, name.value, email.replace("\0", "")))
        stage.write(good)
        # Where the next names come from is not known here: it may be the same connection.
        copying.close()
    stage.written(["name"])
    return stage, faults


def _fault_of(value: str) -> str:
    if not value.strip():
        return "missing"
    if "\0" in value:
        return "nul"
    if not is_unicode(value):
        return "encoding"
    return "long" if len(value) > LONGEST_NAME else ""


def _find(by: By) -> int:
    """Find the customers that the names mean, and return how many there are."""
    _execute(
        f"CREATE TEMPORARY TABLE {FOUND} "
        "(customer_id BIGINT, name TEXT, PRIMARY KEY (customer_id, name))"
    )
    if by is By.EMAIL:
        found = (
            f"SELECT c.id, s.name FROM import_names s JOIN {CUSTOMERS} c"
            " ON c.mailbox = s.name WHERE c.is_active"
        )
    else:
        found = (
            f"SELECT c.id, s.name FROM import_names s JOIN {CUSTOMERS} c ON c.external_id = s.name"
            f" UNION SELECT m.customer_id, s.name FROM import_names s JOIN {MERGES} m"
            " ON m.guest_external_id = s.name WHERE NOT EXISTS"
            f" (SELECT 1 FROM {CUSTOMERS} c WHERE c.external_id = s.name)"
        )
    _execute(f"INSERT INTO {FOUND} (customer_id, name) SELECT DISTINCT * FROM ({found}) f")
    _execute(f"CREATE INDEX {FOUND}_name ON {FOUND} (name)")
    if connection.vendor == "postgresql":
        _execute(f"ANALYZE {FOUND}")
    ((count,),) = _rows(f"SELECT COUNT(DISTINCT customer_id) FROM {FOUND}")
    return int(count)


def _refuse_contradictions(stage: Stage, faults: _Faults) -> None:
    """Refuse the names whose e-mail address is another customer's, and not the named one's."""
    contradicting = (
        f"FROM {stage.name} s WHERE s.email <> ''"
        f" AND EXISTS (SELECT 1 FROM {FOUND} f WHERE f.name = s.name)"
        f" AND EXISTS (SELECT 1 FROM {CUSTOMERS} c WHERE c.mailbox = s.email AND c.is_active)"
        f" AND NOT EXISTS (SELECT 1 FROM {FOUND} f JOIN {CUSTOMERS} c ON c.id = f.customer_id"
        " WHERE f.name = s.name AND c.mailbox = s.email)"
    )
    ((total,),) = _rows(f"SELECT COUNT(*) {contradicting}")
    if total:
        first = _rows(
            f"SELECT s.place, s.given {contradicting} ORDER BY s.place LIMIT {REPORTED_AT_MOST}"
        )
        faults.first += [
            Name(place, shorten_cell(given), "two_customers") for place, given in first
        ]
        faults.total += total


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _execute(sql: str, params: Any = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)
