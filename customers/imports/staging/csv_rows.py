"""A CSV file as rows with the physical line on which each begins, in bounded memory.

Every import of CSV reads its rows here. Files may have the habits of spreadsheets: semicolons or
tabs between columns, a first line `sep=;`, empty columns at the end, rows of separators alone.
"""

import csv
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from lzma import LZMAError
from typing import IO
from zipfile import BadZipFile
from zlib import error as ZlibError

from customers.imports.problems import BrokenFile, ImportProblem

# A row of more bytes is refused: most likely a quote was never closed.
LONGEST_ROW = 1_000_000
MOST_COLUMNS = 1_000
# The number of bytes that are read at a time.
BLOCK = 1 << 18
SEPARATORS = (",", ";", "\t")
# Excel's own first line, which says what stands between columns.
SEPARATOR_LINE = re.compile(rb'"?sep=([,;\t])"?\r?\n', re.IGNORECASE)
LONGEST_SEPARATOR_LINE = 16
# The lines on which rows begin, and their cells.
Block = tuple[Sequence[int], list[list[str]]]
READ_ERRORS = (OSError, EOFError, LZMAError, ZlibError, BadZipFile)


@dataclass(frozen=True)
class Row:
    """A row that cannot be taken as it is: its cells as far as they can be read, and why."""

    line: int
    cells: list[str]
    column: int | None
    code: str
    value: str = ""


class CsvRows:
    """The header of a CSV file and, once, its rows.

    Empty lines, and rows without any text, are no rows; empty cells beyond the header are cut off.
    `before` is a first line that was read from `stream` already, and that is no part of the table.
    """

    def __init__(
        self, name: str, stream: IO[bytes], separator: str = ",", before: bytes = b""
    ) -> None:
        self.name = name
        self.bytes_read = len(before)
        self._stream = stream
        self._row_bytes = 0
        self._row_line = 1
        self._fault = ""
        # The bytes read ahead, and the number of lines that were read without the csv reader.
        self._ahead = BytesIO()
        self._lines_aside = 1 if before else 0
        csv.field_size_limit(LONGEST_ROW)
        self._separator = separator
        self._reader = csv.reader(self._lines(), delimiter=separator, strict=True)
        self.header_line, self.header = self._read_header()

    def __iter__(self) -> Iterator[tuple[int, list[str]] | Row]:
        """Yield (line, cells) of each row, or a `Row` that says why it cannot be taken."""
        return self._rows(lambda: False)

    def blocks(self) -> Iterator[Block | Row]:
        """Yield the same rows in blocks, in the file's order except within a block."""
        while raw := self._read_ahead():
            rows = self._plain_rows(raw)
            if rows is None:
                self._ahead = BytesIO(raw)
                yield from self._block_by_rows(len(raw))
            else:
                first = self._line()
                self._lines_aside += len(rows)
                self.bytes_read += len(raw)
                yield range(first, first + len(rows)), rows

    def _block_by_rows(self, size: int) -> Iterator[Block | Row]:
        """Yield the rows that begin in the first `size` bytes read ahead."""
        lines: list[int] = []
        good: list[list[str]] = []
        try:
            for row in self._rows(lambda: self._ahead.tell() >= size):
                if isinstance(row, Row):
                    yield row
                else:
                    lines.append(row[0])
                    good.append(row[1])
        except BrokenFile:
            # Yield the rows before the error, so that their problems are reported as well.
            yield lines, good
            raise
        yield lines, good

    def _read_ahead(self) -> bytes:
        """Return some whole lines; nothing at the end."""
        raw = self._read(lambda: self._stream.read(BLOCK))
        return raw + self._read_line(LONGEST_ROW + 1) if raw else raw

    def _plain_rows(self, raw: bytes) -> list[list[str]] | None:
        """Return the rows of `raw` where each is one line and nothing is wrong with it."""
        if len(raw) > LONGEST_ROW or b"\0" in raw:
            return None
        try:
            lines = raw.decode().removesuffix("\n").split("\n")
            rows = list(csv.reader(lines, delimiter=self._separator, strict=True))
        except (UnicodeDecodeError, csv.Error):
            return None
        width = len(self.header)
        is_plain = len(rows) == len(lines) and set(map(len, rows)) == {width}
        return rows if is_plain and [""] * width not in rows else None

    def _line(self) -> int:
        """Return the number of the line that is read next."""
        return self._lines_aside + self._reader.line_num + 1

    def _rows(self, is_enough: Callable[[], bool]) -> Iterator[tuple[int, list[str]] | Row]:
        """Yield rows until it `is_enough` after one of them."""
        reader, width = self._reader, len(self.header)
        while not is_enough():
            line = self._row_line = self._line()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end" in str(error):
                    raise BrokenFile(ImportProblem(self.name, line, "", "open_quote")) from error
                self._row_bytes, self._fault = 0, ""
                yield Row(line, [], None, *_wrong_csv(error))
                continue
            self._row_bytes = 0
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]
            if self._fault:
                yield self._faulty(line, cells)
            elif not any(cells):
                continue
            elif len(cells) == width:
                yield line, cells
            else:
                yield Row(line, cells, None, "short_row" if len(cells) < width else "long_row")

    def _lines(self) -> Iterator[str]:
        """Yield the physical lines; a fault of their bytes is left in `_fault`."""
        for raw in iter(partial(self._read_line, LONGEST_ROW + 1), b""):
            self._row_bytes += len(raw)
            if not self.bytes_read:
                raw = raw.removeprefix(BOM_UTF8)
            self.bytes_read += len(raw)
            if self._row_bytes > LONGEST_ROW:
                problem = ImportProblem(
                    self.name, self._row_line, "", "huge_row", f"{LONGEST_ROW:,}"
                )
                raise BrokenFile(problem)
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                # Undecodable bytes stay visible as lone surrogates until the row is put together.
                text, self._fault = raw.decode(errors="surrogateescape"), "encoding"
            if "\0" in text:
                self._fault = self._fault or "nul"
            yield text

    def _read_line(self, limit: int) -> bytes:
        return self._ahead.readline(limit) or self._read(lambda: self._stream.readline(limit))

    def _read(self, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except READ_ERRORS as error:
            raise _unreadable(self.name, self._line(), error) from error

    def _read_header(self) -> tuple[int, list[str]]:
        line = self._row_line = self._line()
        try:
            header = next(self._reader, [])
            while not any(header) and self._row_bytes:
                self._row_bytes, line = 0, self._line()
                header = next(self._reader, [])
        except csv.Error as error:
            raise BrokenFile(ImportProblem(self.name, line, "", *_wrong_csv(error))) from error
        self._row_bytes = 0
        if self._fault:
            raise BrokenFile(ImportProblem(self.name, line, "", self._fault))
        if not any(header):
            raise BrokenFile(ImportProblem(self.name, None, "", "no_header"))
        if len(header) > MOST_COLUMNS:
            raise BrokenFile(
                ImportProblem(self.name, line, "", "too_many_columns", f"{MOST_COLUMNS:,}")
            )
        while not header[-1]:
            header.pop()
        return line, header

    def _faulty(self, line: int, cells: list[str]) -> Row:
        code, self._fault = self._fault, ""
        for index, cell in enumerate(cells[: len(self.header)]):
            if "\0" in cell if code == "nul" else not is_unicode(cell):
                return Row(line, cells, index, code)
        return Row(line, cells, None, code)


def open_rows(name: str, stream: IO[bytes], is_known: Callable[[str], bool]) -> CsvRows:
    """Return the rows of `stream`, which can be read again from where it stands.

    The separator is what the file's first line `sep=` says, else the first one by which the header
    has a column that `is_known`, else the one by which the header has most columns. Raises
    BrokenFile.
    """
    begin = stream.tell()
    try:
        before = stream.readline(LONGEST_SEPARATOR_LINE)
    except READ_ERRORS as error:
        raise _unreadable(name, 1, error) from error
    if said := SEPARATOR_LINE.fullmatch(before.removeprefix(BOM_UTF8)):
        return CsvRows(name, stream, said[1].decode(), before)
    columns: dict[str, int] = {}
    broken: list[BrokenFile] = []
    for separator in SEPARATORS:
        stream.seek(begin)
        try:
            rows = CsvRows(name, stream, separator)
        except BrokenFile as error:
            broken.append(error)
            continue
        if any(map(is_known, rows.header)):
            return rows
        columns[separator] = len(rows.header)
    if not columns:
        raise broken[0]
    stream.seek(begin)
    return CsvRows(name, stream, max(columns, key=columns.__getitem__))


def _unreadable(name: str, line: int, error: Exception) -> BrokenFile:
    return BrokenFile(ImportProblem(name, line, "", "unreadable", str(error)))


def _wrong_csv(error: csv.Error) -> tuple[str, str]:
    """Return the code and the value of the problem that the reader has met."""
    words = str(error)
    return ("bare_return", "") if words.startswith("new-line character") else ("quotes", words)


def is_unicode(cell: str) -> bool:
    """Return whether `cell` has no bytes in it that are no UTF-8."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True
