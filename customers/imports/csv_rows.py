"""A CSV file as rows with the physical line on which each begins, in bounded memory."""

import csv
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from lzma import LZMAError
from typing import IO

from customers.imports.problems import BrokenFile, ImportProblem

# A row of more bytes is refused: most likely a quote was never closed.
LONGEST_ROW = 1_000_000
MOST_COLUMNS = 1_000
# So many bytes are read at a time.
BLOCK = 1 << 18
# The lines on which rows begin, and their cells.
Block = tuple[Sequence[int], list[list[str]]]


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
        # What was read ahead, and how many lines were read without the reader.
        self._ahead = BytesIO()
        self._lines_aside = 0
        csv.field_size_limit(LONGEST_ROW)
        self._separator = separator
        self._reader = csv.reader(self._lines(), delimiter=separator, strict=True)
        self.header_line, self.header = self._read_header()

    def __iter__(self) -> Iterator[tuple[int, list[str]] | Row]:
        """Yield (line, cells) of each row, or a `Row` that says why it cannot be taken."""
        return self._rows(lambda: False)

    def blocks(self) -> Iterator[Block | Row]:
        """Yield the same many rows at a time, in the file's order but for those of one block."""
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
        """Yield the rows that begin in the first `size` bytes of what was read ahead."""
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
            # What is wrong before that is told with it.
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
        is_plain = len(rows) == len(lines) and set(map(len, rows)) == {len(self.header)}
        return rows if is_plain else None

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
        return self._ahead.readline(limit) or self._read(lambda: self._stream.readline(limit))

    def _read(self, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except (OSError, EOFError, LZMAError) as error:
            line = self._line()
            raise BrokenFile(
                ImportProblem(self.name, line, "", "unreadable", str(error))
            ) from error

    def _read_header(self) -> tuple[int, list[str]]:
        line = 1
        try:
            header = next(self._reader, [])
            while not header and self._row_bytes:
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
