"""Which lines of orders an import refuses, for what they hang below or what they come to."""

import pytest
from django.db import connection

from customers.imports.staging.cells import LARGEST_UNITS
from customers.imports.storing.sql import Sql
from customers.models import Order, OrderItem
from customers.tests.imports.importing import CUSTOMERS, LINES, ORDERS


@pytest.mark.parametrize(
    ("lines", "messages"),
    [
        ("o1,1,9\n", ['2: parent_line: there is no line "9"']),
        ("o1,1,1\n", ['2: parent_line: "1" is a line of itself']),
        (
            "o1,1,2\no1,2,1\n",
            [
                '2: parent_line: "2" is a line of itself',
                '3: parent_line: "1" is a line of itself',
            ],
        ),
        ("o1,1,\no1,1,\n", ['3: order / line: "o1 / 1" stands twice']),
        # What hangs below a line that is at fault is not at fault itself.
        ("o1,3,2\no1,2,9\n", ['3: parent_line: there is no line "9"']),
    ],
)
def test_lines_of_lines_lead_to_a_top_level_line(importer, lines, messages):
    rows = "".join(f"{line},A,1\n" for line in lines.splitlines())
    problems = importer.problems(
        customers=CUSTOMERS,
        orders=ORDERS,
        order_items=f"order,line,parent_line,sku,quantity\n{rows}",
    )
    assert problems == [f"order_items.csv:{message}" for message in messages]


def test_lines_below_a_bad_line_go_with_it_and_are_not_told_again(importer):
    files = {
        "customers": CUSTOMERS,
        "orders": ORDERS,
        "order_items": "order,line,parent_line,sku,quantity\n"
        "o1,1,,A,x\no1,2,1,B,1\no1,3,2,C,1\no1,4,,D,1\n",
    }
    assert importer.problems(**files) == ['order_items.csv:2: quantity: "x" is not a number']
    _report, refused = importer.skipping(**files)
    assert [row[1:3] for row in refused[1:]] == [
        ["2", 'quantity: "x" is not a number'],
        ["3", 'parent_line: "1" was refused itself'],
        ["4", 'parent_line: "2" was refused itself'],
    ]
    assert OrderItem.objects.get().line == "4"


def test_lines_below_a_line_whose_total_is_refused_go_with_it(importer):
    importer.skipping(
        customers=CUSTOMERS,
        orders=ORDERS,
        order_items="order,line,parent_line,sku,quantity,price\n"
        "o1,1,,A,1000000,1000000\no1,2,1,B,1,1\no1,3,,C,1,1\n",
    )
    assert list(OrderItem.objects.values_list("line", flat=True)) == ["3"]


HEAVY = "order,line,sku,quantity,price\n" + "".join(
    f"o1,{line},A,1000000000,0\n" for line in (1, 2)
)


def test_lines_that_are_too_much_together_are_refused_with_their_order(importer):
    files = {"customers": CUSTOMERS, "orders": ORDERS + "o2,c2,new,2026-01-02,5\n"}
    message = "the lines of o1 are not within ±1,000,000,000 all together"
    assert importer.problems(**files, order_items=HEAVY) == [f"orders.csv:2: {message}"]
    _report, refused = importer.skipping(**files, order_items=HEAVY + "o2,1,B,1,1\n")
    assert [row[:2] for row in refused[1:]] == [
        ["orders.csv", "2"],
        ["order_items.csv", "2"],
        ["order_items.csv", "3"],
    ]
    assert list(OrderItem.objects.values_list("order__number", "sku")) == [("o2", "B")]


def test_lines_that_are_too_much_for_a_stored_order_leave_it_as_it_is(importer):
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=LINES)
    _report, refused = importer.skipping(order_items=HEAVY)
    assert len(refused) == 3
    assert set(OrderItem.objects.values_list("sku", flat=True)) == {"A", "B"}
    assert Order.objects.get().total_quantity == 3


def test_a_sum_that_leaves_64_bits_is_bounded(db):
    sql = Sql(connection)
    for sign in (1, -1):
        many = " UNION ALL ".join([f"SELECT {sign * 2**62} AS x"] * 3)
        assert sql.number(f"SELECT {sql.bounded_sum('x')} FROM ({many}) AS t") == sign * (
            LARGEST_UNITS + 1
        )
        few = f"SELECT {sign * 12_345} AS x UNION ALL SELECT {sign * 19_999}"
        assert sql.number(f"SELECT {sql.bounded_sum('x')} FROM ({few}) AS t") == sign * 32_344


def test_a_line_total_beyond_the_limit_is_refused(importer):
    problems = importer.problems(
        customers=CUSTOMERS,
        orders=ORDERS,
        order_items="order,line,sku,quantity,price\no1,1,A,999999999,999999999\n",
    )
    assert problems == [
        "order_items.csv:2: row_total: is not within ±1,000,000,000 in the base currency"
    ]
