"""A refund is the customer's whose order it is for, however it was written: one answer everywhere.

By the query, by the query for some customers only, by evaluator and explanation, with several zones
and with the figures of the roll-up.
"""

from datetime import UTC, datetime

import pytest
from django.db import connection

from conditions.explain import explain
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.sql.place import AT_CUSTOMER, Context
from conditions.sql.scope import moment_at, scope_of
from conditions.tests.examples.rollups import roll_up_everybody
from customers.models import Customer, CustomerGroup, Order, Product, Refund, RefundItem, Store
from customers.models import Website as Site

pytestmark = pytest.mark.django_db

AS_OF = datetime(2026, 4, 10, 12, tzinfo=UTC)
# At 23:30 of the 9th in Berlin, of the 8th in Honolulu.
AT = datetime(2026, 4, 9, 21, 30, tzinfo=UTC)


@pytest.fixture
def people():
    """Ann and Bob, each of another zone, where the same instant is another day."""
    found = {}
    for name, zone in (("ann", "Europe/Berlin"), ("bob", "Pacific/Honolulu")):
        site = Site.objects.create(code=name, name=name, timezone=zone)
        store = Store.objects.create(code=name, name=name, website=site)
        found[name] = Customer.objects.create(
            external_id=name, website=site, store=store, group=CustomerGroup.objects.get()
        )
    return found


def order(customer, number="O"):
    return Order.objects.create(
        number=number,
        customer=customer,
        store=Store.objects.get(code="ann"),
        state="complete",
        created_at=AT,
        updated_at=AT,
        grand_total=100,
    )


def refund(customer, of):
    made = Refund.objects.create(number="R", customer=customer, order=of, created_at=AT, amount=30)
    product = Product.objects.create(sku="A", name="A")
    RefundItem.objects.create(
        refund=made, line="1", product=product, sku="A", quantity=1, row_total=30
    )


def written_for_another(ann, bob):
    refund(bob, order(ann))


def written_for_nobody(ann, bob):
    refund(None, order(ann))


def given_to_another(ann, bob):
    refund(ann, order(ann))
    Refund.objects.update(customer=bob)


def taken_away_by_sql(ann, bob):
    refund(ann, order(ann))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_refund SET customer_id = NULL")


def put_to_another_order(ann, bob):
    refund(bob, order(bob))
    Refund.objects.update(order=order(ann, "P"))
    Order.objects.filter(number="O").delete()


def moved_with_its_order(ann, bob):
    refund(bob, order(bob))
    Order.objects.update(customer=ann)


def moved_with_its_order_by_sql(ann, bob):
    refund(None, order(None))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_order SET customer_id = %s", [ann.pk])


def written_before_its_order(ann, bob):
    first = order(ann)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_order")
    refund(bob, first)
    Order.objects.bulk_create([first])


def one(code, operator, *value):
    return {"attribute": code, "operator": operator, **dict(zip(("value",), value, strict=False))}


# Each holds for Ann alone.
CONDITIONS = [
    {"relation": "orders", "conditions": [{"relation": "refunds"}]},
    {"relation": "sales", "conditions": [{"relation": "refunds", "conditions": [
        one("refund.created_at", "is", "2026-04-09")]}]},
    {"relation": "refunds"},
    {"relation": "refunds", "conditions": [{"relation": "refund_items"}]},
    {"relation": "refunds", "conditions": [one("refund.created_at", "in_last_days", 1)]},
    {"relation": "refunds", "aggregate": "sum", "of": "refund.amount", "operator": "is",
     "value": 30},
    {"relation": "refund_items", "aggregate": "count", "operator": "gte", "value": 1},
    one("refund.amount", "is", 30),
    one("refund.created_at", "is", "2026-04-09"),
    one("refund_item.sku", "is", "A"),
    one("lifetime.refunds", "is", 30),
    one("lifetime.profit", "is", 70),
]  # fmt: skip


@pytest.mark.parametrize("rolled_up", [True, False], ids=["rolled up", "changed just now"])
@pytest.mark.parametrize(
    "write",
    [
        *(written_for_another, written_for_nobody, given_to_another, taken_away_by_sql),
        *(put_to_another_order, moved_with_its_order, moved_with_its_order_by_sql),
        written_before_its_order,
    ],
    ids=lambda write: write.__name__,
)
def test_a_refund_counts_for_the_customer_of_its_order_and_nobody_else(write, rolled_up, people):
    write(*people.values())
    if rolled_up:
        roll_up_everybody()
    for node in CONDITIONS:
        tree = {"match": "all", "conditions": [node]}
        assert {found.external_id for found in matching_customers(tree, as_of=AS_OF)} == {"ann"}
        by_explanation = {
            name for name, who in people.items() if explain(tree, who, as_of=AS_OF).holds
        }
        assert by_explanation == {"ann"}, node
        for name, who in people.items():
            assert in_a_batch(tree, who) == (name == "ann"), node


def in_a_batch(tree, customer):
    """Return whether the tree holds for the only customer who is asked about."""
    ids = Customer.objects.filter(pk=customer.pk).values("pk")
    context = Context(moment_at(AS_OF, scope_of(None, None, "both")))
    place = type(AT_CUSTOMER)(AT_CUSTOMER.model, AT_CUSTOMER.website, only=ids)
    truth = parse_tree(tree).truth(place, context)
    return Customer.objects.filter(pk__in=ids).filter(truth.q).exists()
