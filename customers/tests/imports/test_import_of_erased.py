"""Rows of an erased customer are left out of an import, with what hangs on them, and counted."""

import pytest

from customers.models import Customer, Order, Refund
from customers.privacy.erasing import go_on, request_erasure
from customers.tests.imports.importing import CARTS, CUSTOMERS, LINES, ORDERS, Importer
from customers.tests.rows import a_customer, an_order

pytestmark = pytest.mark.django_db
FILES = {
    "customers": CUSTOMERS,
    "addresses": "customer,city\nc1,Bonn\nc2,Ulm\n",
    "logins": "customer,logged_in_at\nc1,2026-01-01\nc2,2026-01-01\n",
    "orders": ORDERS + "o2,c2,complete,2026-01-02T03:04:05Z,10\n",
    "order_items": LINES + "o2,1,A,1,1\n",
    "refunds": "number,order,created_at,amount\nr1,o1,2026-01-03,1\nr2,o2,2026-01-03,1\n",
    "carts": CARTS,
    "cart_items": "cart,line,sku,quantity,added_at\nk1,1,A,1,2026-01-02\n",
}


@pytest.fixture
def erased(db):
    erasure = request_erasure(a_customer("c1"), "anonymize", author=None)
    go_on(erasure.pk)


def test_they_are_left_out_and_counted(erased, importer: Importer):
    report = importer(**FILES)
    assert list(Customer.objects.values_list("external_id", flat=True)) == ["c2"]
    assert list(Order.objects.values_list("number", flat=True)) == ["o2"]
    assert list(Refund.objects.values_list("number", flat=True)) == ["r2"]
    assert {one.file: (one.created, one.erased, one.refused) for one in report.files} == {
        "customers.csv": (1, 1, 0),
        "addresses.csv": (1, 1, 0),
        "logins.csv": (1, 1, 0),
        "orders.csv": (1, 1, 0),
        "order_items.csv": (1, 2, 0),
        "refunds.csv": (1, 1, 0),
        "carts.csv": (0, 1, 0),
        "cart_items.csv": (0, 1, 0),
    }
    assert all(one.unchanged == 0 for one in report.files)


def test_their_orders_are_left_out_though_nobody_is_named(importer: Importer):
    order = an_order(a_customer("c1"), "o1")
    go_on(request_erasure(order.customer, "anonymize", author=None).pk)
    head = "number,state,created_at,grand_total,shipping_city\n"
    row = "complete,2026-01-02T03:04:05Z,10,Ulm\n"
    report = importer(orders=f"{head}o1,{row}o2,{row}")
    assert [(one.created, one.erased) for one in report.files] == [(1, 1)]
    cities = dict(Order.objects.values_list("number", "shipping_city"))
    assert cities == {"o1": "", "o2": "Ulm"}


def test_what_is_wrong_beside_them_is_still_refused(erased, importer, tmp_path):
    from customers.imports.shop_csv import import_shop

    bad = {**FILES, "logins": "customer,logged_in_at\nc1,2026-01-01\nc9,2026-01-01\n"}
    assert importer.problems(**bad) == ['logins.csv:3: customer: "c9" is not known']
    refused = tmp_path / "refused.csv"
    import_shop(importer.directory(**bad), skip_bad_rows=refused)
    assert refused.read_text().count("\n") == 2
    assert "c1" not in refused.read_text()
