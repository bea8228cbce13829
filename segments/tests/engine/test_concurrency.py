"""Many at once on PostgreSQL: everybody ends right, and nobody sees an error or half a result."""

import threading

import pytest
from django.db import connection, transaction

from customers.imports.shop_csv import import_shop
from customers.models import Customer
from segments.editing.deletion import delete_segments
from segments.editing.overrides import set_override
from segments.editing.saving import InvalidDefinition, save_segment
from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import request_refresh, waiting_run
from segments.models import Membership, MembershipChange, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from segments.tests.engine.harness import WAIT, at_once, replayed, stored

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

AT_SHOP = [{"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}]


def test_overlapping_refreshes_beside_writers_log_each_change_once(make_customer, make_segment):
    customers = [make_customer(f"{n}", email=f"{n}@shop.example") for n in range(40)]
    segment = make_segment(conditions=AT_SHOP)

    def write(number):
        for customer in customers[number::4]:
            domain = "elsewhere" if customer.pk % 3 else "shop"
            Customer.objects.filter(pk=customer.pk).update(email=f"x@{domain}.example")

    results = at_once(
        *[lambda: refresh_segment(segment) for _ in range(4)],
        *[lambda number=number: write(number) for number in range(4)],
    )
    last = refresh_segment(segment)

    assert {run.state for run in results[:4]} == {"completed"}, [
        run and run.error for run in results
    ]
    expected = {c.external_id for c in Customer.objects.filter(email__endswith="@shop.example")}
    assert stored(segment) == replayed(segment) == expected
    assert last.total == Segment.objects.get().members_count == len(expected)


def test_nobody_takes_over_a_refresh_that_is_done_at_once(make_segment, monkeypatch):
    segment = make_segment()
    refresh_segment(segment)
    seen = []
    claim = execution.claim

    def looked_at_first(pk):
        seen.extend(at_once(lambda: waiting_run(segment)))
        return claim(pk)

    monkeypatch.setattr(execution, "claim", looked_at_first)
    assert refresh_segment(segment).state == "completed"
    assert seen == [None]


def test_an_import_between_two_refreshes_harms_neither(make_segment, tmp_path):
    buyers = [
        {"relation": "sales", "aggregate": "count", "operator": "gte", "value": 2},
        {"attribute": "lifetime.sales", "operator": "gte", "value": "20"},
    ]
    segment = make_segment(conditions=buyers)

    def shop(number, people):
        directory = tmp_path / str(number)
        directory.mkdir()
        rows = "".join(f"C{n}\n" for n in range(people))
        (directory / "customers.csv").write_text(f"id\n{rows}")
        orders = "".join(
            f"C{n}-{m},C{n},complete,2026-01-0{m}T10:00:00Z,{5 * (n % 5)}.50\n"
            for n in range(people)
            for m in (1, 2)
        )
        (directory / "orders.csv").write_text(
            f"number,customer,state,created_at,grand_total\n{orders}"
        )
        return directory

    import_shop(shop(1, 50))
    results = at_once(
        lambda: refresh_segment(segment),
        lambda: import_shop(shop(2, 150)),
        lambda: refresh_segment(segment),
        lambda: import_shop(shop(3, 100)),
        lambda: refresh_segment(segment),
    )
    last = refresh_segment(segment)

    assert [run.state for run in (results[0], results[2], results[4])] == ["completed"] * 3
    expected = {f"C{n}" for n in range(150) if 2 * (5 * (n % 5) + 0.5) >= 20}
    assert stored(segment) == replayed(segment) == expected
    assert last.total == len(expected)


def test_one_run_that_two_workers_take_is_done_once(make_customer, make_segment):
    make_customer()
    run = request_refresh(make_segment())

    at_once(lambda: execute_run(run), lambda: execute_run(run))

    run.refresh_from_db()
    assert (run.state, run.attempts) == ("completed", 1)
    assert MembershipChange.objects.count() == 1


def test_readers_see_the_old_members_until_the_new_ones_are_complete(
    make_customer, make_segment, monkeypatch
):
    make_customer("a")
    segment = make_segment()
    refresh_segment(segment)
    Customer.objects.filter(external_id="a").update(is_active=False)
    make_customer("b")
    seen = []
    apply_diff = execution.apply_diff

    def look_in_between(*args, **kwargs):
        diff = apply_diff(*args, **kwargs)
        seen.extend(at_once(lambda: stored(segment)))
        return diff

    monkeypatch.setattr(execution, "apply_diff", look_in_between)
    refresh_segment(segment)

    assert seen == [{"a"}]
    assert stored(segment) == {"b"}


def test_a_customer_whose_deletion_was_under_way_does_not_appear(make_customer, make_segment):
    make_customer("stays")
    goner = make_customer("goes")
    segment = make_segment()
    deleted, may_commit = threading.Event(), threading.Event()

    def delete():
        with transaction.atomic():
            goner.delete()
            deleted.set()
            may_commit.wait(WAIT)

    def refresh_meanwhile():
        deleted.wait(WAIT)
        threading.Timer(0.3, may_commit.set).start()
        return refresh_segment(segment)

    _, run = at_once(delete, refresh_meanwhile)

    assert run.state == "completed"
    process_changes()
    assert stored(segment) == replayed(segment) == {"stays"}


def test_a_customer_can_be_deleted_while_a_refresh_adds_them(
    make_customer, make_segment, monkeypatch
):
    goner = make_customer("goes")
    segment = make_segment()
    entering, collected = threading.Event(), threading.Event()
    apply_diff = execution.apply_diff

    def wait_in_between(*args, **kwargs):
        diff = apply_diff(*args, **kwargs)
        entering.set()
        collected.wait(0.3)
        return diff

    monkeypatch.setattr(execution, "apply_diff", wait_in_between)

    def delete():
        entering.wait(WAIT)
        goner.delete()

    run, _ = at_once(lambda: refresh_segment(segment), delete)

    assert run.state == "completed"
    process_changes()
    assert not Membership.objects.exists()
    assert not Customer.objects.exists()
    assert replayed(segment) == set()


def test_a_segment_deleted_during_its_refresh_harms_nobody(make_customer, make_segment):
    for _ in range(20):
        make_customer()
    segment = make_segment()
    run = request_refresh(segment)

    at_once(*[lambda: execute_run(run) for _ in range(3)], lambda: delete_segments([segment]))

    assert not Segment.objects.exists()
    assert not Membership.objects.exists()
    assert not MembershipChange.objects.exists()


def test_overrides_and_refreshes_of_one_segment_take_turns(make_customer, make_segment):
    customers = [make_customer(str(n)) for n in range(6)]
    segment = make_segment()

    at_once(
        *[lambda: refresh_segment(segment) for _ in range(3)],
        *[lambda c=c: set_override(segment, c, "exclude", author=None) for c in customers[:3]],
    )

    assert stored(segment) == replayed(segment) == {"3", "4", "5"}


def test_two_edits_that_together_close_a_circle_are_not_both_saved(make_segment):
    one, other = make_segment("One"), make_segment("Other")
    start = threading.Barrier(2)

    def refer(segment, code):
        tree = {
            "match": "all",
            "conditions": [{"attribute": "segment", "operator": "is", "value": code}],
        }
        start.wait(WAIT)
        try:
            save_segment(segment, Definition(segment.name, conditions=tree), author=None)
        except InvalidDefinition:
            return "refused"
        return "saved"

    outcomes = at_once(lambda: refer(one, "other"), lambda: refer(other, "one"))

    assert sorted(outcomes) == ["refused", "saved"]


def test_requests_at_once_make_one_run(make_segment):
    segment = make_segment()

    runs = at_once(*[lambda: request_refresh(segment).pk for _ in range(5)])

    assert len(set(runs)) == 1
