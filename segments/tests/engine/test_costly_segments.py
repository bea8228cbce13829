"""Costly segments have a lane and a rhythm of their own: no other waits, nothing is forgotten."""

import time
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.urls import reverse

import segments.engine.marks
from customers.models import Customer, DirtyCustomer
from customers.tests.rows import an_order
from segments.editing.saving import save_segment
from segments.engine import changed_customers, costly_segments, measuring
from segments.engine.changed_customers import process_batch, process_changes
from segments.engine.costly_segments import process_costly, wake_costly
from segments.engine.execution import execute_run
from segments.engine.lease import claim
from segments.engine.passing_time import sweep
from segments.engine.runs import request_refresh
from segments.models import RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules import cost
from segments.rules.definition import Definition
from segments.rules.rule import rule_of
from segments.tests.engine.harness import is_right, marks, settle, stored

pytestmark = pytest.mark.django_db

AT_SHOP = [{"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}]
RECENT = [{"attribute": "login.logged_in_at", "operator": "in_last_hours", "value": 1}]


@pytest.fixture
def seconds(monkeypatch, settings):
    """What each segment costs, by its code; nothing unless given. One second is costly."""
    found = {}
    settings.COSTLY_SECONDS = 1.0

    def measured(rule, **limits):
        code = Segment.objects.values_list("code", flat=True).get(pk=rule.segment_id)
        return found.get(code, 0.0)

    monkeypatch.setattr(measuring, "seconds_for_a_batch", measured)
    return found


@pytest.fixture
def lanes(make_segment, seconds):
    """A segment that is cheap and one that is costly, both current."""
    seconds["dear"] = 3.0
    both = make_segment("Cheap", AT_SHOP), make_segment("Dear", AT_SHOP)
    for segment in both:
        assert refresh_segment(segment).state == "completed"
        segment.refresh_from_db()
    process_changes()
    sweep()
    assert [segment.is_costly for segment in both] == [False, True]
    return both


def test_the_cheap_do_not_wait_and_the_costly_follow_in_their_turn(make_customer, lanes):
    cheap, dear = lanes
    ann = make_customer("ann", email="ann@shop.example")

    assert process_batch() == 1
    assert stored(cheap) == {"ann"}
    assert stored(dear) == set()
    assert marks() == [(ann.pk, dear.pk)]
    assert process_batch() == 0

    assert process_costly() == 1
    assert is_right(cheap, dear)
    assert stored(dear) == {"ann"}
    assert marks() == []
    assert [reason for *_, reason in dear.changes.values_list("pk", "reason")] == ["event"]


def test_one_that_has_worked_rests_and_changes_gather_meanwhile(make_customer, lanes, clock):
    dear = lanes[1]
    make_customer("ann", email="ann@shop.example")
    process_batch()
    assert process_costly() == 1

    for number in range(3):
        Customer.objects.update(first_name=f"{number}")
        process_batch()
    make_customer("bob", email="bob@shop.example")
    process_batch()
    assert process_costly() == 0
    clock.advance(seconds=29)
    assert process_costly() == 0
    clock.advance(seconds=1)
    assert process_costly() == 2
    assert stored(dear) == {"ann", "bob"}


def test_passing_time_of_a_costly_segment_is_worked_in_by_its_lane(
    make_customer, make_segment, seconds, clock
):
    seconds["recent"] = 3.0
    segment = make_segment("Recent", RECENT)
    make_customer("ann").logins.create(logged_in_at=clock.at, occurrence=1)
    refresh_segment(segment)
    settle()
    assert stored(segment) == {"ann"}

    clock.advance(hours=1, seconds=1)
    sweep()
    process_batch()
    assert stored(segment) == {"ann"}
    process_costly()
    assert stored(segment) == set()


def test_figures_that_are_yet_to_be_put_right_are_computed_anew(
    make_customer, make_segment, seconds
):
    seconds["rich"] = 3.0
    sales = [{"attribute": "lifetime.sales", "operator": "gte", "value": "100"}]
    segment = make_segment("Rich", sales)
    refresh_segment(segment)
    ann = make_customer("ann")
    process_batch()
    # An order comes before her turn, and is not worked in by the others' lane yet.
    an_order(ann, grand_total=250)

    assert process_costly() == 1
    assert stored(segment) == {"ann"}


def test_who_changes_the_lane_takes_what_waits_along(make_customer, lanes, seconds):
    cheap, dear = lanes
    make_customer("ann", email="ann@shop.example")
    process_batch()
    Segment.objects.update(batch_seconds=0.1)
    assert process_costly() == 0
    process_changes()
    assert stored(dear) == {"ann"}

    make_customer("bob", email="bob@shop.example")
    Segment.objects.update(batch_seconds=5.0)
    process_changes()
    assert stored(cheap) == stored(dear) == {"ann"}
    settle()
    assert is_right(cheap, dear)
    assert stored(cheap) == {"ann", "bob"}


def test_a_refresh_at_work_is_waited_for(make_customer, lanes, monkeypatch):
    dear = lanes[1]
    make_customer("ann", email="ann@shop.example")
    process_batch()
    monkeypatch.setattr(costly_segments, "try_lock_members", lambda ids: set())

    assert process_costly() == 0
    assert marks() == [(Customer.objects.get().pk, dear.pk)]


def test_a_flood_in_the_lane_refreshes_that_segment_alone(make_customer, lanes, monkeypatch):
    cheap, dear = lanes
    for number in range(4):
        make_customer(f"{number}", email=f"{number}@shop.example")
    process_batch()
    monkeypatch.setattr(segments.engine.marks, "FLOOD", 3)

    assert process_costly() == 4
    assert marks() == []
    run = RefreshRun.objects.unfinished().get()
    assert run.segment == dear
    dear.refresh_from_db()
    assert dear.is_stale
    execute_run(run)
    assert is_right(cheap, dear)


def test_what_waits_in_the_lane_is_no_flood_for_the_others(make_customer, lanes, monkeypatch):
    for number in range(4):
        make_customer(f"{number}", email=f"{number}@shop.example")
    process_batch()
    monkeypatch.setattr(segments.engine.marks, "FLOOD", 3)
    Customer.objects.filter(external_id="0").update(first_name="Anna")

    assert process_batch() == 1
    assert not RefreshRun.objects.unfinished().exists()


def test_a_deleted_customer_leaves_with_their_number(make_customer, lanes):
    dear = lanes[1]
    ann = make_customer("ann", email="ann@shop.example")
    settle()
    Segment.objects.update(worked_in_at=None)
    assert stored(dear) == {"ann"}
    ann.delete()
    process_batch()
    assert process_costly() == 1

    assert dear.memberships.count() == 0
    last = dear.changes.order_by("sequence").last()
    assert (last.customer_external_id, last.kind) == ("ann", "left")


def test_one_that_cannot_be_asked_is_owed_a_refresh(make_customer, lanes, monkeypatch):
    dear = lanes[1]
    make_customer("ann", email="ann@shop.example")
    process_batch()
    with monkeypatch.context() as broken:
        broken.setattr(changed_customers, "judged", lambda *args, **kwargs: fail())
        process_costly()
    assert marks() == []
    dear.refresh_from_db()
    assert dear.is_stale
    settle()
    assert is_right(dear)


def fail():
    raise DatabaseError("no")


def test_one_that_is_not_kept_current_leaves_nothing_behind(make_customer, lanes):
    dear = lanes[1]
    make_customer("ann", email="ann@shop.example")
    save_segment(
        dear, Definition("Dear", conditions={"match": "all", "conditions": []}), author=None
    )
    process_batch()
    process_costly()
    assert marks() == []
    settle()
    assert is_right(dear)


def test_nothing_is_asked_twice_at_a_time(make_customer, lanes, monkeypatch):
    make_customer("ann", email="ann@shop.example")
    process_batch()
    monkeypatch.setattr(costly_segments, "try_lock_costly", lambda: False)
    assert process_costly() == 0
    assert DirtyCustomer.objects.count() == 1


def test_a_worker_is_woken_when_there_is_something_to_do(make_customer, lanes, sent):
    sent.clear()
    wake_costly()
    assert sent == []
    make_customer("ann", email="ann@shop.example")
    process_batch()
    wake_costly()
    assert sent == [("segments.process_costly", [])]


# What it costs ----------------------------------------------------------------------------------


def test_each_definition_is_measured_once_a_day(make_segment, seconds, clock):
    segment = make_segment("One", AT_SHOP)
    found = []
    for code_seconds, step, name in (
        (1.5, 0, "One"),
        (2.5, 0, "One"),
        (3.5, 0, "Two"),
        (4.5, 23, "Two"),
        (5.5, 2, "Two"),
    ):
        seconds["one"] = code_seconds
        clock.advance(hours=step)
        save_segment(segment, Definition(name), author=None)
        refresh_segment(segment)
        segment.refresh_from_db()
        found.append(segment.batch_seconds)
    assert found == [1.5, 1.5, 3.5, 3.5, 5.5]


def test_segments_of_a_statement_that_takes_long_are_measured_again(
    clock, make_customer, lanes, seconds, monkeypatch
):
    cheap, _dear = lanes
    seconds["cheap"] = 9.0
    monkeypatch.setattr(changed_customers, "EXPECTED", -1.0)
    for minutes, expected in ((5, 0.0), (6, 9.0)):
        clock.advance(minutes=minutes)
        make_customer()
        process_batch()
        cheap.refresh_from_db()
        assert cheap.batch_seconds == expected


def test_a_real_measurement_asks_the_database_and_writes_nothing(
    make_customer, make_segment, settings
):
    for number in range(5):
        make_customer(f"{number}")
    segment = make_segment("One", AT_SHOP)
    refresh_segment(segment)
    segment.refresh_from_db()
    assert 0 < segment.batch_seconds < cost.LONGEST
    assert segment.batch_version == 1

    settings.COSTLY_SECONDS = 0.0
    assert segment.is_costly
    assert list(Segment.objects.costly()) == [segment]


def test_without_customers_there_is_nothing_to_measure(make_segment):
    segment = make_segment("One", AT_SHOP)
    assert refresh_segment(segment).state == "completed"


@pytest.mark.parametrize(
    ("batch", "rest"), [(0.1, 2), (0.2, 2), (1.0, 10), (9.0, 90), (1000.0, 600)]
)
def test_the_rest_grows_with_the_cost_within_bounds(batch, rest):
    assert cost.rest_of(batch) == timedelta(seconds=rest)


# Refreshes --------------------------------------------------------------------------------------


def test_costly_segments_are_refreshed_one_at_a_time(lanes, make_segment, seconds):
    seconds["other"] = 3.0
    cheap, dear = lanes
    other = make_segment("Other", AT_SHOP)
    refresh_segment(other)
    held = request_refresh(dear)
    claim(held.pk)
    waiting, free = request_refresh(other), request_refresh(cheap)

    assert execute_run(waiting).state == "queued"
    assert execute_run(free).state == "completed"
    # Whoever waits for the answer gets it.
    assert refresh_segment(other).state == "completed"

    again = request_refresh(other)
    RefreshRun.objects.filter(pk=held.pk).update(lease_expires_at=None)
    assert execute_run(again).state == "completed"


def test_when_a_costly_refresh_ends_the_next_is_woken_at_once(lanes, make_segment, seconds):
    seconds["other"] = 3.0
    dear = lanes[1]
    other = make_segment("Other", AT_SHOP)
    refresh_segment(other)
    waiting = request_refresh(other)
    execute_run(request_refresh(dear))

    waiting.refresh_from_db()
    assert waiting.woken_at is None


# What is said of it -----------------------------------------------------------------------------


def test_a_segment_says_that_it_is_costly_on_its_page_and_in_the_api(lanes, admin_client):
    for segment, is_costly in zip(lanes, (False, True), strict=True):
        page = admin_client.get(reverse("admin:segments_segment_history", args=[segment.pk]))
        told = admin_client.get(reverse("api:segment", args=[segment.code])).json()
        assert ("These conditions are costly" in page.content.decode()) == is_costly
        assert told["is_costly"] == is_costly


def test_a_preview_of_many_conditions_says_what_they_cost(admin_client, seconds, monkeypatch):
    monkeypatch.setattr(cost, "seconds_for_a_batch", lambda rule, **limits: 3.0)
    said = []
    for number in (1, cost.MANY_NODES):
        tree = {"match": "all", "conditions": AT_SHOP * number}
        body = {"conditions": tree, "counts": True}
        address = reverse("api:preview")
        reply = admin_client.post(address, body, content_type="application/json").json()
        said.append(reply["costly"])
    assert said[0] == ""
    assert "every 30 seconds" in said[1]


def test_what_cannot_be_measured_in_time_is_not_said(make_segment, settings):
    settings.COSTLY_SECONDS = 0.0
    tree = {"match": "all", "conditions": AT_SHOP * cost.MANY_NODES}
    rule = rule_of(make_segment("Many", tree["conditions"]))
    assert cost.cost_of_unsaved(rule, time.monotonic() - 1) is None
    assert cost.cost_of_unsaved(rule, time.monotonic() + 60) > 0
    assert cost.cost_said(None) == ""
