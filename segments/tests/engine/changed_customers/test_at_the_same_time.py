"""Writers, refreshes and processors at the same time: nothing is forgotten or done twice."""

import random
import threading
from functools import partial

import pytest
from django.db import connection, transaction

from customers.models import Customer, Order
from customers.tests.rows import an_order
from segments.engine.live_changes import changed_customers
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.engine.refreshes import execution
from segments.models import MembershipChange, RefreshRun
from segments.refresh import refresh_segment
from segments.rules.evaluation import judging
from segments.tests.engine.changed_customers.trees import BIG_SPENDERS, BUYERS, RECENT
from segments.tests.engine.harness import (
    AT_SHOP,
    at_once,
    changes,
    eventually,
    is_right,
    judged,
    marks,
    stored,
)

pytestmark = pytest.mark.django_db

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time"
)


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
            return judging.judging_statement(*args, **kwargs)

        monkeypatch.setattr(changed_customers, "judging_statement", slowly)

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
