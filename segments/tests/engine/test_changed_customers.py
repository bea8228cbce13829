"""Changed customers are brought up to date in all segments, once, and nothing is forgotten."""

import random
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import BooleanField, Func, Value

from conditions.upkeep.rollup import reconcile
from customers.models import Category, Customer, CustomerRollup, Order, Website
from customers.tests.rows import an_order
from segments.editing.saving import save_segment
from segments.engine import changed_customers, execution, stored_members
from segments.engine import marks as marks_module
from segments.engine.changed_customers import process_batch, process_changes
from segments.engine.execution import execute_run
from segments.engine.passing_time import sweep
from segments.engine.runs import request_refresh
from segments.models import MembershipChange, RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules import judging
from segments.rules.definition import Definition
from segments.rules.rule import Rule
from segments.tests.engine.harness import (
    at_once,
    eventually,
    is_right,
    judged,
    marks,
    settle,
    stored,
)

pytestmark = pytest.mark.django_db

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time"
)
AT_SHOP = [{"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}]
BUYERS = [{"relation": "sales", "aggregate": "count", "operator": "gte", "value": 2}]
BIG_SPENDERS = [{"attribute": "lifetime.sales", "operator": "gte", "value": "100"}]
RECENT = [{"attribute": "order.created_at", "operator": "in_last_hours", "value": 24}]
BROKEN = {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is", "value": 1}]}


@pytest.fixture
def kept(make_segment):
    """Return a function that makes a segment that is kept current from now on."""

    def make(*args, **values):
        segment = make_segment(*args, **values)
        assert refresh_segment(segment).state == "completed"
        process_changes()
        return segment

    return make


def changes(segment):
    return list(
        segment.changes.order_by("sequence").values_list("customer_external_id", "kind", "reason")
    )


# What an event does -----------------------------------------------------------------------------


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
        return judging.judged(*args, **kwargs)

    monkeypatch.setattr(changed_customers, "judged", counted)

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


# Deleted customers ------------------------------------------------------------------------------


def _by_orm(customer):
    customer.delete()


def _in_bulk(customer):
    Customer.objects.filter(pk=customer.pk).delete()


def _by_sql(customer):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_customer WHERE id = %s", [customer.pk])


@pytest.mark.parametrize("delete", [_by_orm, _in_bulk, _by_sql])
def test_a_deleted_customer_leaves_everywhere_by_their_number(make_customer, kept, delete):
    ann = make_customer("ann", email="ann@shop.example")
    make_customer("bob")
    segments = [kept("1", AT_SHOP), kept("2")]

    delete(ann)
    process_changes()

    for segment in segments:
        assert changes(segment)[-1] == ("ann", "left", "event")
        assert is_right(segment)
    assert Segment.objects.get(name="2").members_count == 1


def test_one_who_is_deleted_before_anybody_looked_was_never_there(make_customer, kept):
    segment = kept()
    make_customer("ann").delete()

    process_changes()

    assert changes(segment) == []


def test_a_deleted_customer_keeps_their_number_though_a_flood_comes(make_customer, kept):
    ann = make_customer("ann")
    Category.objects.create(code="a", name="A")
    segment = kept()
    # Without the log's own memory of the number.
    MembershipChange.objects.update(customer_external_id="")
    ann_id = ann.pk
    ann.delete()
    Category.objects.update(code="b")

    process_batch()
    assert marks() == [(ann_id, None)]
    execute_run(RefreshRun.objects.unfinished().get())

    assert changes(segment)[-1] == ("ann", "left", "refresh")
    assert process_changes() == 1
    assert len(changes(segment)) == 2


# Floods -----------------------------------------------------------------------------------------


def test_a_flood_refreshes_the_segments_as_a_whole(make_customer, kept, monkeypatch):
    monkeypatch.setattr(marks_module, "FLOOD", 3)
    segment = kept(conditions=AT_SHOP)
    for n in range(4):
        make_customer(f"{n}", email=f"{n}@shop.example")

    process_batch()

    run = RefreshRun.objects.unfinished().get()
    assert stored(segment) == set()
    assert marks() == []
    execute_run(run)
    assert is_right(segment)
    assert {reason for *_, reason in changes(segment)} == {"refresh"}


def test_as_many_as_can_be_asked_one_by_one_are_no_flood(make_customer, kept, monkeypatch):
    monkeypatch.setattr(marks_module, "FLOOD", 3)
    segment = kept(conditions=AT_SHOP)
    for n in range(3):
        make_customer(f"{n}", email=f"{n}@shop.example")
    Customer.objects.update(first_name="many marks")
    Customer.objects.update(first_name="of few customers")

    process_batch()

    assert not RefreshRun.objects.unfinished()
    assert is_right(segment)


def test_a_change_that_may_concern_everybody_refreshes_the_segments(make_customer, kept, clock):
    clock.set("2026-04-10T22:30")
    ann = make_customer("ann")
    an_order(ann, created_at=datetime(2026, 4, 10, 12, tzinfo=UTC))
    segment = kept(
        conditions=[
            {"attribute": "order.created_at", "operator": "in_period", "value": "yesterday"}
        ]
    )
    assert stored(segment) == set()

    Website.objects.update(timezone="Europe/Berlin")
    settle()

    assert stored(segment) == {"ann"}
    assert marks() == []


def test_a_flood_does_not_rely_on_a_run_that_has_begun_already(make_customer, kept, monkeypatch):
    monkeypatch.setattr(marks_module, "FLOOD", 0)
    segment = kept(conditions=AT_SHOP)
    run = request_refresh(segment)
    apply_diff = execution.apply_diff

    def changed_meanwhile(*args, **kwargs):
        monkeypatch.setattr(execution, "apply_diff", apply_diff)
        RefreshRun.objects.filter(pk=run.pk).update(version=segment.version)
        diff = apply_diff(*args, **kwargs)
        make_customer("late", email="late@shop.example")
        process_batch()
        return diff

    monkeypatch.setattr(execution, "apply_diff", changed_meanwhile)
    execute_run(run)
    settle()

    assert stored(segment) == {"late"}


def test_a_new_definition_reaches_those_who_refer_to_it_though_they_are_being_refreshed(
    make_customer, kept
):
    make_customer("ann", email="ann@shop.example")
    inner = kept("Inner", AT_SHOP, code="inner")
    outer = kept("Outer", [{"attribute": "segment", "operator": "is", "value": "inner"}])
    begun = RefreshRun.objects.create(
        segment=outer,
        created_at=outer.created_at,
        version=outer.version,
        lease_expires_at=datetime(2999, 1, 1, tzinfo=UTC),
    )

    tree = {"match": "none", "conditions": AT_SHOP}
    save_segment(inner, Definition("Inner", conditions=tree), author=None)

    assert outer.runs.unfinished().exclude(pk=begun.pk).exists()


# Who is left alone ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "left_alone",
    [
        {"refresh_mode": "manual"},
        {"is_active": False},
        {"version": 2},
        {"follows_clock": False},
        {"quarantined_at": datetime(2026, 4, 1, tzinfo=UTC)},
        {"members_version": None},
    ],
    ids=lambda values: next(iter(values)),
)
def test_segments_that_are_not_kept_current_are_left_alone(make_customer, kept, left_alone):
    segment, other = kept("1", AT_SHOP), kept("2", AT_SHOP)
    Segment.objects.filter(pk=segment.pk).update(**left_alone)
    make_customer("ann", email="ann@shop.example")

    process_changes()

    assert (stored(segment), stored(other)) == (set(), {"ann"})
    assert marks() == []
    assert not RefreshRun.objects.unfinished()


# Segments that cannot be asked ------------------------------------------------------------------


def test_an_invalid_tree_stops_no_other_segment_and_gets_a_run(make_customer, kept):
    first, broken, last = (kept(name, AT_SHOP) for name in "123")
    Segment.objects.filter(pk=broken.pk).update(conditions=BROKEN)
    make_customer("ann", email="ann@shop.example")

    assert process_batch() == 1

    assert stored(first) == stored(last) == {"ann"}
    run = RefreshRun.objects.unfinished().get()
    assert run.segment_id == broken.pk
    assert execute_run(run).state == "failed"
    assert marks() == []


def test_an_error_of_the_database_stops_no_other_segment_and_gets_a_run(
    make_customer, kept, monkeypatch
):
    first, broken, last = (kept(name, AT_SHOP) for name in "123")
    rule_of = changed_customers.rule_of

    @dataclass(frozen=True)
    class Overflowing(Rule):
        def is_member(self, moment, *, only, rolled_up):
            return Func(Value(1), function="no_such_function", output_field=BooleanField())

    def rule(segment):
        found = rule_of(segment)
        return Overflowing(**vars(found)) if segment == broken else found

    monkeypatch.setattr(changed_customers, "rule_of", rule)
    make_customer("ann", email="ann@shop.example")

    assert process_batch() == 1

    assert stored(first) == stored(last) == {"ann"}
    assert RefreshRun.objects.unfinished().get().segment_id == broken.pk
    settle()
    assert is_right(first, broken, last)


def test_who_was_announced_is_who_was_written_where_a_segment_failed(
    make_customer, kept, monkeypatch, django_capture_on_commit_callbacks
):
    first, broken, last = (kept(name, AT_SHOP) for name in "123")
    Segment.objects.filter(pk=broken.pk).update(conditions=BROKEN)
    told = []
    monkeypatch.setattr(
        stored_members,
        "announce",
        lambda segment, run, after, last: told.extend(
            segment.changes.filter(sequence__gt=after, sequence__lte=last).values_list(
                "segment_id", "customer_external_id"
            )
        ),
    )
    make_customer("ann", email="ann@shop.example")
    with django_capture_on_commit_callbacks(execute=True):
        process_batch()

    assert told == [(first.pk, "ann"), (last.pk, "ann")]


# At the same time -------------------------------------------------------------------------------


@on_postgresql
@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_a_segment_that_a_refresh_holds_is_asked_later(
        self, make_customer, kept, monkeypatch, clock
    ):
        held, free = kept("1", AT_SHOP), kept("2", AT_SHOP)
        self._refresh_with(
            held,
            monkeypatch,
            lambda: (make_customer("ann", email="ann@shop.example"), process_changes()),
        )
        assert (stored(held), stored(free)) == (set(), {"ann"})
        ann = Customer.objects.get()
        assert marks() == [(ann.pk, held.pk)]
        assert process_changes() == 0

        clock.advance(seconds=1)
        assert process_changes() == 1
        assert changes(held) == [("ann", "entered", "event")]
        assert marks() == []

    def test_a_customer_deleted_while_a_refresh_holds_the_segment_leaves_by_their_number(
        self, make_customer, kept, monkeypatch, clock
    ):
        ann = make_customer("ann")
        segment = kept()
        MembershipChange.objects.update(customer_external_id="")
        self._refresh_with(segment, monkeypatch, lambda: (ann.delete(), process_changes()))
        clock.advance(seconds=1)
        process_changes()

        assert changes(segment)[-1] == ("ann", "left", "event")
        assert not stored(segment)

    def test_what_happens_during_a_first_refresh_is_not_forgotten(
        self, make_customer, make_segment, monkeypatch, clock
    ):
        segment = make_segment(conditions=AT_SHOP)
        self._refresh_with(
            segment,
            monkeypatch,
            lambda: (make_customer("ann", email="ann@shop.example"), process_changes()),
        )
        clock.advance(seconds=1)
        process_changes()

        assert stored(segment) == {"ann"}

    def test_time_that_passes_during_a_first_refresh_is_not_forgotten(
        self, make_customer, make_segment, monkeypatch, clock
    ):
        an_order(make_customer("ann"), created_at=clock())
        segment = make_segment(conditions=RECENT)
        process_changes()
        sweep()
        clock.advance(hours=23)
        sweep()

        def time_passes():
            clock.advance(hours=2)
            sweep()
            process_changes()

        self._refresh_with(segment, monkeypatch, time_passes)
        assert stored(segment) == {"ann"}
        clock.advance(minutes=1)
        sweep()
        process_changes()

        assert stored(segment) == set()
        assert changes(segment)[-1] == ("ann", "left", "time")

    def _refresh_with(self, segment, monkeypatch, meanwhile):
        """Refresh `segment`; when its members are found and not yet committed, do `meanwhile`."""
        apply_diff = execution.apply_diff

        def then(*args, **kwargs):
            diff = apply_diff(*args, **kwargs)
            at_once(meanwhile)
            return diff

        with monkeypatch.context() as patch:
            patch.setattr(execution, "apply_diff", then)
            assert refresh_segment(segment).state == "completed"

    def test_two_processors_do_not_do_the_same_work(self, make_customer, kept, monkeypatch):
        segment = kept(conditions=AT_SHOP)
        make_customer("ann", email="ann@shop.example")
        inside, may_go_on = threading.Event(), threading.Event()

        def slowly(*args, **kwargs):
            inside.set()
            may_go_on.wait(30)
            return judging.judged(*args, **kwargs)

        monkeypatch.setattr(changed_customers, "judged", slowly)

        def second():
            inside.wait(30)
            bob = make_customer("bob", email="bob@shop.example")
            try:
                assert process_batch() == 0
                # It left alone what is to be done, too; the first one's marks are still seen.
                return [pk for pk, segment_id in marks() if segment_id is None][-1] == bob.pk
            finally:
                may_go_on.set()

        assert at_once(process_batch, second) == [1, True]
        assert process_changes() == 1
        assert changes(segment) == [("ann", "entered", "event"), ("bob", "entered", "event")]

    def test_a_writer_who_commits_after_the_batch_has_begun_is_in_the_next(
        self, make_customer, kept
    ):
        segment = kept(conditions=AT_SHOP)
        ann = make_customer("ann")
        process_changes()
        written, may_commit = threading.Event(), threading.Event()

        def write():
            with transaction.atomic():
                Customer.objects.filter(pk=ann.pk).update(email="ann@shop.example")
                written.set()
                may_commit.wait(30)

        def process():
            written.wait(30)
            try:
                return process_changes()
            finally:
                may_commit.set()

        assert at_once(write, process)[1] == 0
        assert process_changes() == 1
        assert stored(segment) == {"ann"}

    def test_fifty_writers_a_refresher_and_two_processors_end_where_the_evaluator_does(
        self, make_customer, kept
    ):
        people = [make_customer(f"{n}") for n in range(25)]
        segments = [kept("shop", AT_SHOP), kept("buy", BUYERS), kept("rich", BIG_SPENDERS)]
        kept("inner", BUYERS, code="inner")
        segments.append(
            kept("outer", [{"attribute": "segment", "operator": "is_not", "value": "inner"}])
        )
        writing = threading.Semaphore(0)

        def write(seed):
            rng = random.Random(seed)
            try:
                for number in range(4):
                    # In order, as a shop that does not want deadlocks of its own would.
                    for one in sorted(rng.sample(people, 2), key=lambda one: one.pk):
                        way = rng.randrange(4)
                        if way == 0:
                            domain = rng.choice(["shop", "elsewhere"])
                            Customer.objects.filter(pk=one.pk).update(email=f"x@{domain}.example")
                        elif way == 1:
                            an_order(one, f"{seed}-{number}-{one.pk}", grand_total=60)
                        elif way == 2:
                            Order.objects.filter(customer=one).update(state="canceled")
                        else:
                            number_ = f"new-{seed}-{number}-{one.pk}"
                            make_customer(number_, email="n@shop.example")
            finally:
                writing.release()

        over = threading.Event()

        def work(step):
            while not over.is_set():
                step()

        def end():
            for _ in range(50):
                assert writing.acquire(timeout=60)
            over.set()

        def refresh_one(rng=random.Random(1)):  # noqa: B008
            assert refresh_segment(rng.choice(segments)).state == "completed"

        # Ten connections at a time, five writers one after the other in each.
        at_once(
            *[
                lambda first=first: [write(seed) for seed in range(first, 50, 10)]
                for first in range(10)
            ],
            partial(work, process_batch),
            partial(work, process_batch),
            partial(work, refresh_one),
            end,
        )
        eventually(lambda: process_changes() == 0 and not marks())

        assert is_right(*segments)
        assert not RefreshRun.objects.unfinished()
        assert any(judged(segment) for segment in segments)


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
