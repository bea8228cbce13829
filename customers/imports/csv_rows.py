"""A CSV file as rows with the physical line on which each begins, in bounded memory."""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from lzma import LZMAError
from typing import IO

from customers.imports.problems import BrokenFile, ImportProblem

# A row of more bytes is refused: most likely a quote was never closed.
LONGEST_ROW = 1_000_000
MOST_COLUMNS = 1_000


@dataclass(frozen=True)
class Row:
    """A row that cannot be taken as it is: its cells as far as they can be read, and why."""

    line: int
    cells: list[str]
    column: int | None
    code: str
    value: str = ""


class CsvRows:
    """The header of a CSV file and, once, its rows."""

    def __init__(self, name: str, stream: IO[bytes], separator: str = ",") -> None:
        self.name = name
        self.bytes_read = 0
        self._stream = stream
        self._row_bytes = 0
        self._row_line = 1
        self._fault = ""
        csv.field_size_limit(LONGEST_ROW)
        self._reader = csv.reader(self._lines(), delimiter=separator, strict=True)
        self.header_line, self.header = self._read_header()

    def __iter__(self) -> Iterator[tuple[int, list[str]] | Row]:
        """Yield (line, cells) of each row, or a `Row` that says why it cannot be taken."""
        reader, width = self._reader, len(self.header)
        while True:
            line = self._row_line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end" in str(error):
                    raise BrokenFile(ImportProblem(self.name, line, "", "open_quote")) from error
                self._row_bytes = 0
                yield Row(line, [], None, *_wrong_csv(error))
                continue
            self._row_bytes = 0
            if self._fault:
                yield self._faulty(line, cells)
            elif len(cells) == width:
                yield line, cells
            elif cells:  # an empty line is no row
                yield Row(line, cells, None, "short_row" if len(cells) < width else "long_row")

    def _lines(self) -> Iterator[str]:
        """Yield the physical lines; what is wrong with their bytes is left in `_fault`."""
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
        try:
            return self._stream.readline(limit)
        except (OSError, EOFError, LZMAError) as error:
            line = self._reader.line_num + 1
            raise BrokenFile(
                ImportProblem(self.name, line, "", "unreadable", str(error))
            ) from error

    def _read_header(self) -> tuple[int, list[str]]:
        line = 1
        try:
            header = next(self._reader, [])
            while not header and self._row_bytes:
                self._row_bytes, line = 0, self._reader.line_num + 1
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
        return line, header

    def _faulty(self, line: int, cells: list[str]) -> Row:
        code, self._fault = self._fault, ""
        for index, cell in enumerate(cells[: len(self.header)]):
            if "\0" in cell if code == "nul" else not is_unicode(cell):
                return Row(line, cells, index, code)
        return Row(line, cells, None, code)


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
