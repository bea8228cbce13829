"""An uploaded file is bounded before it is unpacked."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from customers.admin.files import uploads
from customers.admin.files.uploads import (
    BYTE_LIMIT,
    CELL_LIMIT,
    ROW_LIMIT,
    BoundedCSV,
    BoundedXLSX,
    RefusedUpload,
)
from customers.models import Customer
from customers.tests.imports.importing import NOT_UTF_8

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def workbook(*rows):
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def with_sheet(xml):
    """Return a workbook whose sheet is `xml`, packed as tight as can be."""
    out = BytesIO()
    with ZipFile(BytesIO(workbook(["id"]))) as old, ZipFile(out, "w", ZIP_DEFLATED, True, 9) as new:
        for part in old.infolist():
            sheet = part.filename == "xl/worksheets/sheet1.xml"
            new.writestr(part.filename, xml if sheet else old.read(part.filename))
    return out.getvalue()


def sheet_of(inner):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{inner}</sheetData></worksheet>'


def upload(content, name="c.xlsx", number="1"):
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    file = SimpleUploadedFile(name, content)
    data = {"import_file": file, "format": number, "resource": "0"}
    return client.post(reverse("admin:customers_customer_import"), data)


def test_a_workbook_is_read():
    rows = (["C1", "a@b.example"], [None, ""], [7], [])
    found = BoundedXLSX().create_dataset(workbook(["id", "email", None], *rows))
    assert found.headers == ["id", "email"]
    assert list(found) == [("C1", "a@b.example"), (7, None)]
    assert found.lines == [2, 4]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'id,email\n1,"a\n2,b\n', "Line 2: a quote that begins here is never closed"),
        (b"id,email,gender\n1,a@x.de\n", "Line 2: has fewer cells than the header"),
        (b"\nid,email\n\n1,a@x.de,x\n", "Line 4: has more cells than the header"),
        (b"id,email\n1,a\0b\n", "Line 2: email: has a NUL character"),
        (b"id,email\n1,Zo\xeb\n", f"Line 2: email: {NOT_UTF_8}"),
        (b"", "The file has no header row"),
    ],
)
def test_an_unreadable_row_refuses_the_file(content, complaint):
    with pytest.raises(RefusedUpload) as refused:
        BoundedCSV().create_dataset(content)
    assert refused.value.messages == (complaint,)


def test_a_workbook_row_with_more_cells_is_refused():
    with pytest.raises(RefusedUpload, match="Line 3: has more cells than the header"):
        BoundedXLSX().create_dataset(workbook(["id"], ["C1"], ["C2", "x"]))


def test_a_small_file_with_much_in_it_is_not_unpacked(monkeypatch):
    packed = with_sheet(sheet_of("<row><c><v>1</v></c></row>" * (BYTE_LIMIT // 20)))
    assert len(packed) < 1_000_000

    def never(*args, **kwargs):
        raise AssertionError("it was unpacked")

    monkeypatch.setattr("openpyxl.load_workbook", never)
    page = upload(packed).content.decode()
    assert "more than 48 MB" in page
    assert not Customer.objects.exists()


FIRST = "<row><c><v>1</v></c></row>"


@pytest.mark.parametrize(
    "inner",
    [
        "<row><c><v>1</v></c></row>" * (ROW_LIMIT + 2),
        # Rows and cells in between need not be there.
        f'{FIRST}<row r="{ROW_LIMIT + 2}"><c r="A{ROW_LIMIT + 2}"><v>1</v></c></row>',
        "<row><c><v>1</v></c><c r='XFD1'/></row>" * (CELL_LIMIT // 16_384 + 1),
    ],
)
def test_a_sheet_is_read_up_to_a_bound(inner):
    with pytest.raises(RefusedUpload, match="50,000 rows"):
        BoundedXLSX().create_dataset(with_sheet(sheet_of(inner)))


def test_a_sheet_without_names_of_columns_is_refused():
    later = f'<row r="{ROW_LIMIT}"><c r="A{ROW_LIMIT}"><v>1</v></c></row>'
    page = upload(with_sheet(sheet_of(later))).content.decode()
    assert "The first row has to name the columns." in page


def test_what_is_no_workbook_is_refused_with_a_word():
    page = upload(b"PK not really").content.decode()
    assert "The file is not an XLSX workbook: choose the format that it has." in page


def test_a_csv_file_is_bounded_too(monkeypatch):
    monkeypatch.setattr(uploads, "BYTE_LIMIT", 10)
    assert "more than 0 MB" in upload(b"id\nC1\nC2\nC3\n", "c.csv", "0").content.decode()


def test_a_larger_request_is_not_even_stored(settings):
    settings.UPLOAD_LIMIT = 1_000
    assert upload(b"id\n" + b"C1\n" * 1_000, "c.csv", "0").status_code == 400
