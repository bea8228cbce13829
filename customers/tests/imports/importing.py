"""Small directories of CSV files, and what an import of them says."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from customers.imports.problems import ImportRefused
from customers.imports.report import FileReport, ImportReport
from customers.imports.shop_csv import import_shop

CUSTOMERS = "id,email\nc1,a@example.com\nc2,b@example.com\n"
ORDERS = "number,customer,state,created_at,grand_total\no1,c1,complete,2026-01-02T03:04:05Z,10\n"
LINES = "order,line,sku,quantity,price\no1,1,A,2,3.50\no1,2,B,1,3\n"
ADDRESSES = "customer,city,is_default_billing\nc1,Köln,true\nc1,Bonn,\nc2,Ulm,\n"
ATTRIBUTES = (
    "code,label,type,options\nlevel,Level,choice,gold|silver\nnote,Note,text,\n"
    "size,Size,number,\nsince,Since,date,\nvip,VIP,boolean,\n"
)
CARTS = "id,customer,created_at,updated_at,applied_rules\nk1,c1,2026-01-02,2026-01-03,x|y\n"
CART_LINES = (
    "cart,line,parent_line,sku,quantity,price,added_at\n"
    "k1,1,,A,2,1.5,2026-01-02T12:00:00Z\nk1,2,1,B,2,9,2026-01-02T12:00:00Z\n"
)
# The header alone, for rows of a test's own.
ORDER = "number,customer,state,created_at,grand_total\n"

NOT_UTF_8 = "The file is not written in UTF-8; save it in Excel as “CSV UTF-8” and send that."
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)

Shop = Callable[..., Path]


class Importer:
    """Writes files into a directory of their own and imports it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.lock_empty_tables = False

    def directory(self, **files: str | bytes) -> Path:
        """Return a new directory with `files`: name without .csv = content."""
        self.count += 1
        directory = self.folder / f"shop{self.count}"
        directory.mkdir()
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (directory / f"{name}.csv").write_bytes(data)
        return directory

    def __call__(self, **files: str | bytes) -> ImportReport:
        return import_shop(self.directory(**files), lock_empty_tables=self.lock_empty_tables)

    def problems(self, **files: str | bytes) -> list[str]:
        """Return the messages with which an import is refused; none where it is not."""
        try:
            self(**files)
        except ImportRefused as refusal:
            return [str(problem) for problem in refusal.problems]
        return []

    def skipping(self, **files: str | bytes) -> tuple[ImportReport, list[list[str]]]:
        """Import what is good; return the report and the file of refused rows."""
        refused = self.folder / f"refused{self.count}.csv"
        report = import_shop(
            self.directory(**files),
            skip_bad_rows=refused,
            lock_empty_tables=self.lock_empty_tables,
        )
        with refused.open(newline="") as stream:
            return report, list(csv.reader(stream))


def counts(report: ImportReport, name: str) -> tuple[int, int, int, int, int]:
    """Return read, created, updated, unchanged, refused of one file."""
    found: FileReport = next(file for file in report.files if file.file == f"{name}.csv")
    return found.read, found.created, found.updated, found.unchanged, found.refused
