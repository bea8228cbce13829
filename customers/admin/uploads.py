"""What is unpacked of an uploaded file: bounded before, so that none is larger than it looks."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import tablib
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext as _
from import_export.formats.base_formats import CSV, XLSX
from openpyxl import load_workbook

# More belongs to import_shop, or to a segment's export, which stream.
ROW_LIMIT = 50_000
CELL_LIMIT = 20 * ROW_LIMIT
# Of a CSV file, and of all that is packed in an XLSX file.
BYTE_LIMIT = 48 * 1024 * 1024


class RefusedUpload(ValueError):
    """A file of which not even all is read; the message says why."""


class BoundedUploads(FileUploadHandler):
    """Refuses a request that is larger than any file that is wanted, before it is stored."""

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
    """CSV, up to so many bytes."""

    def create_dataset(self, in_stream: Any, **kwargs: Any) -> Any:
        if len(in_stream) > BYTE_LIMIT:
            raise _too_many_bytes()
        return super().create_dataset(in_stream, **kwargs)


class BoundedXLSX(XLSX):
    """A workbook's first sheet, up to so many bytes, rows and cells."""

    def create_dataset(self, in_stream: bytes) -> Any:
        """Return the sheet's rows below its first, which has the names of the columns.

        Raises RefusedUpload where there is more than anybody imports in the admin; it is not
        unpacked then: no more of a part is read than it says its size is.
        """
        try:
            with ZipFile(BytesIO(in_stream)) as packed:
                size = sum(part.file_size for part in packed.infolist())
        except BadZipFile as error:
            raise ValueError("not an XLSX file") from error
        if size > BYTE_LIMIT:
            raise _too_many_bytes()
        book = load_workbook(BytesIO(in_stream), read_only=True, data_only=True)
        rows = _bounded(book.worksheets[0].iter_rows(values_only=True))
        names = _without_end(next(rows, ()))
        if not names:
            raise RefusedUpload(_("The first row has to name the columns."))
        found = tablib.Dataset(headers=list(names))
        for row in rows:
            cells = _without_end(row)
            if len(cells) > len(names):
                raise RefusedUpload(_("A row has more cells than there are names of columns."))
            found.append((*cells, *[None] * (len(names) - len(cells))))
        return found


def _bounded(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    cells = 0
    for number, row in enumerate(rows):
        cells += len(row)
        if number > ROW_LIMIT or cells > CELL_LIMIT:
            text = _("The file has more than %s rows: use import_shop.")
            raise RefusedUpload(text % f"{ROW_LIMIT:,}")
        yield row


def _without_end(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return `row` up to its last cell that has something in it."""
    last = max((number for number, cell in enumerate(row, 1) if cell is not None), default=0)
    return row[:last]


def _too_many_bytes() -> RefusedUpload:
    text = _("There is more than %(size)d MB in the file: use import_shop.")
    return RefusedUpload(text % {"size": BYTE_LIMIT // 2**20})
