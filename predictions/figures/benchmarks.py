"""Benchmarks: imported figures of other shops with their source."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO

from django.db import transaction

from core.clock import now
from core.database.fields import from_units
from customers.imports.problems import (
    REPORTED_AT_MOST,
    BadCell,
    BrokenFile,
    ImportProblem,
    ImportRefused,
    shorten_cell,
)
from customers.imports.report import FileReport, ImportReport
from customers.imports.staging import cells
from customers.imports.staging.csv_rows import CsvRows, Row
from predictions.figures.periods import period_of
from predictions.models import Benchmark

# Converts a cell of the file to the stored value.
Convert = Callable[[str], str | Decimal]
LONGEST_METRIC, LONGEST_SOURCE = 100, 255
# How many figures of all metrics are shown at most, those of the latest periods.
MOST_SHOWN = 1_000


def _text(limit: int) -> Convert:
    def convert(cell: str) -> str:
        if not cell.strip():
            raise BadCell("missing")
        if len(cell) > limit:
            raise BadCell("long")
        return cell

    return convert


def _value(cell: str) -> Decimal:
    if not cell:
        raise BadCell("missing")
    return from_units(cells.number(cell))


def _period(cell: str) -> str:
    if not cell:
        raise BadCell("missing")
    try:
        return str(period_of(cell))
    except ValueError:
        raise BadCell("period") from None


# The columns of the file, all required, with their converters.
CONVERTS: Mapping[str, Convert] = {
    "metric": _text(LONGEST_METRIC),
    "value": _value,
    "period": _period,
    "source": _text(LONGEST_SOURCE),
}


def foreign() -> Mapping[str, Sequence[Benchmark]]:
    """Return the imported figures by metric, the latest period first."""
    found = defaultdict[str, list[Benchmark]](list)
    for one in Benchmark.objects.order_by("-period", "metric", "source")[:MOST_SHOWN]:
        found[one.metric].append(one)
    return found


def import_benchmarks(path: Path) -> ImportReport:
    """Store the figures of a CSV file; a figure of equal metric, period and source is replaced.

    Raises ImportRefused, with nothing written, where a row or the header is bad, and OSError where
    the file cannot be read.
    """
    report = FileReport(path.name)
    with path.open("rb") as stream, transaction.atomic():
        problems, total = list[ImportProblem](), 0
        try:
            for found in _read(path.name, stream):
                report.read += 1
                if isinstance(found, Benchmark):
                    _store(found, report)
                    continue
                total += 1
                if total <= REPORTED_AT_MOST:
                    problems.append(found)
        except BrokenFile as error:
            problems, total = [*problems, *error.problems], total + len(error.problems)
        if problems:
            raise ImportRefused(problems, total)
    return ImportReport([report])


def _store(one: Benchmark, report: FileReport) -> None:
    key = {"metric": one.metric, "period": one.period, "source": one.source}
    stored = Benchmark.objects.filter(**key).first()
    if stored is None:
        one.save()
        report.created += 1
    elif stored.value != one.value:
        stored.value, stored.imported_at = one.value, one.imported_at
        stored.save()
        report.updated += 1


def _read(file: str, stream: IO[bytes]) -> Iterator[Benchmark | ImportProblem]:
    """Yield a figure or a problem per row. Raises BrokenFile for a bad header or a broken file."""
    rows, seen, at = CsvRows(file, stream), set[tuple[str, str, str]](), now()
    _check_header(file, rows.header_line, rows.header)
    for row in rows:
        if isinstance(row, Row):
            column = "" if row.column is None else rows.header[row.column]
            yield ImportProblem(file, row.line, column, row.code, shorten_cell(row.value))
            continue
        line, found = row
        given = dict(zip(rows.header, found, strict=True))
        values = dict[str, str | Decimal]()
        column = cell = ""
        try:
            for column, convert in CONVERTS.items():
                cell = given[column]
                values[column] = convert(cell)
        except BadCell as error:
            yield ImportProblem(file, line, column, error.code, shorten_cell(cell))
            continue
        key = (given["metric"], given["period"], given["source"])
        if key in seen:
            yield ImportProblem(file, line, "", "duplicate", shorten_cell(", ".join(key)))
            continue
        seen.add(key)
        yield Benchmark(**values, imported_at=at)


def _check_header(file: str, line: int, header: Sequence[str]) -> None:
    problems = []
    for place, column in enumerate(header):
        if column not in CONVERTS:
            problems.append(ImportProblem(file, line, shorten_cell(column), "unknown_column"))
        elif column in header[:place]:
            problems.append(ImportProblem(file, line, column, "column_twice"))
    problems += [
        ImportProblem(file, line, column, "column_missing")
        for column in CONVERTS
        if column not in header
    ]
    if problems:
        raise BrokenFile(*problems)
