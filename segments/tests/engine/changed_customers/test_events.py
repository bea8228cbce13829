"""An event moves its customer in all segments, once, and puts the customer's figures right."""

from itertools import permutations

import pytest
from django.db import connection, transaction

from conditions.upkeep.rollup import reconcile
from core.clock import now
from customers.models import Customer, CustomerRollup, DirtyCustomer, Order
from customers.tests.rows import an_order
from segments.engine import marks as marks_module
from segments.engine.live_changes import changed_customers
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.rules.evaluation import judging
from segments.tests.engine.changed_customers.trees import BIG_SPENDERS, BUYERS, RECENT
from segments.tests.engine.harness import AT_SHOP, changes, is_right, marks, stored

pytestmark = pytest.mark.django_db


def test_an_event_moves_its_customer_in_every_segment_and_nobody_else(make_customer, kept):
    ann, bob = make_customer("ann"), make_customer("bob")
    at_shop, buyers, rich = (
        kept(name, tree)
        for name, tree in (("shop", AT_SHOP), ("buy", BUYERS), ("rich", BIG_SPENDERS))
    )
    Customer.objects.filter(pk=ann.pk).update(email="ann@shop.example")
    for _ in range(2):
        an_order(bob, grand_total=60)

    assert process_batch() == 2

    assert (stored(at_shop), stored(buyers), stored(rich)) == ({"ann"}, {"bob"}, {"bob"})
    assert changes(at_shop) == [("ann", "entered", "event")]
    assert is_right(at_shop, buyers, rich)
    assert process_batch() == 0


def test_who_no_longer_fits_leaves(make_customer, kept):
    ann = make_customer("ann")
    orders = [an_order(ann), an_order(ann)]
    buyers = kept(conditions=BUYERS)
    assert stored(buyers) == {"ann"}

    Order.objects.filter(pk=orders[0].pk).update(state="canceled")
    process_batch()

    assert stored(buyers) == set()
    assert changes(buyers)[1:] == [("ann", "left", "event")]


def test_many_marks_of_one_customer_are_one_question_and_one_change(
    make_customer, kept, monkeypatch
):
    ann = make_customer("ann")
    segment = kept(conditions=AT_SHOP)
    for n in range(20):
        Customer.objects.filter(pk=ann.pk).update(email=f"ann{n}@shop.example")
    assert len(marks()) == 20
    asked = []

    def counted(*args, **kwargs):
        asked.append(args)
        return judging.judging_statement(*args, **kwargs)

    monkeypatch.setattr(changed_customers, "judging_statement", counted)

    assert process_changes() == 1

    assert len(asked) == 1
    assert changes(segment) == [("ann", "entered", "event")]
    assert marks() == []


def test_a_change_and_its_opposite_are_no_change(make_customer, kept):
    ann = make_customer("ann", email="ann@shop.example")
    segment = kept(conditions=AT_SHOP)
    Customer.objects.filter(pk=ann.pk).update(email="elsewhere")
    Customer.objects.filter(pk=ann.pk).update(email="ann@shop.example")

    process_changes()

    assert changes(segment) == [("ann", "entered", "refresh")]


def test_a_change_that_is_rolled_back_marks_nobody(make_customer, kept):
    ann = make_customer("ann")
    kept(conditions=AT_SHOP)
    with transaction.atomic():
        Customer.objects.filter(pk=ann.pk).update(email="ann@shop.example")
        transaction.set_rollback(True)

    assert marks() == []


def test_batches_follow_one_another_until_nobody_is_left(make_customer, kept, monkeypatch):
    monkeypatch.setattr(changed_customers, "BATCH", 2)
    segment = kept(conditions=AT_SHOP)
    for n in range(5):
        make_customer(f"{n}", email=f"{n}@shop.example")

    assert process_batch() == 2
    assert len(stored(segment)) == 2
    assert process_changes() == 3
    assert is_right(segment)


def test_text_that_sql_wrote_past_the_models_is_judged_by_its_folding(make_customer, kept):
    ann = make_customer("ann")
    segment = kept(conditions=AT_SHOP)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET email = 'ANN@Shop.Example' WHERE id = %s", [ann.pk]
        )

    process_changes()

    assert stored(segment) == {"ann"}


def test_a_segment_of_a_segment_follows(make_customer, kept):
    ann = make_customer("ann")
    kept("Inner", AT_SHOP, code="inner")
    outer = kept("Outer", [{"attribute": "segment", "operator": "is_not", "value": "inner"}])
    assert stored(outer) == {"ann"}

    Customer.objects.filter(pk=ann.pk).update(email="ann@shop.example")
    process_changes()

    assert stored(outer) == set()


def test_events_outweigh_passing_time_as_the_reason(make_customer, kept, clock):
    ann, bob = make_customer("ann"), make_customer("bob")
    for one in (ann, bob):
        an_order(one, created_at=clock())
    segment = kept(conditions=RECENT)
    sweep()
    clock.advance(hours=25)
    sweep()
    bob.first_name = "Bob"
    bob.save()

    process_changes()

    assert changes(segment)[2:] == [("ann", "left", "time"), ("bob", "left", "event")]


@pytest.mark.parametrize("order", list(permutations(["event", "score", "time"])), ids=" ".join)
def test_of_several_reasons_the_one_that_weighs_most_is_told(make_customer, order):
    ann = make_customer("ann")
    for most in (["event", "score", "time"], ["score", "time"], ["time"]):
        DirtyCustomer.objects.all().delete()
        for reason in order:
            if reason in most:
                DirtyCustomer.objects.create(customer_id=ann.pk, reason=reason, at=now())
        assert marks_module.take(DirtyCustomer.objects.all(), customers=10).reasons == {
            ann.pk: most[0]
        }


@pytest.mark.parametrize("flood", [0, 100])
def test_the_figures_are_right_when_the_marks_are_gone(make_customer, kept, monkeypatch, flood):
    monkeypatch.setattr(marks_module, "FLOOD", flood)
    kept("big", BIG_SPENDERS)
    customers = [make_customer() for _number in range(3)]
    process_changes()
    for customer in customers:
        an_order(customer, grand_total=250)
    process_changes()
    assert marks() == []
    rows = CustomerRollup.objects.order_by("pk")
    assert [(row.complete, row.sales) for row in rows] == [(True, 250)] * 3
    assert reconcile() == 0
