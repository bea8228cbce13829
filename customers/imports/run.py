"""Runs of imports: the reading of files into staging tables, and the state shared meanwhile."""

import gc
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

from customers.imports.problems import BadCell, BrokenFile, ImportProblem
from customers.imports.report import FileReport, ImportReport
from customers.imports.staging.cells import Value, convert_column
from customers.imports.staging.copying import OpenCopy
from customers.imports.staging.csv_rows import CsvRows, Row, open_rows
from customers.imports.staging.merged_guests import resolve_merged_guests
from customers.imports.staging.refusals import ERASED, Refusals
from customers.imports.staging.source_files import open_source
from customers.imports.staging.staging_tables import (
    Known,
    Layout,
    Stage,
    StoredAttribute,
    layout,
    staged_name,
)
from customers.imports.storing.sql import Sql
from customers.imports.tables import TABLES, Table
from customers.privacy.erased import ErasedNumbers, name_of_order

ANALYZE_FROM_ROWS = 100
MANY_ROWS = 10_000
# Where not one in so many rows is left, each is looked up by itself.
FEW = 10
# Stands between the parts of a key, where it is written as one text.
KEY_SEPARATOR = " / "
# Called with the file's name, and bytes or rows read so far and in all; 0: the total is unknown.
OnProgress = Callable[[str, int, int], None]


def known_of(
    sql: Sql, table: Table, refused: Mapping[str, set[str]], tables: Sequence[Table] = TABLES
) -> Known:
    """Return what reading the rows of `table` needs to know; `refused` are codes by file.

    `tables` are the files among which are those that it names.
    """
    named = {*table.codes.values(), *(kind.codes_of for kind in table.lists.values())}
    ids = {
        small.name: dict(sql.rows(f"SELECT code, id FROM {small.model._meta.db_table}"))
        for small in tables
        if small.is_small and small.name in named
    }
    definitions = {}
    if table.attributes:
        definitions = {
            one.code: StoredAttribute(one.pk, one.code, one.type, frozenset(one.options))
            for one in table.attributes.definition._default_manager.using(sql.connection.alias)
        }
    return Known(ids, refused, definitions)


@contextmanager
def without_collecting() -> Iterator[None]:
    """Keep Python from looking for cycles among rows, which have none: half the time of reading."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Everything(set[str]):
    """The refused codes of a file that could not be read: any code may have been in it."""

    def __contains__(self, code: object) -> bool:
        return True


@dataclass(frozen=True)
class Reading:
    """How far a file is read: its size on disk in bytes, and the position in it."""

    size: int
    position: Callable[[], int]


@dataclass
class Staged:
    """A file whose good rows lie in a staging table."""

    table: Table
    header: Sequence[str]
    plan: Layout
    stage: Stage
    # For each column with lists: (source_line, element).
    elements: dict[str, Stage]
    report: FileReport

    def has(self, *columns: str) -> bool:
        """Return whether the file has any of `columns`."""
        return any(column in self.header for column in columns)


class Run:
    """The state that the steps of one import share."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        sources: Mapping[str, Path],
        progress: OnProgress | None,
        tables: Sequence[Table] = TABLES,
    ) -> None:
        self.sql = Sql(connection)
        # The files that are there, by the names of their tables.
        self.sources = sources
        # All files that are imported together, in the order of reports.
        self.tables = tables
        self.copying = OpenCopy(connection)
        self.refusals = Refusals(connection, tables)
        self.report = ImportReport()
        self.broken: set[str] = set()
        self._progress = progress
        self._erased = ErasedNumbers()

    def read(self, table: Table) -> Staged | None:
        """Stage the file of `table`; None where it is not there or cannot be read at all."""
        path = self.sources.get(table.name)
        if path is None:
            return None
        report = FileReport(table.file)
        self.report.files.append(report)
        try:
            with open_source(path) as (stream, stored):
                rows = open_rows(table.file, stream, table.columns.__contains__)
                tell = stored.tell if stream is not stored else lambda: rows.bytes_read
                return self._stage(table, rows, Reading(path.stat().st_size, tell), report)
        except OSError as error:
            self._mark_broken(
                table, [ImportProblem(table.file, None, "", "unreadable", str(error))]
            )
        except BrokenFile as error:
            self._mark_broken(table, error.problems)
        return None

    def remove_refused(self, staged: Staged) -> None:
        """Take the rows refused so far out of the staging tables."""
        lines = f"SELECT line FROM import_refused WHERE file = '{staged.table.name}'"
        for stage in (staged.stage, *staged.elements.values()):
            self.sql.run(f"DELETE FROM {stage.name} WHERE source_line IN ({lines})")

    def keep(self, staged: Staged, same: str) -> int:
        """Take the rows out of the staging table for which `import_same AS e` has a row.

        Return how many.
        """
        stage = staged.stage
        before = self.sql.number(f"SELECT COUNT(*) FROM {stage.name}")
        stage.keep(f"NOT EXISTS (SELECT 1 FROM import_same AS e WHERE {same})")
        left = self.sql.number(f"SELECT COUNT(*) FROM {stage.name}")
        if self.sql.on_postgresql and left * FEW < before:
            self.sql.expect_few_rows()
            stage.index()
        return before - left

    def finish(self, staged: Staged, created: int, updated: int) -> None:
        """Note what became of a file's rows."""
        report = staged.report
        report.created, report.updated = created, updated
        report.refused = self.refusals.count(staged.table)
        report.erased = self.refusals.count(staged.table, erased=True)
        self.grown(str(staged.table.model._meta.db_table), created)

    def grown(self, table: str, rows: int) -> None:
        """Let the planner know that `table` has that many more rows: the next file joins it."""
        if rows >= ANALYZE_FROM_ROWS and table not in self.sql.counted_only:
            self.sql.analyze([table])

    def _mark_broken(self, table: Table, problems: Collection[ImportProblem]) -> None:
        self.broken.add(table.name)
        self.refusals.keys[table.name] = Everything()
        self.refusals.broken += problems

    def _stage(self, table: Table, rows: CsvRows, reading: Reading, report: FileReport) -> Staged:
        connection = self.sql.connection
        plan = layout(
            table,
            rows.header,
            rows.header_line,
            known_of(self.sql, table, self.refusals.keys, self.tables),
            connection,
        )
        stage = Stage(self.copying, table.name, plan.ddl, plan.filled)
        elements = {
            column: Stage(
                self.copying,
                f"{table.name}_{column}",
                ["source_line bigint", f"element {'bigint' if kind.codes_of else 'text'}"],
                ["source_line", "element"],
            )
            for column, kind in plan.lists.values()
        }
        staged = Staged(table, rows.header, plan, stage, elements, report)
        self._read_rows(staged, rows, reading)
        stage.written(
            [staged_name(table, column) for column in table.key],
            [staged_name(table, column) for column in table.references],
        )
        for one in elements.values():
            one.written(["source_line"])
        resolve_merged_guests(self, staged)
        return staged

    def _read_rows(self, staged: Staged, rows: CsvRows, reading: Reading) -> None:
        try:
            with without_collecting():
                self._read_blocks(staged, rows, reading)
        finally:
            # The next step, be it an end or another file, runs another statement.
            self.copying.close()
        if staged.report.read >= MANY_ROWS:
            self.sql.expect_many_rows()
        self.refusals.flush()

    def _read_blocks(self, staged: Staged, rows: CsvRows, reading: Reading) -> None:
        names = self._names(staged)
        read = 0
        for block in rows.blocks():
            if self.refusals.are_many:
                self.copying.close()
                self.refusals.flush()
            if isinstance(block, Row):
                read += 1
                self._refuse(staged, block)
                continue
            lines, cells = block
            read += len(lines)
            if names:
                lines, cells = self._without_erased(staged, lines, cells, names)
            self._write(staged, *self._convert_rows(staged, lines, cells))
            if reading.position() < reading.size:
                self._tell(staged, reading)
        self._tell(staged, reading)
        staged.report.read = read

    def _convert_rows(
        self, staged: Staged, lines: Sequence[int], rows: list[list[str]]
    ) -> tuple[Sequence[int], list[Sequence[Value]]]:
        """Return the lines of the good rows, and their values by column."""
        converts = staged.plan.converts
        try:
            columns = zip(*rows, strict=True)
            return lines, [
                convert_column(convert, column)
                for convert, column in zip(converts, columns, strict=bool(rows))
            ]
        except BadCell:
            pass
        good, values = [], []
        for line, cells in zip(lines, rows, strict=True):
            try:
                value = [convert(cell) for convert, cell in zip(converts, cells, strict=True)]
            except BadCell:
                self._refuse_cells(staged, line, cells)
            else:
                good.append(line)
                values.append(value)
        return good, list(zip(*values, strict=True))

    def _without_erased(
        self,
        staged: Staged,
        lines: Sequence[int],
        rows: list[list[str]],
        names: list[tuple[int, Callable[[str], str]]],
    ) -> tuple[Sequence[int], list[list[str]]]:
        """Return the rows that are of nobody who was erased; refuse the others."""
        left_lines, left_rows = [], []
        for line, cells in zip(lines, rows, strict=True):
            erased = (index for index, name in names if name(cells[index]) in self._erased)
            if (whose := next(erased, None)) is None:
                left_lines.append(line)
                left_rows.append(cells)
            else:
                key = self._key_of(staged, cells)
                self.refusals.add(staged.table, line, staged.header[whose], ERASED, "", key)
        return left_lines, left_rows

    def _names(self, staged: Staged) -> list[tuple[int, Callable[[str], str]]]:
        """Return by which columns a row is somebody's, and how; none where nobody was erased."""
        ways: list[tuple[str, Callable[[str], str]]] = [(staged.table.customer, str)]
        if staged.table.file == "orders.csv":
            ways.append(("number", name_of_order))
        header = staged.header if self._erased else ()
        return [(header.index(column), name) for column, name in ways if column in header]

    def _tell(self, staged: Staged, reading: Reading) -> None:
        if self._progress:
            self._progress(staged.table.file, reading.position(), reading.size)

    @staticmethod
    def _write(staged: Staged, lines: Sequence[int], columns: list[Sequence[Value]]) -> None:
        """Stage rows; those of a column with lists go to a table of their own."""
        if not lines:
            return
        for index, (column, _kind) in sorted(staged.plan.lists.items(), reverse=True):
            elements = columns.pop(index)
            pairs = [
                (line, element)
                for line, found in zip(lines, elements, strict=True)
                for element in found  # type: ignore[union-attr]
            ]
            staged.elements[column].write(pairs)
        for index, fold in staged.plan.folds:
            columns.append(fold(columns[index]))  # type: ignore[arg-type]
        staged.stage.write_columns([*columns, lines])

    def _refuse(self, staged: Staged, row: Row) -> None:
        column = "" if row.column is None else staged.header[row.column]
        key = self._key_of(staged, row.cells)
        self.refusals.add(staged.table, row.line, column, row.code, row.value, key)

    def _refuse_cells(self, staged: Staged, line: int, cells: list[str]) -> None:
        """Refuse a row for each of its cells that cannot be stored."""
        key = self._key_of(staged, cells)
        for column, convert, cell in zip(staged.header, staged.plan.converts, cells, strict=True):
            try:
                convert(cell)
            except BadCell as error:
                value = cell if error.value is None else error.value
                self.refusals.add(staged.table, line, column, error.code, value, key)

    def _key_of(self, staged: Staged, cells: list[str]) -> str | None:
        """Return the key of a row by which others may name it, as far as it can be read."""
        named = dict(zip(staged.header, cells, strict=False))
        if not staged.table.key or any(column not in named for column in staged.table.key):
            return None
        key = KEY_SEPARATOR.join(named[column] for column in staged.table.key)
        if staged.table.is_small:
            self.refusals.keys[staged.table.name].add(key)
        return key
