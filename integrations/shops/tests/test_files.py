"""Files in every shape in which people save and send them."""

import csv
import gzip
import io
import json
import lzma
import zipfile
from datetime import datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from bin.first_start import fill_shop
from customers.models import Customer, Order, OrderItem
from integrations.shops.files import table_files
from integrations.shops.tests.bringing import ACCOUNTS, ORDERS, order
from tests.lazy import LazyModule

# How files are read does not depend on the database.
pytestmark = pytest.mark.once
openpyxl = LazyModule("openpyxl")

NAMED = order(item="Café", billing="Zoë Noël")


@pytest.mark.parametrize(
    ("encode", "shown"),
    [
        (lambda text: text.encode("utf-8-sig"), "utf-8"),
        (lambda text: text.encode("utf-16"), "utf-16"),
        (lambda text: b"\xfe\xff" + text.encode("utf-16-be"), "utf-16"),
        (lambda text: text.encode("cp1252"), "windows-1252"),
        (lambda text: text.encode(), "utf-8"),
    ],
)
def test_encoding_is_told_by_the_bytes(bring, encode, shown):
    report = bring({"export.csv": encode(ORDERS + NAMED)})
    assert report["recognised"][0]["encoding"] == shown
    assert OrderItem.objects.get().name == "Café"
    assert Customer.objects.get().first_name == "Zoë"


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_end_are_found(bring, delimiter, end):
    text = (ORDERS + order() + order("#2")).replace(",", delimiter).replace("\n", end)
    report = bring({"export.txt": text})
    assert report["recognised"][0]["delimiter"] == delimiter
    assert Order.objects.count() == 2


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_first_line_of_excel_is_not_the_header(bring, delimiter):
    text = f"sep={delimiter}\r\n" + (ORDERS + order()).replace(",", delimiter)
    bring({"export.csv": text.encode("utf-8-sig")})
    assert Order.objects.get().number == "#1"


@pytest.mark.parametrize("cell", ["x" * 30, "x," * 15])
def test_line_longer_than_any_row_is_refused_unread(bring, monkeypatch, cell):
    """A small archive may have a line of gigabytes."""
    monkeypatch.setattr(table_files, "LONGEST_ROW", 300)
    lines = bring.refusal({"o.csv": ORDERS + order() + cell * 20 + "\n"})
    assert lines[0] == "o.csv:3: is longer than 300 bytes; is a quote never closed?"


def test_joined_exports_are_one_file(bring):
    exports = [f"sep=,\r\n{ORDERS}{order(number)}" for number in ("#1", "#2")]
    bring({"export.csv": b"".join(one.encode("utf-8-sig") for one in exports)})
    assert {*Order.objects.values_list("number", flat=True)} == {"#1", "#2"}


def test_half_a_character_of_utf_16_is_a_cut_off_file(bring):
    """The person who has UTF-16 was told that the file is not UTF-8."""
    lines = bring.refusal({"export.csv": (ORDERS + NAMED).encode("utf-16")[:-5]})
    assert any(line.startswith("export.csv: is cut off or damaged") for line in lines), lines
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("name", "pack"), [("a.csv.gz", gzip.compress), ("a.csv.xz", lzma.compress)]
)
def test_compressed_file_is_read(bring, name, pack):
    bring({name: pack((ORDERS + order()).encode())})
    assert Order.objects.count() == 1


def test_zip_is_read_on_all_levels_and_other_files_are_named(bring, tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("2026/01/orders.csv", ORDERS + order())
        archive.writestr("__MACOSX/orders.csv", "x")
        archive.writestr("photo.png", b"x")
        for number, name in enumerate(("../orders_2.csv", r"..\orders_3.csv"), 2):
            archive.writestr(name, ORDERS + order(f"#{number}"))
    report = bring(path)
    assert {one["path"] for one in report["recognised"]} == {
        *("2026/01/orders.csv", "../orders_2.csv", r"..\orders_3.csv")
    }
    assert {one["path"] for one in report["unrecognised"]} == {"__MACOSX/orders.csv", "photo.png"}


def test_first_start_brings_an_archive_with_its_rates(db, settings, tmp_path):
    settings.BASE_CURRENCY = "EUR"
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("orders.csv", ORDERS + order(currency="USD"))
    with pytest.raises(CommandError, match=r"USD \(1\)"):
        fill_shop([str(path)])
    fill_shop([str(path), "--rate", "USD=1.25"])
    assert Order.objects.get().base_to_order_rate == Decimal("1.25")


def test_workbook_gives_values_of_cells_and_rows_of_sheets(bring):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Orders"
    sheet.append([])
    sheet.append(ORDERS.strip().split(","))
    cells = order(sku="42").strip().split(",")
    cells[ORDERS.split(",").index("Lineitem sku")] = 42.0
    cells[ORDERS.split(",").index("Total")] = 12.5
    cells[ORDERS.split(",").index("Lineitem price")] = 0.1 + 0.2
    cells[ORDERS.split(",").index("Created at")] = datetime.fromisoformat("2026-01-02T12:00:00")
    sheet.append(cells)
    book.create_sheet("Notes").append(["x"])
    stream = io.BytesIO()
    book.save(stream)
    report = bring({"book.xlsx": stream.getvalue()}, "--timezone", "Europe/Berlin")
    assert [one["path"] for one in report["recognised"]] == ["book.xlsx/Orders"]
    assert [one["path"] for one in report["unrecognised"]] == ["book.xlsx/Notes"]
    assert (OrderItem.objects.get().sku, str(OrderItem.objects.get().price)) == ("42", "0.3000")
    assert str(Order.objects.get().created_at) == "2026-01-02 11:00:00+00:00"
    sheet.cell(3, ORDERS.split(",").index("Total") + 1, "12,5")
    stream = io.BytesIO()
    book.save(stream)
    lines = bring.refusal({"book.xlsx": stream.getvalue()}, "--timezone", "Europe/Berlin")
    assert lines[0] == 'book.xlsx/Orders:3: Total: "12,5" is not a number'


def test_last_file_counts_in_the_natural_order_of_names(bring):
    report = bring(
        {
            "orders_10.csv": ORDERS + order(total="30"),
            "orders_2.csv": ORDERS + order(total="20") + order("", "", created="", sku="B"),
            "orders_1.csv": ORDERS + order("#0"),
        }
    )
    assert str(Order.objects.get(number="#1").grand_total) == "30.0000"
    assert report["tables"]["orders"]["rows"] == 2
    assert {one["code"]: one["count"] for one in report["warnings"]}["in_several_files"] == 1


def test_files_given_one_by_one_count_in_the_order_of_their_names(bring):
    folder = bring.write(
        {
            "orders_10.csv": ORDERS + order(total="30"),
            "orders_2.csv": ORDERS + order(total="20"),
        }
    )
    # As a shell expands orders_*.csv.
    paths = [folder / "orders_10.csv", folder / "orders_2.csv"]
    call_command("import_shop", *paths, stdout=io.StringIO())
    assert Order.objects.get().grand_total == 30


LINES = "customerid,orderdate,sku,price\nc1,2026-01-02,TEE,9\nc1,2026-01-02,MUG,5\n"
NAMES_COLUMNS = '{"customer": "customerid", "date": "orderdate", "sku": "sku", "price": "price"}'


def zip_of(**files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.csv", content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("files", "ignored", "read"),
    [
        ({"a.csv": LINES, "a (1).csv": LINES}, "a (1).csv", "a.csv"),
        ({"a.csv": LINES, "b.zip": zip_of(a=LINES)}, "a.csv", "b.zip/a.csv"),
        ({"a.csv": LINES, "b.csv.gz": gzip.compress(LINES.encode())}, "a.csv", "b.csv.gz"),
        ({"a.csv": LINES, "b.csv": LINES.replace(",", ";").encode("utf-16")}, "a.csv", "b.csv"),
    ],
)
def test_file_given_twice_counts_once(bring, tmp_path, files, ignored, read):
    """No number of an order tells these rows from those of another file."""
    columns = tmp_path / "columns.json"
    columns.write_text(NAMES_COLUMNS)
    report = bring(files, "--columns", columns)
    assert OrderItem.objects.count() == 2
    assert Order.objects.get().grand_total == 14
    assert [one["path"] for one in report["recognised"]] == [read]
    reason = f"it has the same rows as {read}, which is read"
    assert report["unrecognised"] == [{"path": ignored, "reason": reason}]


def test_files_of_one_name_in_an_archive_and_beside_it_are_both_read(bring):
    files = {"a.csv": ORDERS + order(), "b.zip": zip_of(a=ACCOUNTS + "7,A,K,a@example.com,no,0,\n")}
    report = bring(files)
    layouts = {one["path"]: one["layout"] for one in report["recognised"]}
    assert layouts == {"a.csv": "shopify.orders", "b.zip/a.csv": "shopify.customers"}
    assert Order.objects.get().customer.external_id == "7"


def test_file_given_by_itself_and_by_its_folder_is_read_once(bring, tmp_path):
    folder = bring.write({"o.csv": ORDERS + order()})
    report = tmp_path / "r.json"
    paths = (folder, folder / "o.csv", folder / ".." / folder.name)
    call_command("import_shop", *paths, "--report", report, stdout=io.StringIO())
    recognised = json.loads(report.read_text())["recognised"]
    assert [(one["path"], one["rows"]) for one in recognised] == [("o.csv", 1)]


def test_rows_in_several_files_are_counted_by_kind(bring):
    account = "7,A,K,a@example.com,no,0,\n"
    report = bring(
        {
            "o1.csv": ORDERS + order(),
            "o2.csv": ORDERS + order(total="20"),
            "c1.csv": ACCOUNTS + account,
            "c2.csv": ACCOUNTS + account.replace("K", "L"),
        }
    )
    messages = {one["message"]: one["count"] for one in report["warnings"]}
    assert messages == {
        "customers stand in several files; the last one counts": 1,
        "orders stand in several files; the last one counts": 1,
    }


@pytest.mark.parametrize("damage", ["password", "compression", "checksum"])
def test_unreadable_member_of_an_archive_is_named(bring, tmp_path, damage):
    """Windows packs big files by a compression that Python does not know."""
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("o.csv", ORDERS + order())
    data = bytearray(path.read_bytes())
    central = data.rfind(b"PK\x01\x02")
    if damage == "password":
        data[6] |= 1
        data[central + 8] |= 1
    elif damage == "compression":
        data[8] = data[central + 10] = 9
    else:
        data[central - 2] ^= 1
    path.write_bytes(data)
    assert bring.refusal(path)[0].startswith("o.csv: ")


def test_files_of_one_name_in_two_folders_are_told_apart(bring, tmp_path):
    folders = [bring.write({"o.csv": ORDERS + order(name)}) for name in ("#1", "#2")]
    call_command("import_shop", *folders, "--report", tmp_path / "r.json", stdout=io.StringIO())
    assert Order.objects.count() == 2
    recognised = json.loads((tmp_path / "r.json").read_text())["recognised"]
    assert [one["path"] for one in recognised] == [str(one / "o.csv") for one in folders]


def test_wrong_options_end_before_anything_is_read(bring, tmp_path, settings):
    folder = bring.write({"o.csv": ORDERS + order()})
    for wrong in (
        ["--rate", "USD"],
        ["--rate", "USD=0"],
        ["--timezone", "Mars"],
        ["--rate", "USD=1e3"],
        ["--prefix", "a-b"],
        ["--source", "x" * 65],
        ["--columns", str(tmp_path / "missing.json")],
        ["--report", str(tmp_path / "missing" / "r.json")],
    ):
        with pytest.raises(CommandError):
            call_command("import_shop", folder, *wrong)
    settings.SHOP_RATES = ["USD"]
    assert bring.refusal(folder)[0].startswith("SHOP_RATES: ")
    assert not Order.objects.exists()


def test_address_given_as_a_path_is_not_shown(db):
    with pytest.raises(CommandError, match="import_maho") as refused:
        call_command("import_shop", "mysql://reader:secret@127.0.0.1:3306/shop")
    assert "secret" not in str(refused.value)


def test_two_platforms_are_refused_by_the_names_of_their_files(bring):
    lines = bring.refusal(
        {"a.csv": ORDERS + order(), "b.csv": "user_email,user_registered,roles\n"}
    )
    assert lines[0].startswith("a.csv: is of Shopify")
    assert lines[1].startswith("b.csv: is of WooCommerce")


def test_files_of_our_own_among_those_of_a_platform_are_refused(bring):
    lines = bring.refusal({"customers.csv": "id,email\n1,a\n", "o.csv": ORDERS + order()})
    assert [line.partition(":")[0] for line in lines[:2]] == ["o.csv", "customers.csv"]
    assert "is of Tranche" in lines[1]


def test_used_column_that_stands_twice_is_refused_and_an_unused_one_is_named(bring):
    """Catches a second column with other cells, of which the import takes the first silently."""
    twice = [
        line.rstrip("\n") + end
        for line, end in zip(
            (ORDERS, order()), (",Notes,TOTAL,Notes\n", ",x,20.00,y\n"), strict=True
        )
    ]
    lines = bring.refusal({"o.csv": "".join(twice)})
    assert lines[:2] == [
        "o.csv:1: Total: this column stands twice",
        "o.csv:1: TOTAL: this column stands twice",
    ]
    report = bring({"o.csv": "".join(twice).replace("TOTAL", "Notes")})
    assert report["recognised"][0]["columns_not_used"][-3:] == ["Notes"] * 3


def test_title_above_the_headings_is_named(bring):
    lines = bring.refusal({"o.csv": "Orders of 2026\n\n" + ORDERS + order()})
    assert lines[0] == "o.csv: its headings stand in row 3: delete the rows above them"


def test_unknown_file_is_refused_with_what_was_meant(bring):
    lines = bring.refusal({"a.csv": ORDERS.replace("Financial Status", "Payment")})
    assert lines[0] == (
        "a.csv: its columns are of no known export; for shopify.orders it lacks “Financial Status”"
    )
    assert bring.report["unrecognised"][0]["path"] == "a.csv"


def test_our_own_names_with_another_layout_are_the_other_system(bring):
    report = bring({"customers.csv": ACCOUNTS + "'7,Ada,King,a@example.com,yes,0,\n"})
    assert report["recognised"][0]["layout"] == "shopify.customers"
    assert Customer.objects.get().external_id == "7"


def test_problems_name_the_source_file_and_all_of_them(bring):
    bad = order("#2", item="two\nlines") + order("#3", total="1,234.50") + "#4,short\n"
    lines = bring.refusal({"orders.csv": ORDERS + order() + bad})
    assert lines[:2] == [
        'orders.csv:5: Total: "1,234.50" is not a number',
        "orders.csv:6: has fewer cells than the header",
    ]
    assert [one["row"] for one in bring.report["problems"]] == [5, 6]
    assert not Order.objects.exists()


def test_bad_rows_are_skipped_and_written_with_their_places(bring, tmp_path):
    refused = tmp_path / "refused.csv"
    bad = order("#2", total="x") + "#4,short\n"
    bring({"orders.csv": ORDERS + order() + bad}, "--skip-bad-rows", "--refused", refused)
    assert Order.objects.count() == 1
    lines = refused.read_text().splitlines()
    assert lines[1].startswith('orders.csv,3,"Total: ""x"" is not a number","#2,a@example.com,paid')
    assert lines[2:] == ['orders.csv,4,has fewer cells than the header,"#4,short"']


LONG = "9" * 300
ADDRESSES = "Billing Address1,Billing Address2,Billing Phone,Shipping Address1,Shipping Phone"


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        ((("1 Street", "", LONG, "2 Street", "7")), "Billing Phone"),
        ((("1 Street", "", "7", "2 Street", LONG)), "Shipping Phone"),
        ((("1 Street", LONG, "7", "", "7")), "Billing Address1, Billing Address2"),
    ],
)
def test_problem_names_the_shops_column_that_has_the_value(bring, tmp_path, cells, place):
    """A guest's address is made of columns of two kinds: not the first of them is meant."""
    header, row = ORDERS.strip(), order(name="#2").strip()
    files = {
        "orders.csv": f"{header},{ADDRESSES}\n{order().strip()},,,,,\n{row},{','.join(cells)}\n"
    }
    lines = bring.refusal(files)
    assert [line.partition(': "')[0] for line in lines[:-1]] == [f"orders.csv:3: {place}"]
    refused = tmp_path / "refused.csv"
    bring(files, "--skip-bad-rows", "--refused", refused)
    (found,) = csv.DictReader(refused.read_text().splitlines(True))
    assert (found["file"], found["line"]) == ("orders.csv", "3")
    assert found["reason"].startswith(f'{place}: "')
    assert found["row"] == files["orders.csv"].splitlines()[2]


def test_problem_of_a_derived_row_names_the_shops_row(bring):
    products = "Handle,Title,Type,Variant SKU,Variant Price\ntee,Tee,{},TEE,9\n"
    lines = bring.refusal({"p.csv": products.format(LONG)})
    assert lines[0].startswith('p.csv:2: Type: "999')


def test_cell_that_is_no_currency_is_a_problem_of_its_row(bring, tmp_path):
    """No rate could be named for it."""
    files = {"o.csv": ORDERS + order(currency="Euro") + order("#2")}
    lines = bring.refusal(files)
    assert lines[:-1] == ['o.csv:2: Currency: "Euro" is not a currency such as EUR']
    bring(files, "--skip-bad-rows", "--refused", tmp_path / "refused.csv")
    assert Order.objects.get().number == "#2"


def test_refused_rows_show_no_passwords(bring, tmp_path):
    header = "ID,user_email,user_registered,roles,user_pass\n"
    row = "1,a@example.com,yesterday,customer,$P$secret\n"
    refused = tmp_path / "refused.csv"
    bring({"users.csv": header + row}, "--skip-bad-rows", "--refused", refused)
    (found,) = csv.DictReader(refused.read_text().splitlines(True))
    assert found["row"] == "1,a@example.com,yesterday,customer,"


@pytest.mark.parametrize(("answer", "orders"), [("n", 0), ("", 0), ("y", 1)])
def test_terminal_is_asked_when_the_plan_is_shown(bring, monkeypatch, answer, orders):
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
    bring({"orders.csv": ORDERS + order()})
    assert asked == ["Import? [y/N] "]
    assert "orders.csv: shopify.orders, 1 rows" in bring.output
    assert Order.objects.count() == orders
    bring({"orders.csv": ORDERS + order()}, "--yes")
    assert len(asked) == 1


def test_plan_names_no_file_but_the_shops(bring):
    bring({"orders.csv": ORDERS + order(email="ada@example.com")})
    assert "ignored" not in bring.output
    assert "ada@example.com" not in bring.output


def test_recognised_file_without_rows_is_no_mistake(bring):
    report = bring({"orders.csv": ORDERS, "empty.csv": ""})
    assert report["recognised"][0]["rows"] == 0
    assert report["unrecognised"] == [{"path": "empty.csv", "reason": "has no header row"}]


def test_empty_lines_before_a_header_are_no_mistake(bring):
    bring({"customers.csv": "\n\nid,email\nc1,a@example.com\n"})
    assert "is not read" not in bring.output
    report = bring({"orders.csv": "\n,,\n" + ORDERS + order()}, "--prefix", "s")
    assert [one["rows"] for one in report["recognised"]] == [1]


def test_a_file_that_is_only_called_as_ours_gets_one_sentence(bring):
    grid = "ID,Name,Email,Group,Telephone,ZIP,Country,State/Province,Customer Since,Website\n"
    row = "1,Ada,a@example.com,General,,,,,2026-01-01,Main\n"
    line, _nothing = bring.refusal({"customers.csv": grid + row})
    assert "export “Customers Main File” (System, Export) or import the shop's database" in line
    line, _nothing = bring.refusal({"customers.csv": "Number,Called\n1,Ada\n"})
    assert line == (
        "customers.csv: its columns are of no known export. “Bring your shop” reads what Shopify, "
        "WooCommerce and Magento export, and lists of orders of any other shop once you say what "
        "their columns mean."
    )
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["id", "email"])
    book.save(stream)
    line, _nothing = bring.refusal({"customers.xlsx": stream.getvalue()})
    assert line.endswith("its columns are those of customers.csv: save the sheet as customers.csv")


def test_it_is_said_that_the_days_of_the_website_change(bring):
    """They decide what "today" is in every segment: a count of websites does not say that."""
    report = bring({"o.csv": ORDERS + order()}, "--timezone", "Europe/Berlin")
    assert report["notes"] == [
        "The days of website “Default website” are those of Europe/Berlin from now on, not of UTC."
    ]
    again = bring({"o.csv": ORDERS + order("#2")}, "--timezone", "Europe/Berlin")
    assert again["notes"] == []
