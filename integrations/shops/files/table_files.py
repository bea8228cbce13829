"""Tables in files and archives, opened by what is in them: encoding, delimiter, sheets."""

import codecs
import csv
import gzip
import hashlib
import io
import lzma
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, partial
from itertools import chain, dropwhile, islice
from operator import methodcaller
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _

from customers.imports.problems import BrokenFile, ImportProblem
from customers.imports.staging.csv_rows import LONGEST_ROW, READ_ERRORS

TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
WORKBOOK_SUFFIX = ".xlsx"
PACKED: dict[str, Callable[..., object]] = {".gz": gzip.open, ".xz": lzma.open}
# Also of members of an archive with a password, or with a compression that Python does not know.
MEMBER_ERRORS = (RuntimeError, *READ_ERRORS)
# The folder that macOS adds to archives.
MAC_FOLDER = "__MACOSX"
DELIMITERS = (",", ";", "\t", "|")
BLOCK = 1 << 20
# So many rows of a file are compared before all of them are.
BEGINNING = 50
UTF_16 = "utf-16"
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, UTF_16),
    (codecs.BOM_UTF16_BE, UTF_16),
)
BYTE_ORDER_MARK = "\ufeff"
# Excel's own first line says what stands between columns, which the header shows anyway.
IS_SEPARATOR_ROW = re.compile(r"sep=[,;\t|]?", re.IGNORECASE).fullmatch
# A path has one slash for several.
IS_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE).match
SHOWN_ENCODINGS = {"utf-8-sig": "utf-8", "cp1252": "windows-1252"}
ANSI = "cp1252"
# A place in the file (the header is 1), and the cells.
NumberedRow = tuple[int, list[str]]
OpenBytes = Callable[[], AbstractContextManager[IO[bytes]]]


def _keep_undefined_byte(error: UnicodeError) -> tuple[str, int]:
    """Decode the five bytes that Windows-1252 leaves undefined as browsers do."""
    assert isinstance(error, UnicodeDecodeError)
    return "".join(map(chr, error.object[error.start : error.end])), error.end


codecs.register_error("undefined-as-c1", _keep_undefined_byte)


@dataclass
class TableFile:
    """A file, or a sheet, that holds a table: how it is called, its header, a way to its rows."""

    path: str
    header: Sequence[str]
    delimiter: str
    find_encoding: Callable[[], str]
    open_rows: Callable[[str], Iterator[NumberedRow]]

    def rows(self, encoding: str) -> Iterator[NumberedRow]:
        """Yield the rows that have any text, without the header and its repetitions.

        Exports that were joined to one file repeat it, and Excel's first line before it. Empty
        cells beyond the header are cut off. Raises BrokenFile.
        """
        width, header = len(self.header), list(self.header)
        for place, cells in self.open_rows(encoding):
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]
            if not any(cells):
                continue
            first = cells[0].strip()
            if first == header[0] and [cell.strip() for cell in cells] == header:
                continue
            if "=" in first and IS_SEPARATOR_ROW(first) and not any(cells[1:]):
                continue
            yield place, cells


@dataclass(frozen=True)
class FoundFiles:
    """The tables below some paths, and the other files with the reason why they are not read."""

    tables: list[TableFile]
    others: dict[str, str]


def find_tables(paths: Sequence[Path], scratch: Path) -> FoundFiles:
    """Return what is in files, folders (without subfolders) and zip archives (all levels).

    Workbooks of archives are unpacked into the folder `scratch`. Raises OSError.
    """
    found = FoundFiles([], {})
    # A file may be given by itself and by its folder.
    given = {one.resolve(): one for path in paths for one in _files_of(path)}
    files = [*given.values()]
    # The order of names counts, whatever the order in which a shell lists files and folders.
    files.sort(key=lambda file: natural_order(file.name))
    members = {one: _members_of(one) for one in files if _is_archive(one)}
    names = Counter(one.name for one in files)
    all_names = names + Counter(chain.from_iterable(members.values()))
    for one in files:
        # Files with the same name are shown with their folders, members with their archives.
        shown = str(one) if names[one.name] > 1 else one.name
        if not members.get(one):
            _add_path(found, one, shown)
        for name in sorted(members.get(one, ()), key=natural_order):
            called = f"{shown}/{name}" if all_names[name] > 1 else name
            _add_member(found, one, name, called, scratch)
    return found


def repeated_tables(tables: Sequence[TableFile]) -> dict[str, str]:
    """Return the tables that a later one repeats, with that one: header and rows are equal.

    The rows are compared as cells, so that a packed file is equal to the unpacked one.
    """
    found: dict[str, str] = {}
    for compares in (_beginning_of, _digest_of):
        alike: dict[object, list[TableFile]] = {}
        for table in tables:
            alike.setdefault((*table.header, compares(table)), []).append(table)
        groups = [group for group in alike.values() if len(group) > 1]
        tables = [table for group in groups for table in group]
        found = {one.path: group[-1].path for group in groups for one in group[:-1]}
    return found


def _beginning_of(table: TableFile) -> bytes:
    """Return a digest of the first rows, so that most files need not be read as a whole."""
    return _digest(islice(_rows_of(table), BEGINNING))


def _digest_of(table: TableFile) -> bytes:
    return _digest(_rows_of(table))


def _digest(rows: Iterable[NumberedRow]) -> bytes:
    digest = hashlib.sha256()
    for _place, cells in rows:
        digest.update(repr(cells).encode("utf-8", "surrogatepass"))
    return digest.digest()


def _rows_of(table: TableFile) -> Iterator[NumberedRow]:
    """Yield the rows of a table as far as it can be read."""
    with suppress(BrokenFile):
        yield from table.rows(table.find_encoding())


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        return [one for one in path.iterdir() if one.is_file()]
    if path.exists():
        return [path]
    if IS_ADDRESS(str(path)):
        # The address may have a password, which no message shows.
        raise FileNotFoundError(
            _(
                "An address is no file or folder: import_maho and import_woocommerce read"
                " databases, sync_shop reads APIs."
            )
        )
    raise FileNotFoundError(_("There is no file or folder “{path}”.").format(path=path))


def natural_order(name: str) -> list[tuple[int, int, str]]:
    """Return a key by which `orders_2` comes before `orders_10`."""
    parts = re.split(r"([0-9]+)", name.lower())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def _is_archive(path: Path) -> bool:
    return path.suffix.lower() == ".zip" and not path.name.startswith(".")


def _members_of(path: Path) -> list[str]:
    """Return the names of the files in an archive; none where it cannot be read."""
    try:
        with ZipFile(path) as archive:
            names = (one.filename for one in archive.infolist() if not one.is_dir())
            return [*dict.fromkeys(names)]
    except READ_ERRORS:
        return []


def _add_path(found: FoundFiles, path: Path, shown: str) -> None:
    if path.name.startswith("."):
        found.others[shown] = _("it is a hidden file")
        return
    if not _is_archive(path):
        _add(found, shown, lambda: path.open("rb"), lambda: path)
        return
    try:
        with ZipFile(path):
            found.others[shown] = _("it has no files")
    except READ_ERRORS as error:
        found.others[shown] = _("it cannot be read: {error}").format(error=error)


def _add_member(found: FoundFiles, path: Path, name: str, called: str, scratch: Path) -> None:
    """Add the member `name` of the archive at `path` under the name `called`."""
    # Nothing is written under the names of an archive, so ".." leads nowhere.
    path_in_archive = PurePosixPath(name.replace("\\", "/"))
    parts = [part for part in path_in_archive.parts if part != ".."]
    if any(part.startswith(".") or part == MAC_FOLDER for part in parts):
        found.others[called] = _("it is a hidden file")
        return

    @contextmanager
    def open_member() -> Iterator[IO[bytes]]:
        with ZipFile(path) as archive, archive.open(name) as stream:
            yield stream

    def unpack_member() -> Path:
        target = scratch / f"{len(list(scratch.iterdir()))}{WORKBOOK_SUFFIX}"
        with ZipFile(path) as archive, archive.open(name) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
        return target

    _add(found, called, open_member, unpack_member)


def _add(found: FoundFiles, name: str, opened: OpenBytes, on_disk: Callable[[], Path]) -> None:
    """Add a file under its shown name to the tables, or to the others with the reason."""
    inner, unpack = name.lower(), None
    for suffix, open_packed in PACKED.items():
        if inner.endswith(suffix):
            inner, unpack = inner.removesuffix(suffix), open_packed
    suffix = PurePosixPath(inner).suffix
    try:
        if suffix in TEXT_SUFFIXES:
            found.tables.append(_text_table(name, _unpacking(opened, unpack)))
        elif suffix == WORKBOOK_SUFFIX:
            packed = _unpacking(opened, unpack) if unpack else None
            found.tables.extend(_sheets(name, on_disk, packed))
        else:
            found.others[name] = _("it is no table (.csv, .tsv, .txt or .xlsx)")
    except BrokenFile as error:
        found.others[name] = error.problems[0].message
    except MEMBER_ERRORS as error:
        found.others[name] = _("it cannot be read: {error}").format(error=error)


def _unpacking(opened: OpenBytes, unpack: Callable[..., object] | None) -> OpenBytes:
    if unpack is None:
        return opened

    @contextmanager
    def open_unpacked() -> Iterator[IO[bytes]]:
        with opened() as packed, cast(IO[bytes], unpack(packed)) as stream:
            yield stream

    return open_unpacked


def _text_table(name: str, opened: OpenBytes) -> TableFile:
    with opened() as stream:
        begin = stream.read(BLOCK)
    marked = next((code for mark, code in BYTE_ORDER_MARKS if begin.startswith(mark)), "")
    # All other encodings read a header of ASCII in the same way.
    text = begin.decode(marked or "latin-1", errors="replace")
    delimiter, header = _header_of(name, text)
    if not marked and any(not cell.isascii() for cell in header):
        header = _header_of(name, begin.decode(_guess_encoding(opened), errors="replace"))[1]

    def rows(encoding: str) -> Iterator[NumberedRow]:
        return _text_rows(name, opened, encoding, delimiter)

    guess = cache(partial(_guess_encoding, opened))
    return TableFile(name, header, delimiter, lambda: marked or guess(), rows)


def _header_of(name: str, text: str) -> tuple[str, list[str]]:
    """Return the delimiter that gives the header the most columns, and its trimmed cells."""
    csv.field_size_limit(LONGEST_ROW)
    headers: dict[str, list[str]] = {}
    for delimiter in DELIMITERS:
        try:
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            headers[delimiter] = next(filter(_is_header, rows), [])
        except csv.Error:
            continue
    best = max(headers, key=lambda delimiter: len(headers[delimiter]), default="")
    header = [cell.strip() for cell in headers.get(best, [])]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise BrokenFile(ImportProblem(name, None, "", "no_header"))
    return best, header


def _has_cells(row: Sequence[str]) -> bool:
    """Return whether anything stands in a row: empty lines may come before a header."""
    return any(cell.strip() for cell in row)


def _is_header(row: Sequence[str]) -> bool:
    """Return whether a row is the header, and no empty row or Excel's `sep=;` before it."""
    return _has_cells(row) and not IS_SEPARATOR_ROW("".join(row))


def _guess_encoding(opened: OpenBytes) -> str:
    """Return UTF-8 where all of a file is, else Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with opened() as stream:
            while block := stream.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return ANSI
    return "utf-8"


def _text_rows(
    name: str, opened: OpenBytes, encoding: str, delimiter: str
) -> Iterator[NumberedRow]:
    csv.field_size_limit(LONGEST_ROW)
    errors = "undefined-as-c1" if encoding == ANSI else "strict"
    place = 1
    with opened() as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
        # Exports that were joined to one file have a byte order mark each.
        lines = map(methodcaller("removeprefix", BYTE_ORDER_MARK), _lines_of(name, text))
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            next(filter(_is_header, reader), None)
            place = reader.line_num + 1
            for cells in reader:
                yield place, cells
                place = reader.line_num + 1
        except csv.Error as error:
            code = "open_quote" if "unexpected end" in str(error) else "quotes"
            raise BrokenFile(ImportProblem(name, place, "", code, str(error))) from error
        except UnicodeDecodeError as error:
            if encoding == UTF_16:
                raise BrokenFile(ImportProblem(name, None, "", "cut_off")) from error
            raise BrokenFile(ImportProblem(name, place, "", "encoding")) from error
        except READ_ERRORS as error:
            raise BrokenFile(ImportProblem(name, place, "", "unreadable", str(error))) from error


def _lines_of(name: str, text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of a file; raises BrokenFile for a line that no row of a shop has.

    A small archive may have a line of gigabytes, which must not be held in memory.
    """
    for place, line in enumerate(iter(partial(text.readline, LONGEST_ROW + 1), ""), 1):
        if len(line) > LONGEST_ROW:
            raise BrokenFile(ImportProblem(name, place, "", "huge_row", f"{LONGEST_ROW:,}"))
        yield line


def _sheets(
    name: str, on_disk: Callable[[], Path], packed: OpenBytes | None
) -> Iterator[TableFile]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    path = on_disk()
    try:
        if packed:
            with packed() as stream:
                book = load_workbook(io.BytesIO(stream.read()), read_only=True, data_only=True)
        else:
            book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError) as error:
        raise BrokenFile(ImportProblem(name, None, "", "unreadable", str(error))) from error
    for sheet in book.worksheets:
        header = [cell.strip() for cell in next(_sheet_cells(sheet), (0, []))[1]]
        while header and not header[-1]:
            header.pop()
        rows = partial(_sheet_rows, sheet, len(header))
        yield TableFile(f"{name}/{sheet.title}", header, "", lambda: "xlsx", rows)


def _sheet_cells(sheet: Any) -> Iterator[NumberedRow]:
    """Yield the rows of a sheet from its header on: empty rows may come before that."""
    numbered = enumerate(sheet.iter_rows(values_only=True), 1)
    texts = ((place, [_cell_text(cell) for cell in cells]) for place, cells in numbered)
    return dropwhile(lambda row: not _has_cells(row[1]), texts)


def _sheet_rows(sheet: Any, width: int, encoding: str) -> Iterator[NumberedRow]:
    """Yield the rows below the header, each with at least `width` cells."""
    found = _sheet_cells(sheet)
    next(found, None)
    for place, cells in found:
        yield place, cells + [""] * (width - len(cells))


def _cell_text(cell: object) -> str:
    """Return a cell of a workbook as a CSV file has it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{Decimal(f'{cell:.15g}'):f}"
    if isinstance(cell, datetime):
        return str(cell.date() if cell.time() == time() else cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
