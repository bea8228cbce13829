"""Changes of too many customers refresh the segments as a whole."""

from datetime import UTC, datetime

import pytest

from customers.models import Customer, DirtyCustomer, Website
from customers.tests.rows import an_order
from segments.editing.saving import save_segment
from segments.engine import marks as marks_module
from segments.engine.live_changes import changed_customers
from segments.engine.live_changes.changed_customers import process_batch
from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import request_refresh
from segments.models import RefreshRun
from segments.rules.definition import Definition
from segments.tests.engine.harness import AT_SHOP, changes, is_right, marks, settle, stored

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize(
    ("mark", "told"),
    [
        ({"customer_id": None, "reason": "event"}, True),
        ({"customer_id": 1, "reason": "event", "is_rolled_up": True}, True),  # As of an import.
        ({"customer_id": 1, "reason": "event"}, True),
        ({"customer_id": 1, "reason": "score", "is_rolled_up": True}, False),
    ],
    ids=str,
)
def test_other_apps_hear_of_a_flood_of_changes(monkeypatch, clock, mark, told):
    heard = []
    monkeypatch.setattr(marks_module, "FLOOD", 0)
    monkeypatch.setattr(
        changed_customers, "WHEN_PROCESSED", [lambda **what: heard.append(what["customers"])]
    )
    DirtyCustomer.objects.create(at=clock(), **mark)

    process_batch()

    assert heard == ([None] if told else [])


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
