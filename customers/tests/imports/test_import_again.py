"""A shop's files once more: what is stored just so is left alone, and the rest is as ever."""

import pytest
from django.db import connection

from customers.generate.shop import write_shop
from customers.imports.shop_csv import import_shop
from customers.imports.staging import csv_rows, refusals
from customers.imports.staging import staging_tables as staging
from customers.models import (
    AppliedRule,
    Cart,
    Customer,
    CustomerTag,
    DirtyCustomer,
    Order,
    OrderItem,
    Refund,
    RefundItem,
)
from customers.tests.imports.importing import (
    CART_LINES,
    CARTS,
    CUSTOMERS,
    LINES,
    NOON,
    ORDER,
    ORDERS,
    counts,
)

pytestmark = pytest.mark.django_db

TWO_ORDERS = ORDERS + "o2,c2,complete,2026-01-02T03:04:05Z,10\n"
TWO_LINES = LINES + "o2,1,A,1,3\no2,2,B,1,3\n"
NESTED = "order,line,parent_line,sku,quantity\n"


@pytest.fixture
def stored(importer):
    """Two orders of two lines each."""
    importer(customers=CUSTOMERS, orders=TWO_ORDERS, order_items=TWO_LINES)
    DirtyCustomer.objects.all().delete()


def marked():
    """Return the numbers of those who are marked."""
    of_whom = DirtyCustomer.objects.values("customer_id")
    return set(Customer.objects.filter(pk__in=of_whom).values_list("external_id", flat=True))


def versions(model):
    """Return which transaction has written each row, where the database says it."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, xmin::text, ctid::text FROM {model._meta.db_table}")
        return {pk: place for pk, *place in cursor.fetchall()}


def test_files_that_are_equal_write_nothing_and_mark_nobody(tmp_path):
    write_shop(tmp_path, customers=40, seed=1, until=NOON)
    import_shop(tmp_path)
    DirtyCustomer.objects.all().delete()
    models = (Customer, CustomerTag, Order, OrderItem, Refund, RefundItem, Cart)
    assert all(model.objects.exists() for model in models)
    before = [versions(model) for model in models]
    report = import_shop(tmp_path)
    assert not report.has_changes
    assert all(file.unchanged == file.read for file in report.files)
    assert not DirtyCustomer.objects.exists()
    assert [versions(model) for model in models] == before


def test_of_one_line_that_changes_only_its_orders_customer_is_marked(importer, stored):
    before = versions(OrderItem)
    lines = TWO_LINES.replace("o2,2,B,1,3", "o2,2,B,4,3")
    report = importer(orders=TWO_ORDERS, order_items=lines)
    assert counts(report, "orders") == (2, 0, 1, 1, 0)
    assert counts(report, "order_items") == (4, 0, 1, 3, 0)
    assert Order.objects.get(number="o2").total_quantity == 5
    assert marked() == {"c2"}
    changed = OrderItem.objects.get(order__number="o2", line="2")
    if before is not None:
        after = versions(OrderItem)
        assert {pk for pk in after if after[pk] != before[pk]} == {changed.pk}


def test_a_line_that_is_gone_or_new_is_no_line_that_is_equal(importer, stored):
    report = importer(orders=TWO_ORDERS, order_items=TWO_LINES.replace("o1,2,B,1,3\n", ""))
    assert counts(report, "order_items") == (3, 0, 0, 3, 0)
    assert OrderItem.objects.filter(order__number="o1").count() == 1
    assert marked() == {"c1"}
    report = importer(orders=TWO_ORDERS, order_items=TWO_LINES)
    assert counts(report, "order_items") == (4, 1, 0, 3, 0)
    report = importer(orders=TWO_ORDERS, order_items=LINES)
    assert not OrderItem.objects.filter(order__number="o2").exists()
    assert Order.objects.get(number="o2").lines_count == 0
    report = importer(orders=TWO_ORDERS, order_items=LINES)
    assert not report.has_changes


def test_a_line_that_moves_alone_is_no_line_that_is_equal(importer, stored):
    files = {"orders": TWO_ORDERS, "order_items": NESTED + "o1,1,,A,2\no1,2,1,B,1\no2,1,,A,1\n"}
    importer(**files)
    assert not importer(**files).has_changes
    files["order_items"] = NESTED + "o1,1,,A,2\no1,2,,B,1\no2,1,,A,1\n"
    assert counts(importer(**files), "order_items") == (3, 0, 1, 2, 0)
    assert not OrderItem.objects.exclude(parent=None).exists()
    files["order_items"] = NESTED + "o1,1,2,A,2\no1,2,,B,1\no2,1,,A,1\n"
    assert counts(importer(**files), "order_items") == (3, 0, 1, 2, 0)
    assert OrderItem.objects.get(order__number="o1", line="1").parent.line == "2"


def test_a_figure_that_was_given_before_is_taken_from_equal_lines_again(importer, stored):
    header = "number,customer,state,created_at,grand_total,total_quantity\n"
    row = "o1,c1,complete,2026-01-02T03:04:05Z,10,"
    importer(orders=f"{header}{row}7\n", order_items=LINES)
    assert Order.objects.get(number="o1").total_quantity == 7
    importer(orders=f"{header}{row}\n", order_items=LINES)
    assert Order.objects.get(number="o1").total_quantity == 3


def test_given_figure_stays_where_only_lines_change(importer, stored):
    orders = "number,customer,state,created_at,grand_total,total_quantity\n"
    orders += "o1,c1,complete,2026-01-02T03:04:05Z,10,7\n"
    importer(orders=orders, order_items="order,line,sku,quantity\no1,1,A,1\n")
    importer(orders=orders, order_items="order,line,sku,quantity\no1,1,A,2\n")
    assert Order.objects.get(number="o1").total_quantity == 7


def test_a_row_that_is_stored_just_so_is_refused_where_it_stands_twice(importer, stored):
    assert importer.problems(
        customers=CUSTOMERS + "c1,a@example.com\n",
        orders=TWO_ORDERS + "o1,c1,complete,2026-01-02T03:04:05Z,10\n",
        order_items=TWO_LINES + "o1,2,B,1,3\n",
    ) == [
        'customers.csv:4: id: "c1" stands twice',
        'orders.csv:4: number: "o1" stands twice',
        'order_items.csv:6: order / line: "o1 / 2" stands twice',
    ]


def test_what_names_nothing_is_refused_though_it_is_stored_as_naming_nothing(importer):
    orders = ORDER + "o1,,complete,2026-01-02T03:04:05Z,10\n"
    importer(orders=orders, order_items=LINES)
    files = {"orders": orders.replace("o1,,", "o1,nobody,"), "order_items": LINES}
    assert importer.problems(**files) == ['orders.csv:2: customer: "nobody" is not known']


def test_a_refund_of_somebody_elses_order_is_refused_though_the_rest_is_stored(importer, stored):
    header = "number,order,customer,created_at,amount\n"
    items = "refund,line,sku,quantity,row_total\nr1,1,A,1,2\n"
    importer(refunds=f"{header}r1,o1,c1,2026-01-03,2\n", refund_items=items)
    problems = importer.problems(refunds=f"{header}r1,o1,c2,2026-01-03,2\n", refund_items=items)
    assert [problem.partition(":")[0] for problem in problems] == ["refunds.csv"]


def test_a_cart_of_which_only_a_rule_changes_is_updated(importer, stored):
    importer(carts=CARTS, cart_items=CART_LINES)
    assert not importer(carts=CARTS, cart_items=CART_LINES).has_changes
    report = importer(carts=CARTS.replace("x|y", "x|z"), cart_items=CART_LINES)
    assert counts(report, "carts") == (1, 0, 1, 0, 0)
    assert set(AppliedRule.objects.values_list("rule", flat=True)) == {"x", "z"}


def test_lines_of_a_refused_order_are_left_out_though_they_are_stored(importer, stored):
    report, refused = importer.skipping(
        orders=TWO_ORDERS.replace("o1,c1,complete", "o1,c1,nothing"), order_items=TWO_LINES
    )
    assert counts(report, "orders") == (2, 0, 0, 1, 1)
    assert counts(report, "order_items") == (4, 0, 0, 2, 2)
    assert [row[:2] for row in refused[1:]] == [
        ["orders.csv", "2"],
        ["order_items.csv", "2"],
        ["order_items.csv", "3"],
    ]


@pytest.fixture
def small_blocks(monkeypatch):
    """Files are read in many blocks, and what is found on the way is written often."""
    monkeypatch.setattr(csv_rows, "BLOCK", 64)
    monkeypatch.setattr(refusals, "BATCH", 2)
    monkeypatch.setattr(staging, "ROWS_TOGETHER", 3)


def test_bad_rows_and_lists_are_written_between_the_blocks(importer, small_blocks):
    rows = [f"c{n},{'x' if n % 7 == 3 else 'true'},a{n}|b{n}" for n in range(60)]
    report, refused = importer.skipping(customers="id,is_active,tags\n" + "\n".join(rows) + "\n")
    bad = [n for n in range(60) if n % 7 == 3]
    assert counts(report, "customers") == (60, 60 - len(bad), 0, 0, len(bad))
    assert [int(row[1]) for row in refused[1:]] == [n + 2 for n in bad]
    tags = CustomerTag.objects.filter(customer__external_id="c58").values_list("tag", flat=True)
    assert set(tags) == {"a58", "b58"}
    assert CustomerTag.objects.count() == 2 * (60 - len(bad))


def test_a_file_that_breaks_after_some_blocks_hides_no_other_problem(importer, small_blocks):
    rows = "".join(f"c{n},a\n" for n in range(60))
    problems = importer.problems(customers=f'id,tags\n{rows}c60,"x\n', categories="code\nx\n")
    assert [problem.partition(": ")[0] for problem in problems] == [
        "categories.csv:1",
        "customers.csv:62",
    ]
    assert not Customer.objects.exists()
