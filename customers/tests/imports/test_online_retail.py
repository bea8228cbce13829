"""The UCI Online Retail dataset: the seven rules."""

import lzma
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from customers.imports.online_retail.dataset import import_online_retail
from customers.imports.online_retail.dataset_rows import COLUMNS
from customers.imports.problems import ImportRefused
from customers.models import Address, Customer, Order, Product, Refund, RefundItem

pytestmark = pytest.mark.once

HEADER = ",".join(COLUMNS)
ROWS = (
    "536365,85123A,  WHITE HEART ,6,2010-12-01 08:27:00,2.55,17850,United Kingdom",
    "536365,71053,LANTERN,6,2010-12-01 08:26:00,0.001,17850,United Kingdom",
    "536365,71053,LANTERN,6,2010-12-01 08:26:00,0.001,17850,United Kingdom",
    "536365,POST,POSTAGE,1,2010-12-01 08:26:00,18,17850,United Kingdom",
    "536366,85123a,lower,1,2010-12-02 08:26:00,1,17850,France",
    "536367,85123A,HEART,1,2010-12-02 08:26:00,1,17850,EIRE",
    "C536368,85123A,,-2,2010-12-03 08:26:00,2.55,17850,United Kingdom",
    "C536369,D,Discount,-1,2010-12-03 08:26:00,5,12345,United Kingdom",
    "536370,22423,CAKE STAND,1,2010-12-03 08:26:00,5,,United Kingdom",
    "A536371,B,Adjust bad debt,1,2010-12-03 08:26:00,-5,,United Kingdom",
    "536372,22423,CAKE STAND,-1,2010-12-03 08:26:00,0,12345,United Kingdom",
)


@pytest.fixture
def retail(db, tmp_path):
    def write(*rows: str, name: str = "retail.csv") -> Path:
        path = tmp_path / name
        content = "\n".join((HEADER, *rows)).encode()
        path.write_bytes(lzma.compress(content) if name.endswith("xz") else content)
        return path

    return write


def test_the_rules_make_a_shop_of_the_rows(retail):
    counts, _report = import_online_retail(retail(*ROWS))
    assert (counts.rows_read, counts.duplicates, counts.rows_without_customer) == (11, 1, 2)
    assert (counts.adjustments, counts.credit_notes, counts.orders) == (1, 2, 3)
    assert (counts.lines, counts.services, counts.customers, counts.revenue) == (5, 1, 2, 3531)
    order = Order.objects.get(number="536365")
    assert order.created_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert (order.state, order.subtotal, order.shipping_amount, order.grand_total) == (
        "complete",
        Decimal("15.31"),  # 6 x 0.001 is a penny
        18,
        Decimal("33.31"),
    )
    assert (order.shipping_country, order.billing_country) == ("United Kingdom", "United Kingdom")
    lines = order.items.order_by("id").values_list("sku", "name", "product_type", "price")
    assert list(lines) == [
        ("85123A", "WHITE HEART", "simple", Decimal("2.55")),
        ("71053", "LANTERN", "simple", Decimal("0.001")),
        ("POST", "POSTAGE", "service", 18),
    ]


def test_a_credit_note_is_a_refund_that_names_no_order(retail):
    import_online_retail(retail(*ROWS))
    refund = Refund.objects.get(number="C536368")
    assert (refund.order, refund.customer.external_id, refund.amount) == (
        None,
        "17850",
        Decimal("5.10"),
    )
    item = RefundItem.objects.get(refund=refund)
    # The line's own description is empty, and so it takes its product's name.
    assert (item.quantity, item.row_total, item.name) == (2, Decimal("5.10"), "HEART")


def test_the_address_has_the_country_of_the_latest_order_with_the_higher_number(retail):
    import_online_retail(retail(*ROWS))
    addresses = Address.objects.values_list("customer__external_id", "country")
    assert list(addresses) == [("17850", "EIRE")]
    assert Customer.objects.get(external_id="12345").registered_at == datetime(
        2010, 12, 3, 8, 26, tzinfo=UTC
    )


def test_products_differ_in_case_and_bear_their_latest_name(retail):
    import_online_retail(retail(*ROWS))
    names = dict(Product.objects.values_list("sku", "name"))
    assert names == {
        "85123A": "HEART",
        "85123a": "lower",
        "71053": "LANTERN",
        "POST": "POSTAGE",
        "D": "Discount",
    }


def test_the_name_of_a_product_is_the_last_one_among_the_imported_rows(retail):
    import_online_retail(
        retail(
            "1,22423,FIRST,1,2010-12-03 08:26:00,5,12345,Malta",
            "2,22423,OTHER,1,2010-12-03 08:27:00,5,12345,Malta",
            "1,22423,LAST,2,2010-12-03 08:26:00,5,12345,Malta",
            "2,22423,,2,2010-12-03 08:27:00,5,12345,Malta",
            # Nothing is sold here, so that this is no order.
            "3,22423,damaged,-1,2010-12-03 08:28:00,0,12345,Malta",
        )
    )
    assert Product.objects.get().name == "LAST"


def test_a_workbook_gives_the_same_shop(retail, tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(COLUMNS)
    for row in ROWS:
        number, sku, name, quantity, date, price, customer, country = row.split(",")
        sheet.append(
            [
                int(number) if number.isdigit() else number,
                int(sku) if sku.isdigit() else sku,
                name or None,
                int(quantity),
                datetime.fromisoformat(date),
                float(price),
                float(customer) if customer else None,
                country,
            ]
        )
    path = tmp_path / "retail.xlsx"
    book.save(path)
    from_csv, _ = import_online_retail(retail(*ROWS))
    from_book, report = import_online_retail(path)
    assert from_book == from_csv
    assert sum(file.created + file.updated for file in report.files) == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROWS[0].replace(",6,", ",six,"), '2: Quantity: "six" is not a number'),
        (ROWS[0].replace("2010-12-01", "1.12.2010"), "2: InvoiceDate: "),
        (ROWS[0].replace("17850", "x"), '2: CustomerID: "x" is not a number'),
        (ROWS[0] + ",more", "2: has more cells than the header"),
    ],
)
@pytest.mark.once
def test_a_bad_row_is_told_and_nothing_is_written(retail, row, message):
    with pytest.raises(ImportRefused) as refusal:
        import_online_retail(retail(row, *ROWS[1:]))
    assert str(refusal.value).startswith(f"retail.csv:{message}")
    assert not Customer.objects.exists()


def test_a_truncated_archive_is_told(retail):
    path = retail(*ROWS, name="retail.csv.xz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ImportRefused, match=r"retail.csv.xz:\d+: cannot be read"):
        import_online_retail(path)


def test_a_workbook_that_is_none_is_told(db, tmp_path):
    path = tmp_path / "retail.xlsx"
    path.write_bytes(b"no zip file")
    with pytest.raises(ImportRefused, match="retail.xlsx: cannot be read"):
        import_online_retail(path)


def test_the_command_tells_a_missing_file(db, tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        call_command("import_online_retail", tmp_path / "nowhere.csv")
