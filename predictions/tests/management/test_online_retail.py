"""Cleaning an Online Retail file: the contract's table, and each step by itself."""

import csv
import json
import lzma
import random
from collections import namedtuple
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from customers.imports.online_retail.dataset_rows import COLUMNS
from predictions.management.online_retail import clean_rows

DATA = Path(settings.BASE_DIR).parent / "shared" / "data" / "online_retail.csv.xz"
Row = namedtuple("Row", COLUMNS)
GOOD = Row("536365", "85123A", "HEART", "6", "2010-12-01 08:26:00", "2.55", "17850", "Malta")
# Contract, section 8: rows, removed, customers, stock codes.
TABLE = """
read 541909 - 4372 4070
nulls 406829 135080 4372 3684
duplicates 401604 5225 4372 3684
transactions 401604 0 4372 3684
codes 399689 1915 4363 3676
descriptions 399606 83 4363 3674
prices 399573 33 4362 3674
"""


@pytest.fixture
def file_of(tmp_path):
    def write(*rows, name="retail.csv"):
        stream = StringIO(newline="")
        csv.writer(stream).writerows([COLUMNS, *rows])
        content = stream.getvalue().encode()
        path = tmp_path / name
        path.write_bytes(lzma.compress(content) if name.endswith("xz") else content)
        return path

    return write


def printed(path, **options):
    out = StringIO()
    call_command("clean_online_retail", path, stdout=out, **options)
    return out.getvalue()


def left_by(path):
    """Return what each step leaves: rows, removed, customers, stock codes."""
    return {
        one.step: (one.rows, one.removed, one.customers, one.stock_codes)
        for one in clean_rows(path).steps
    }


@pytest.mark.exhaustive
@pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there")
def test_a_real_file_gives_the_table_of_the_contract():
    found = json.loads(printed(DATA, json=True))
    names = ("step", "rows", "removed", "customers", "stock_codes")
    rows = [line.split() for line in TABLE.split("\n") if line]
    assert found == {
        "steps": [
            dict(
                zip(names, [row[0], *(None if x == "-" else int(x) for x in row[1:])], strict=True)
            )
            for row in rows
        ],
        "cancellation_rows": 8872,
        "cancellation_invoices": 3654,
        "invoices": 22190,
    }


def test_rows_without_customer_or_description_go_first(file_of):
    path = file_of(
        GOOD, GOOD._replace(CustomerID="", StockCode="22423"), GOOD._replace(Description="")
    )
    assert left_by(path)["read"] == (3, None, 1, 2)
    assert left_by(path)["nulls"] == (1, 2, 1, 1)


def test_what_nobody_bought_may_hold_anything(file_of):
    nobody = GOOD._replace(CustomerID="", Quantity="?", InvoiceDate="", UnitPrice="x", StockCode="")
    assert left_by(file_of(GOOD, nobody))["prices"] == (1, 0, 1, 1)


@pytest.mark.parametrize("column", COLUMNS)
def test_only_rows_that_are_equal_in_all_columns_are_one(file_of, column):
    other = {"InvoiceDate": "2010-12-01 08:27:00", "CustomerID": "17851"}.get(column, "77")
    rows = [GOOD, GOOD._replace(**{column: other}), GOOD, GOOD]
    assert left_by(file_of(*rows))["duplicates"][:2] == (2, 2)


def test_cells_that_run_into_one_another_are_not_equal(file_of):
    rows = [
        GOOD._replace(InvoiceNo="1", StockCode="2345"),
        GOOD._replace(InvoiceNo="12", StockCode="345"),
        GOOD._replace(Description='A"\x1f1', Quantity="1"),
        GOOD._replace(Description='A"', Quantity="11"),
    ]
    assert left_by(file_of(*rows))["duplicates"][:2] == (4, 0)


def test_cancellations_are_counted_and_stay(file_of):
    taken_back = GOOD._replace(InvoiceNo="C1", Quantity="-1")
    path = file_of(GOOD, taken_back, taken_back._replace(StockCode="22423"), taken_back)
    found = clean_rows(path)
    assert (found.cancellation_rows, found.cancellation_invoices, found.invoices) == (2, 1, 2)
    assert left_by(path)["transactions"] == (3, 0, 1, 2)


@pytest.mark.parametrize(
    ("code", "stays"),
    [
        *[
            (code, False)
            for code in ("BANK CHARGES", "C2", "CRUK", "D", "DOT", "M", "PADS", "POST")
        ],
        *[("٣٣", False), ("C22", True), ("22", True), ("4A2", True), ("85123a", True)],
    ],
)
def test_codes_with_fewer_than_two_digits_are_no_products(file_of, code, stays):
    left = left_by(file_of(GOOD._replace(StockCode=code)))
    assert left["codes"] == ((1, 0, 1, 1) if stays else (0, 1, 0, 0))


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        *[(name, False) for name in ("Next Day Carriage", "  High Resolution Image ")],
        *[(name, True) for name in ("NEXT DAY CARRIAGE", "High Resolution Images", "   ")],
    ],
)
def test_two_descriptions_are_no_products(file_of, name, stays):
    left = left_by(file_of(GOOD._replace(Description=name)))
    assert left["descriptions"] == ((1, 0, 1, 1) if stays else (0, 1, 0, 0))


@pytest.mark.parametrize(
    ("price", "stays"), [("0", False), ("0.0000", False), ("-5", False), ("0.0001", True)]
)
def test_what_has_no_price_goes_last(file_of, price, stays):
    left = left_by(file_of(GOOD._replace(UnitPrice=price)))
    assert left["prices"] == ((1, 0, 1, 1) if stays else (0, 1, 0, 0))


@pytest.mark.parametrize("seed", range(3))
def test_each_step_leaves_what_filtering_by_hand_leaves(file_of, seed):
    lot = random.Random(seed)
    choices = {
        "InvoiceNo": ["1", "2", "C3"],
        "StockCode": ["85123A", "22423", "POST", "C2"],
        "Description": ["HEART", " HEART", "", "Next Day Carriage"],
        "UnitPrice": ["1", "0", "2.50"],
        "CustomerID": ["", "1", "2", "3"],
    }
    rows = [
        GOOD._replace(**{name: lot.choice(some) for name, some in choices.items()})
        for _each in range(400)
    ]
    left, expected = list(rows), []
    for step in (
        lambda rows: rows,
        lambda rows: [one for one in rows if one.CustomerID and one.Description],
        lambda rows: list(dict.fromkeys(rows)),
        lambda rows: rows,
        lambda rows: [one for one in rows if one.StockCode not in ("POST", "C2")],
        lambda rows: [one for one in rows if one.Description.strip() == "HEART"],
        lambda rows: [one for one in rows if Decimal(one.UnitPrice) > 0],
    ):
        before, left = left, step(left)
        customers = {one.CustomerID for one in left} - {""}
        codes = {one.StockCode for one in left}
        expected.append((len(left), len(before) - len(left), len(customers), len(codes)))
    found = list(left_by(file_of(*rows)).values())
    assert found == [(len(rows), None, *expected[0][2:]), *expected[1:]]


def test_packed_or_plain_and_in_whatever_order_of_columns_it_is_the_same(file_of, tmp_path):
    rows = [GOOD, GOOD, GOOD._replace(StockCode="POST")]
    plain = clean_rows(file_of(*rows))
    assert clean_rows(file_of(*rows, name="retail.csv.xz")) == plain
    turned = tmp_path / "turned.csv"
    with turned.open("w", newline="") as stream:
        csv.writer(stream).writerows([one[::-1] for one in (COLUMNS, *rows)])
    assert clean_rows(turned) == plain


def test_nothing_is_left_of_nothing(file_of):
    assert left_by(file_of())["read"] == (0, None, 0, 0)
    assert left_by(file_of())["prices"] == (0, 0, 0, 0)


def test_without_json_it_is_a_table(file_of):
    lines = printed(file_of(GOOD, GOOD)).splitlines()
    assert lines[0].split() == ["step", "rows", "removed", "customers", "stock", "codes"]
    assert lines[1].split() == ["read", "2", "1", "1"]
    assert lines[3].split() == ["duplicates", "1", "1", "1", "1"]
    assert lines[-1] == "Cancellations: 0 rows on 0 of 1 invoices."


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (GOOD._replace(UnitPrice="1,50"), 'UnitPrice: "1,50" is not a number'),
        (GOOD._replace(UnitPrice="1e99999"), 'UnitPrice: "1e99999" is not a number'),
        (GOOD._replace(UnitPrice="NaN"), 'UnitPrice: "NaN" is not a number'),
        (GOOD._replace(Quantity="9" * 400), "Quantity: "),
        (GOOD._replace(InvoiceDate="1.12.2010"), "InvoiceDate: "),
        (GOOD._replace(CustomerID="x"), 'CustomerID: "x" is not a number'),
        (GOOD._replace(StockCode=""), "StockCode: is missing"),
        ((*GOOD, "more"), "has more cells than the header"),
        (GOOD[:-1], "has fewer cells than the header"),
    ],
)
def test_a_bad_row_is_told_with_its_line(file_of, row, said):
    path = file_of(GOOD, row)
    with pytest.raises(CommandError) as refusal:
        printed(path)
    assert str(refusal.value).startswith(f"retail.csv:3: {said}")


def test_a_hundred_bad_rows_are_told_and_the_others_counted(file_of):
    with pytest.raises(CommandError) as refusal:
        printed(file_of(*[GOOD._replace(Quantity="six")] * 102))
    lines = str(refusal.value).splitlines()
    assert (len(lines), lines[-1]) == (101, "... and 2 problems more")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "a.csv"),
        ("a.csv", b"InvoiceNo,StockCode\n1,2\n", "a.csv:1: Description: this column is missing"),
        ("a.csv", b"\x00\xff" * 50, "a.csv"),
        ("a.csv.xz", b"no archive", "a.csv.xz"),
        ("a.xlsx", b"no workbook", "a.xlsx: cannot be read"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CommandError, match=said):
        printed(path)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        printed(tmp_path / "nowhere.csv")
    with pytest.raises(CommandError, match="directory"):
        printed(tmp_path)
