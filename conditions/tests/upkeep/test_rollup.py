"""The roll-up: computed at once or for some, read only while it holds, reconciled with the rows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from conditions import registry
from conditions.bases.row_figures.fresh_rows import stored_figures
from conditions.matching import matching_customers
from conditions.tests.examples.rollups import LONG_AGO, roll_up_everybody
from conditions.tests.examples.shops import awkward_shop
from conditions.upkeep.rollup import build, reconcile, update
from customers.models import Customer, CustomerRollup, DirtyCustomer, Order
from customers.models.rollup import OF_CUSTOMER
from customers.tests.imports.importing import CUSTOMERS, LINES, ORDERS, Importer
from customers.tests.rows import AT, a_customer, a_line, a_refund, an_order

pytestmark = pytest.mark.django_db


def found(attribute, operator, value, as_of=None):
    """Return the numbers of the customers for whom a condition holds."""
    tree = {"attribute": attribute, "operator": operator, "value": value}
    customers = matching_customers({"match": "all", "conditions": [tree]}, as_of=as_of)
    return sorted(customers.values_list("external_id", flat=True))


def figures():
    return {row.pk: row for row in CustomerRollup.objects.all()}


def values(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_each_column_is_one_figure_and_each_figure_has_one_column():
    columns = {field.name for field in CustomerRollup._meta.concrete_fields}
    columns -= {"customer", "complete", *OF_CUSTOMER}
    names = [figure.columns for figure in stored_figures(CustomerRollup)]
    assert sorted(names) == sorted((name,) for name in columns)


def test_all_at_once_and_each_by_itself_come_to_the_same():
    awkward_shop(3).store()
    CustomerRollup.objects.update(sales=5, views=5, complete=True)
    assert build() > 0
    at_once = {pk: values(row) for pk, row in figures().items()}
    CustomerRollup.objects.update(sales=5, views=5, complete=True)
    for pk in at_once:
        update([pk])
    assert {pk: values(row) for pk, row in figures().items()} == at_once
    assert build() == 0, "nothing is written that has not changed"
    assert any(row.sales for row in figures().values())


def test_the_figures_are_those_of_the_contract():
    ann = a_customer("ann")
    first = an_order(ann, grand_total=10)
    closed = an_order(ann, grand_total=100, state="closed", created_at=AT + timedelta(days=9))
    an_order(ann, grand_total=1000, state="canceled", created_at=AT + timedelta(days=99))
    a_line(first, "1", "A", quantity=2)
    a_line(first, "2", "B", quantity=Decimal("0.5"))
    a_line(first, "3", "S", product_type="service")
    a_refund(ann, first, amount=3)
    a_refund(ann, closed, amount=4)
    a_refund(ann, amount=Decimal("0.25"))
    update([ann.pk])
    row = CustomerRollup.objects.get()
    assert row.complete
    assert (row.sales, row.number_of_orders, row.orders) == (10, 1, 2)
    assert (row.refunds, row.refunds_of_sales) == (Decimal("7.25"), Decimal("3.25"))
    assert (row.distinct_products, row.quantity) == (2, Decimal("2.5"))
    assert (row.first_order_at, row.last_order_at) == (AT, AT + timedelta(days=9))
    assert (row.last_login_at, row.views, row.wished_products) == (None, 0, 0)


def test_a_figure_is_read_from_its_column_only_while_it_holds():
    ann, bob = a_customer("ann"), a_customer("bob")
    roll_up_everybody()
    CustomerRollup.objects.update(sales=500)
    assert found("lifetime.sales", "is", 500) == ["ann", "bob"]
    assert found("lifetime.average_order_value", "is", 0) == ["ann", "bob"]
    an_order(bob, grand_total=20)
    assert found("lifetime.sales", "is", 500) == ["ann"]
    assert found("lifetime.sales", "is", 20) == ["bob"]
    assert found("lifetime.sales", "is_not", 500) == ["bob"]
    DirtyCustomer.objects.all().delete()
    assert found("lifetime.sales", "is", 500) == ["ann", "bob"]
    CustomerRollup.objects.filter(pk=ann.pk).delete()
    assert found("lifetime.sales", "is", 0) == ["ann"]


def test_marks_of_one_segment_and_marks_for_everybody_leave_figures_as_they_are():
    a_customer("ann")
    roll_up_everybody()
    CustomerRollup.objects.update(sales=500)
    ann = Customer.objects.get()
    DirtyCustomer.objects.create(customer_id=ann.pk, segment_id=1, reason="time", at=AT)
    DirtyCustomer.objects.create(reason="event", at=AT)
    assert found("lifetime.sales", "is", 500) == ["ann"]
    assert reconcile() == 1


@pytest.mark.parametrize(
    "code",
    [
        one.code
        for family in registry.families()
        for one in family.attributes
        if getattr(one, "is_stored", False)
    ],
)
def test_every_stored_attribute_reads_its_column(code):
    """Figures that are wrong on purpose are found, so that no column is there in vain."""
    a_customer("ann", registered_at=LONG_AGO - timedelta(days=1))
    roll_up_everybody()
    tree = {"attribute": code, "operator": "is_not_empty"}

    def holding(*conditions):
        found = matching_customers(
            {"match": "all", "conditions": list(conditions)}, as_of=LONG_AGO + timedelta(days=400)
        )
        return found.count()

    attribute = registry.attribute(code)
    assert holding(tree) == (attribute.always_known or code == "activity.days_inactive")
    date = {"attribute": code, "operator": "after", "value": "1999-01-01"}
    number = {"attribute": code, "operator": "gt", "value": 0}
    test = date if attribute.type.name == "datetime" else number
    before = holding(test)
    CustomerRollup.objects.update(
        sales=20,
        number_of_orders=2,
        orders=3,
        refunds=1,
        refunds_of_sales=1,
        distinct_products=1,
        quantity=1,
        first_order_at=LONG_AGO,
        last_order_at=LONG_AGO + timedelta(days=10),
        last_login_at=LONG_AGO,
        views=1,
        last_viewed_at=LONG_AGO,
        wished_products=1,
        last_wished_at=LONG_AGO,
    )
    assert (before, holding(test)) == (0, 1)


@pytest.mark.parametrize(
    ("node", "reads_column"),
    [
        ({"relation": "sales", "aggregate": "count", "operator": "gte", "value": 5}, True),
        (
            {
                "relation": "sales",
                "aggregate": "sum",
                "of": "order.grand_total",
                "operator": "gte",
                "value": 500,
            },
            True,
        ),
        ({"relation": "sales"}, True),
        ({"relation": "product_views"}, True),
        # Of no orders it is missing there, and 0 as an attribute.
        (
            {
                "relation": "sales",
                "aggregate": "avg",
                "of": "order.grand_total",
                "operator": "gte",
                "value": 50,
            },
            False,
        ),
        ({"relation": "orders"}, False),
        (
            {
                "relation": "sales",
                "aggregate": "count",
                "operator": "gte",
                "value": 5,
                "conditions": [{"attribute": "order.grand_total", "operator": "gte", "value": 0}],
            },
            False,
        ),
    ],
)
def test_what_is_said_of_all_rows_reads_the_column_that_has_it(node, reads_column):
    a_customer("ann")
    roll_up_everybody()
    CustomerRollup.objects.update(sales=500, number_of_orders=5, orders=5, views=5)
    assert matching_customers({"match": "all", "conditions": [node]}).exists() == reads_column
    assert matching_customers({"match": "none", "conditions": [node]}).exists() != reads_column
    DirtyCustomer.objects.create(customer_id=Customer.objects.get().pk, reason="event", at=AT)
    assert not matching_customers({"match": "all", "conditions": [node]}).exists()


def test_new_customers_have_a_row_and_deleted_ones_none():
    ann = a_customer("ann")
    (row,) = CustomerRollup.objects.all()
    assert (row.pk, row.complete) == (ann.pk, False)
    update([ann.pk])
    ann.delete()
    assert not CustomerRollup.objects.exists()
    assert update([1, 2, 3]) == 0


def test_a_reconcile_counts_and_mends_what_is_wrong_and_leaves_what_is_marked():
    awkward_shop(5).store()
    roll_up_everybody()
    assert reconcile() == 0
    ids = list(CustomerRollup.objects.values_list("pk", flat=True)[:4])
    CustomerRollup.objects.filter(pk__in=ids).update(last_order_at=LONG_AGO)
    DirtyCustomer.objects.create(customer_id=ids[0], reason="event", at=AT)
    assert reconcile() == 3
    assert CustomerRollup.objects.filter(last_order_at=LONG_AGO).count() == 1
    assert reconcile() == 0


def test_a_reconcile_completes_rows_that_were_deleted():
    a_customer("ann")
    roll_up_everybody()
    CustomerRollup.objects.all().delete()
    assert reconcile() == 1
    assert CustomerRollup.objects.get().complete


def test_a_sum_too_large_for_a_column_is_an_error_for_who_asks_and_for_nobody_else():
    ann, bob = a_customer("ann"), a_customer("bob")
    an_order(bob, grand_total=20)
    order = an_order(ann)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_order SET grand_total = %s WHERE id = %s", [2**62, order.pk]
        )
    second = an_order(ann)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_order SET grand_total = %s WHERE id = %s", [2**62, second.pk]
        )
    roll_up_everybody()
    rows = figures()
    assert (rows[ann.pk].complete, rows[ann.pk].sales) == (False, None)
    assert rows[ann.pk].number_of_orders == 2
    assert (rows[bob.pk].complete, rows[bob.pk].sales) == (True, 20)
    with pytest.raises(DatabaseError), transaction.atomic():
        found("lifetime.sales", "gte", 5)
    assert found("lifetime.number_of_orders", "is", 2) == ["ann"]
    assert reconcile() == 0


@pytest.mark.parametrize("total", [2**62, -(2**62), 2**63 - 1, -(2**63) + 1, 3, -3])
def test_large_sums_are_stored_exactly(total):
    ann = a_customer("ann")
    for number, part in enumerate((total - 1, 1)):
        order = an_order(ann, f"L{number}")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE customers_order SET grand_total = %s WHERE id = %s", [part, order.pk]
            )
    update([ann.pk])
    with connection.cursor() as cursor:
        cursor.execute("SELECT sales FROM customers_customerrollup")
        assert cursor.fetchall() == [(total,)]


def test_an_import_brings_figures_of_its_customers_up_to_date(db, tmp_path):
    importer = Importer(tmp_path)
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=LINES)
    rows = CustomerRollup.objects.order_by("customer__external_id")
    assert [(row.complete, row.sales) for row in rows] == [(True, 10), (True, 0)]
    assert DirtyCustomer.objects.filter(is_rolled_up=True).count() == 2
    # No mark says that the figures are old: they are read as they are.
    rows.update(sales=500)
    assert found("lifetime.sales", "is", 500) == ["c1", "c2"]
    importer(orders=ORDERS.replace(",10", ",70"))
    assert found("lifetime.sales", "is", 70) == ["c1"]
    Order.objects.update(grand_total=71)
    assert found("lifetime.sales", "is", 71) == ["c1"]


def test_days_are_told_in_the_zone_of_the_customers_website_from_the_roll_up():
    ann = a_customer("ann")
    an_order(ann, created_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    as_of = datetime(2026, 3, 2, 12, tzinfo=UTC)
    roll_up_everybody()
    assert found("activity.days_since_last_order", "is", 1, as_of) == ["ann"]
    ann.website.timezone = "Europe/Berlin"
    ann.website.save()
    assert found("activity.days_since_last_order", "is", 0, as_of) == ["ann"]
