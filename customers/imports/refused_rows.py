"""The refused rows with their reasons, as a CSV file to correct and import again."""

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from core.figures.table import csv_text
from customers.imports.problems import ImportProblem
from customers.imports.run import Run
from customers.imports.staging.csv_rows import Row, open_rows
from customers.imports.staging.source_files import open_source
from customers.imports.tables import Table

HEADER = ("file", "line", "reason", "row")

# Writes the rows that the problems are of to a file.
KeepRefused = Callable[[Iterable[ImportProblem], Path], None]
# Notes the problems of all refused rows.
NoteRefused = Callable[[Iterable[ImportProblem]], None]


def all_refusals(run: Run) -> Iterator[ImportProblem]:
    """Yield the problems of all refused rows, file by file in the order of their lines."""
    for table in run.tables:
        for _line, problem in run.refusals.by_line(table):
            yield problem


def write_refused_rows(run: Run, path: Path) -> None:
    """Write one row for each refused row: its file, line, reasons and the row itself as CSV."""
    # Bytes that were not UTF-8 become question marks, so that the file is readable.
    with path.open("w", encoding="utf-8", errors="replace", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for table in run.tables:
            if run.refusals.count(table):
                found = _refused_rows(run, table, run.sources[table.name])
                for problems, cells in found:
                    reason = "; ".join(problem.reason for problem in problems)
                    place = problems[0].file, problems[0].line
                    writer.writerow((*place, reason, _as_csv(cells)))


def _refused_rows(
    run: Run, table: Table, source: Path
) -> Iterator[tuple[list[ImportProblem], list[str]]]:
    """Yield the refused rows by reading the file again, in step with the refusals."""
    with open_source(source) as (stream, _stored):
        rows = iter(open_rows(table.file, stream, table.columns.__contains__))
        for line, found in groupby(run.refusals.by_line(table), key=lambda found: found[0]):
            problems = [one for _line, one in found]
            for row in rows:
                number, cells = (row.line, row.cells) if isinstance(row, Row) else row
                if number == line:
                    yield problems, cells
                    break


def _as_csv(cells: list[str]) -> str:
    return csv_text([cells], end="")
