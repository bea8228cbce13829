"""Flat files of order lines: names of columns, orders by day, dates, amounts."""

import json

import pytest

from customers.models import Customer, Order, OrderItem, Orders, Refund
from customers.privacy.erasing import go_on, request_erasure

pytestmark = pytest.mark.once

FLAT = "Order ID,Customer-ID,Order_Date,Product Name,Qty,Unit Price,Country,Note\n"


def test_rows_become_orders_of_registered_customers(bring):
    rows = (
        "A1,7,2026-01-02 10:00:00,Blue Mug,2,1.2345,DE,x\n"
        "A1,7,2026-01-03 10:00:00,Tee,,10,FR,\n"
        "A2,,2026-01-02,Tee,1,10,DE,\n"
    )
    report = bring({"f.csv": FLAT + rows})
    only = Order.objects.get()
    assert (only.number, only.state, only.customer.external_id) == ("A1", "complete", "7")
    assert (str(only.grand_total), only.billing_country) == ("12.4690", "DE")
    assert str(only.created_at) == "2026-01-02 10:00:00+00:00"
    assert [*OrderItem.objects.order_by("line").values_list("sku", "quantity")] == [
        ("name-blue-mug", 2),
        ("name-tee", 1),
    ]
    assert report["recognised"][0]["columns_not_used"] == ["Note"]
    assert report["left_out"] == [{"what": "rows", "why": "without a customer", "count": 1}]
    again = bring({"f.csv": FLAT + rows})
    assert all(one["rows"] == one["unchanged"] for one in again["tables"].values())


def test_named_columns_make_orders_of_days(bring, tmp_path):
    columns = tmp_path / "columns.json"
    named = {"customer": "Client", "date": "When", "date_format": "%d.%m.%Y", "sku": "Art"}
    columns.write_text(json.dumps({**named, "amount": "Sum", "quantity": "Pcs"}))
    rows = "7;01.02.2026;A;3;10\n8;01.02.2026;A;1;5\n7;01.02.2026;B;1;2.50\n"
    bring({"f.csv": "Client;When;Art;Pcs;Sum\n" + rows}, "--columns", str(columns))
    found = Order.objects.order_by("number").values_list("number", "grand_total")
    assert [(number, str(total)) for number, total in found] == [
        ("7-20260201", "12.5000"),
        ("8-20260201", "5.0000"),
    ]
    assert str(OrderItem.objects.get(row_total=10).price) == "3.3333"
    assert {*Customer.objects.values_list("kind", flat=True)} == {"registered"}


@pytest.mark.parametrize(
    "header",
    [
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n",
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n",
    ],
)
def test_online_retail_has_its_own_rules(bring, header):
    rows = (
        "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
        "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
        "C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,17850,United Kingdom\n"
        "536366,22086,KIT,1,2010-12-01 09:41:00,1,,United Kingdom\n"
    )
    report = bring({"Online Retail.csv": header + rows})
    assert (Order.objects.count(), Refund.objects.get().number) == (1, "C536379")
    assert str(Order.objects.get().grand_total) == "15.3000"
    left_out = {one["why"]: one["count"] for one in report["left_out"]}
    assert left_out == {"duplicates": 1, "without a customer": 1}
    assert "ignored" not in bring.output


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("A1,7,03/04/2026,Tee,1,10,,", 'Order_Date: "03/04/2026" is not ISO 8601'),
        (
            "A1,7,31.02.2026,Tee,1,10,,",
            'Order_Date: "31.02.2026" is no day of the calendar; dates of these files are written'
            " as 2026-12-31",
        ),
        ("A1,7,2026-13-01 10:00,Tee,1,10,,", 'Order_Date: "2026-13-01 10:00" is no day'),
        ("A1,7,2026-01-02,Tee,-1,10,,", 'Qty: "-1" is less than 0'),
        ("A1,7,2026-01-02,Tee,1,x,,", 'Unit Price: "x" is not a number'),
        ("A0,8,2026-01-02,Tee,1,1,,", 'Customer-ID: "8" is not the customer of the order'),
    ],
)
def test_what_is_never_guessed_is_refused(bring, row, problem):
    lines = bring.refusal({"f.csv": f"{FLAT}A0,7,2026-01-02,Tee,1,10,,\n{row}\n"})
    assert lines[0].startswith(f"f.csv:3: {problem}")


def test_numbers_that_two_columns_may_say_are_refused(bring, tmp_path):
    """Catches orders of one piece, or of no worth, where the file has two columns for it."""
    header = "order_id,customer_id,date,sku,Qty,Quantity,Price,Unit Price\n"
    row = "1,7,2026-01-02,A,2,3,4,5\n"
    ending = ": keep one of these columns, or name one with --columns"
    assert bring.refusal({"f.csv": header + row})[:2] == [
        f"f.csv: “Qty”, “Quantity” all say the quantity{ending}",
        f"f.csv: “Price”, “Unit Price” all say the price{ending}",
    ]
    twice = header.replace("Quantity,Price,Unit Price", "DATE,Price,x")
    assert bring.refusal({"f.csv": twice + row})[0] == "f.csv:1: date: this column stands twice"
    # Such columns also hide what the file is.
    flat = header.replace("order_id,", "Invoice,Order ID,").replace("sku", "sku,StockCode")
    lines = bring.refusal({"f.csv": flat.replace("Qty,Quantity", "Qty").replace("Unit ", "List ")})
    assert lines[:-1] == [
        f"f.csv: “Invoice”, “Order ID” all say the order{ending}",
        f"f.csv: “sku”, “StockCode” all say the sku{ending}",
    ]
    assert [one["path"] for one in bring.report["unrecognised"]] == ["f.csv"]
    text = (header + row).replace("Unit Price", "Amount").replace("Quantity", "Note")
    bring({"f.csv": text})
    assert Order.objects.get().grand_total == 8


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"customer": "Client"}, "f.csv: has no column “Client”, which was chosen"),
        ({"sku": "Art"}, "f.csv: has no column “Art”, which was chosen"),
        ({"sku": None}, "--columns: sku is no text, such as the name of a column"),
        ({"article": "Product"}, "--columns: “article” is unknown; "),
        ({"date_format": "%d.%m.%Y"}, 'f.csv:2: When: "2026-01-02" is not like %d.%m.%Y'),
        ({"date": "Late", "date_format": "%d/%m/%Y"}, 'f.csv:2: Late: "12/31/2026" is not like'),
        (
            {"date": "Never", "date_format": "%d/%m/%y"},
            'f.csv:2: Never: "31/02/26" is no day of the calendar; dates of these files are'
            " written as 31/12/26",
        ),
    ],
)
def test_wrong_names_of_columns_are_refused(bring, tmp_path, columns, problem):
    path = tmp_path / "columns.json"
    named = {"customer": "Who", "date": "When", "sku": "Product", "price": "Each", **columns}
    path.write_text(json.dumps(named))
    header = "Who,When,Product,Each,Late,Never\n"
    files = {"f.csv": f"{header}7,2026-01-02,Tee,10,12/31/2026,31/02/26\n"}
    assert bring.refusal(files, "--columns", str(path))[0].startswith(problem)


MAILED = "Order number;Client;Date;E-mail;Amount\n"
BY_ADDRESS = {"email": "E-mail", "date": "Date", "amount": "Amount"}


def columns_file(folder, **columns):
    path = folder / "columns.json"
    path.write_text(json.dumps(columns))
    return str(path)


def test_customers_have_the_address_of_their_latest_order(bring, tmp_path):
    rows = (
        "1;7;2026-01-02;old@example.com;5\n"
        "3;7;2026-03-02;Ines@Example.com;5\n"
        "2;7;2026-02-02;;5\n"
        "4;8;2026-01-02;;5\n"
        "5;;2026-01-03;ines@example.com ;5\n"
        "6;;2026-01-02;;5\n"
    )
    columns = columns_file(tmp_path, order="Order number", customer="Client", **BY_ADDRESS)
    report = bring({"f.csv": MAILED + rows}, "--columns", columns)
    emails = Customer.objects.order_by("external_id").values_list("external_id", "email", "kind")
    assert [*emails] == [("7", "Ines@Example.com", "registered"), ("8", "", "registered")]
    owners = dict(Order.objects.values_list("number", "customer__external_id"))
    # The fifth order names no account, the account with its address has it.
    assert owners == {"1": "7", "2": "7", "3": "7", "4": "8", "5": "7"}
    assert report["left_out"] == [{"what": "rows", "why": "without a customer", "count": 1}]
    again = bring({"f.csv": MAILED + rows}, "--columns", columns)
    assert all(one["rows"] == one["unchanged"] for one in again["tables"].values())


def test_rows_with_an_address_alone_are_orders_of_guests_and_accounts(
    bring, tmp_path, make_customer
):
    make_customer("9", email="paul@example.com")
    text = MAILED.replace("Client;", "") + (
        "1;2026-02-02;Ada@Example.com;5\n"
        "2;2026-01-02;ada@example.com;5\n"
        "2;2026-01-02;ada@example.com;7\n"
        "3;2026-01-02;paul@example.com;5\n"
        "4;2026-01-02;;5\n"
    )
    # The names of the columns say the rest.
    columns = columns_file(tmp_path, email="E-mail")
    report = bring({"f.csv": text}, "--columns", columns, "--prefix", "")
    owners = dict(Order.objects.values_list("number", "customer__external_id"))
    ada = "guest-b5fc85e55755f9e0d030"
    assert owners == {"1": ada, "2": ada, "3": "9"}
    guest = Customer.objects.get(external_id=ada)
    assert (guest.kind, guest.email) == ("guest", "Ada@Example.com")
    assert str(guest.registered_at) == "2026-01-02 00:00:00+00:00"
    assert report["derived"]["guests"] == 1
    assert report["left_out"][0]["count"] == 1
    # Without a number of the order, the guest's rows of a day are one.
    daily = text.replace("Order number", "x")
    columns = columns_file(tmp_path, **BY_ADDRESS)
    bring({"f.csv": daily}, "--columns", columns, "--guest-orders", "separate")
    numbers = Order.objects.filter(number__contains="-2026").values_list("number", flat=True)
    assert {f"{ada}-20260102", f"{ada}-20260202"} < {*numbers}
    assert not Customer.objects.get(external_id="9").orders.filter(number__contains="-").exists()


def test_orders_of_an_erased_address_stay_away(bring, tmp_path, make_customer):
    """Catches orders that name a customer who is left out, for which an import is refused."""
    ada = make_customer("1", email="ada@example.com")
    go_on(request_erasure(ada, Orders.ANONYMIZE, author=None).pk)
    columns = columns_file(tmp_path, customer="Client", **BY_ADDRESS)
    rows = "1;7;2026-01-02;ada@example.com;5\n2;8;2026-01-02;paul@example.com;5\n"
    bring({"f.csv": MAILED + rows}, "--columns", columns, "--prefix", "")
    assert [*Order.objects.values_list("customer__external_id", flat=True)] == ["8"]
    assert [*Customer.objects.values_list("external_id", flat=True)] == ["8"]


def test_addresses_are_never_taken_by_the_name_of_a_column(bring):
    rows = "1,7,2026-01-02,ada@example.com,5\n"
    report = bring({"f.csv": f"order_id,customer_id,date,Email,amount\n{rows}"})
    assert Customer.objects.get().email == ""
    assert report["recognised"][0]["columns_not_used"] == ["Email"]
    assert report["warnings"] == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2;;2026-01-02;nobody;5", 'E-mail: "nobody" is not an e-mail address'),
        ("1;;2026-01-02;b@example.com;5", 'E-mail: "b@example.com" is not the customer of the'),
    ],
)
def test_wrong_addresses_are_refused(bring, tmp_path, row, problem):
    columns = columns_file(tmp_path, order="Order number", customer="Client", **BY_ADDRESS)
    text = f"{MAILED}1;;2026-01-02;a@example.com;5\n{row}\n"
    lines = bring.refusal({"f.csv": text}, "--columns", columns)
    assert lines[0].startswith(f"f.csv:3: {problem}")


def test_plan_asks_about_numbers_that_are_addresses(bring, tmp_path):
    columns = columns_file(tmp_path, customer="E-mail", date="Date", amount="Amount")
    rows = "".join(f"{n};;2026-01-02;a{n}@example.com;5\n" for n in range(9))
    report = bring({"f.csv": f"{MAILED}{rows}9;;2026-01-02;7;5\n"}, "--columns", columns)
    ((code, count),) = [(one["code"], one["count"]) for one in report["warnings"]]
    assert (code, count) == ("numbers_like_emails", 9)
