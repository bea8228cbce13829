"""Uploaded files as rows: read by the rules of every import, and bounded before it is unpacked."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import tablib
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext as _
from import_export.formats.base_formats import CSV, XLSX

from customers.imports.problems import REPORTED_AT_MOST, BrokenFile, ImportProblem
from customers.imports.staging.csv_rows import Row, open_rows

# More belongs to import_shop, or to a segment's export, which stream.
ROW_LIMIT = 50_000
CELL_LIMIT = 20 * ROW_LIMIT
# The limit of a CSV file, and of the unpacked contents of an XLSX file.
BYTE_LIMIT = 48 * 1024 * 1024
# The columns that name a row of the files that the admin takes.
KEYS = frozenset({"id", "code"})


class RefusedUpload(ValueError):
    """Raised for a file that cannot be imported; the messages give the reasons."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = messages


class BoundedUploads(FileUploadHandler):
    """Refuses a request that is larger than any accepted file, before the upload is stored."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        if content_length > settings.UPLOAD_LIMIT:
            raise RequestDataTooBig("The upload is larger than UPLOAD_LIMIT.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class BoundedCSV(CSV):
    """CSV within the limit of bytes, read as bytes, since the reader itself decodes the text."""

    def is_binary(self) -> bool:
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        return str(super().export_data(dataset, **kwargs)).encode()

    def create_dataset(self, in_stream: bytes) -> Any:
        """Return the rows below the header; raises RefusedUpload where any cannot be read."""
        if len(in_stream) > BYTE_LIMIT:
            raise _too_many_bytes()
        try:
            rows = open_rows("", BytesIO(in_stream), KEYS.__contains__)
            return _as_dataset(rows.header, rows)
        except BrokenFile as error:
            raise RefusedUpload(*(one.in_upload for one in error.problems)) from error


class BoundedXLSX(XLSX):
    """The first sheet of a workbook, within the limits of bytes, rows and cells."""

    def create_dataset(self, in_stream: bytes) -> Any:
        """Return the sheet's rows below its first, which has the names of the columns.

        Raises RefusedUpload for a file that is no workbook or exceeds the admin's limits. A
        workbook whose declared sizes exceed the limit is not unpacked, and no more of a part is
        read than its declared size.
        """
        try:
            with ZipFile(BytesIO(in_stream)) as packed:
                size = sum(part.file_size for part in packed.infolist())
        except BadZipFile as error:
            text = _("The file is not an XLSX workbook: choose the format that it has.")
            raise RefusedUpload(text) from error
        if size > BYTE_LIMIT:
            raise _too_many_bytes()
        from openpyxl import load_workbook

        book = load_workbook(BytesIO(in_stream), read_only=True, data_only=True)
        rows = _limit_rows(book.worksheets[0].iter_rows(values_only=True))
        names = _without_end(next(rows, ()))
        if not names:
            raise RefusedUpload(_("The first row has to name the columns."))
        return _as_dataset(names, _sheet_rows(rows, len(names)))


def _limit_rows(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    cells = 0
    for number, row in enumerate(rows):
        cells += len(row)
        if number > ROW_LIMIT or cells > CELL_LIMIT:
            text = _("The file has more than %s rows: use import_shop.")
            raise RefusedUpload(text % f"{ROW_LIMIT:,}")
        yield row


def _sheet_rows(
    rows: Iterable[tuple[Any, ...]], width: int
) -> Iterator[tuple[int, Sequence[Any]] | Row]:
    """Yield (line, cells) of each row below the first one that has anything in it."""
    for line, row in enumerate(rows, 2):
        cells = _without_end(row)
        if len(cells) > width:
            yield Row(line, [], None, "long_row")
        elif cells:
            yield line, (*cells, *[None] * (width - len(cells)))


def _as_dataset(header: Sequence[Any], rows: Iterable[tuple[int, Sequence[Any]] | Row]) -> Any:
    """Return the rows with their `lines` in the file; RefusedUpload where any cannot be read."""
    found = tablib.Dataset(headers=list(header))
    found.lines = []
    refused: list[ImportProblem] = []
    for row in rows:
        if isinstance(row, Row):
            column = "" if row.column is None else str(header[row.column])
            refused.append(ImportProblem("", row.line, column, row.code, row.value))
            if len(refused) == REPORTED_AT_MOST:
                break
        else:
            line, cells = row
            found.append(cells)
            found.lines.append(line)
    if refused:
        raise RefusedUpload(*(problem.in_upload for problem in refused))
    return found


def _without_end(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return `row` up to its last cell that has something in it."""
    last = max((number for number, cell in enumerate(row, 1) if cell not in (None, "")), default=0)
    return row[:last]


def _too_many_bytes() -> RefusedUpload:
    text = _("There is more than %(size)d MB in the file: use import_shop.")
    return RefusedUpload(text % {"size": BYTE_LIMIT // 2**20})
