"""An import that skips bad rows stores the rest and keeps those in a file."""

from customers.models import Customer, Order, OrderItem, Product, Refund
from customers.tests.imports.importing import CUSTOMERS, LINES, NOT_UTF_8, ORDER, ORDERS, counts


def test_skipping_imports_the_rest_and_keeps_the_bad_rows(importer):
    report, refused = importer.skipping(
        customers='id,is_active,email\nc1,,a\nc2,x,"b, ""q"""\nc3,y,\n',
        orders=ORDER + "o1,c1,new,2026-01-02,1\no2,c2,new,2026-01-02,1\no3,c1,new,2026-01-02,x\n",
        order_items="order,line,sku,quantity\no1,1,A,1\no1,2,B,x\no3,1,C,1\n",
    )
    assert list(Customer.objects.values_list("external_id", flat=True)) == ["c1"]
    assert list(Order.objects.values_list("number", "lines_count")) == [("o1", 1)]
    assert list(Product.objects.values_list("sku", flat=True)) == ["A"]
    assert counts(report, "customers") == (3, 1, 0, 0, 2)
    assert counts(report, "order_items") == (3, 1, 0, 0, 2)
    assert report.refused == 6
    assert refused == [
        ["file", "line", "reason", "row"],
        ["customers.csv", "3", 'is_active: "x" is neither true nor false', 'c2,x,"b, ""q"""'],
        ["customers.csv", "4", 'is_active: "y" is neither true nor false', "c3,y,"],
        ["orders.csv", "3", 'customer: "c2" was refused itself', "o2,c2,new,2026-01-02,1"],
        ["orders.csv", "4", 'grand_total: "x" is not a number', "o3,c1,new,2026-01-02,x"],
        ["order_items.csv", "3", 'quantity: "x" is not a number', "o1,2,B,x"],
        ["order_items.csv", "4", 'order: "o3" was refused itself', "o3,1,C,1"],
    ]


def test_skipping_leaves_the_lines_of_a_stored_order_whose_new_row_is_bad(importer):
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=LINES)
    importer.skipping(
        orders=ORDERS.replace(",10", ",x"),
        order_items="order,line,sku,quantity\no1,1,Z,9\n",
    )
    assert set(OrderItem.objects.values_list("sku", flat=True)) == {"A", "B"}


def test_skipping_keeps_the_first_of_two_rows_with_one_key(importer):
    report, refused = importer.skipping(
        customers=CUSTOMERS + "c1,again@example.com\n",
        refunds="number,customer,created_at,amount\nr1,c1,2026-01-02,1\n",
    )
    assert Customer.objects.get(external_id="c1").email == "a@example.com"
    assert refused[1:] == [["customers.csv", "4", 'id: "c1" stands twice', "c1,again@example.com"]]
    assert Refund.objects.get().customer.external_id == "c1"
    assert counts(report, "customers") == (3, 2, 0, 0, 1)


def test_skipping_takes_out_rows_that_are_no_text(importer):
    _report, refused = importer.skipping(customers=b'id,email\nc1,\xff\nc2,a\0\nc3,ok\nc4,"a"b\n')
    assert list(Customer.objects.values_list("external_id", flat=True)) == ["c3"]
    assert [row[1:3] for row in refused[1:]] == [
        ["2", f"email: {NOT_UTF_8}"],
        ["3", "email: has a NUL character"],
        ["5", "is not CSV: ',' expected after '\"'"],
    ]
