"""Segments that are found to be right by one reading; all others get a run of their own."""

import random
from datetime import timedelta

import pytest
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from conditions.tests.agreement.test_agreement import SETTINGS
from conditions.tests.examples.rollups import roll_up_everybody, roll_up_in_every_way
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import trees_of_figures
from core.database.time_limit import Cancelled, TookTooLong
from customers.models import Customer, CustomerRollup, DirtyCustomer, Order
from customers.tests.rows import a_customer, an_order
from segments.engine.refreshes import unchanged
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import leave_to_refresh, request_refresh
from segments.engine.refreshes.schedule import request_due
from segments.engine.refreshes.unchanged import refresh_unchanged
from segments.models import (
    Membership,
    MembershipOverride,
    OwedRefresh,
    RefreshRun,
    Segment,
    SegmentSize,
)
from segments.refresh import refresh_segment
from segments.rules.evaluation.rule import members_of
from segments.signals import segment_refreshed
from tests.cases import seeds
from tests.tiers import examples

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL's way"),
]


def at_least(amount):
    return {"attribute": "lifetime.sales", "operator": "gte", "value": amount}


@pytest.fixture
def right(make_segment, clock):
    """Store three segments that were refreshed: of the first three, two and one of four buyers."""
    for number in range(4):
        an_order(a_customer(f"c{number}"), grand_total=10 * (number + 1))
    roll_up_everybody()
    DirtyCustomer.objects.all().delete()
    segments = [make_segment(f"S{amount}", [at_least(amount)]) for amount in (20, 30, 40)]
    for segment in segments:
        refresh_segment(segment)
    clock.advance(days=2)
    return list(Segment.objects.order_by("pk"))


def codes(runs):
    return sorted(run.segment.code for run in runs)


def due():
    """Return the codes that one reading has found to be right, and those that wait."""
    runs = request_due()
    assert {run.state for run in runs} <= {"completed", "queued"}
    return [codes(run for run in runs if run.state == state) for state in ("completed", "queued")]


def test_a_night_with_nothing_changed_is_one_reading(right, clock, django_assert_max_num_queries):
    heard = []
    receiver = segment_refreshed.connect(
        lambda segment, run, **_more: heard.append((segment.code, run.state)), weak=False
    )
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.db.transaction.on_commit", lambda call, robust: call())
            assert due() == [["s20", "s30", "s40"], []]
    finally:
        segment_refreshed.disconnect(receiver)
    assert sorted(heard) == [("s20", "completed"), ("s30", "completed"), ("s40", "completed")]
    for segment, size in zip(Segment.objects.order_by("pk"), (3, 2, 1), strict=True):
        run = segment.runs.latest("pk")
        assert (segment.refreshed_at, segment.as_of) == (clock(), clock())
        assert (segment.follows_clock, segment.members_count) == (True, size)
        assert (run.as_of, run.version, run.finished_at) == (clock(), segment.version, clock())
        assert (run.entered, run.left, run.done, run.total) == (0, 0, size, size)
        noted = SegmentSize.objects.filter(segment=segment).latest("day")
        assert (noted.day, noted.members_count) == (clock().date(), size)
    assert due() == [[], []], "they are not due any more"
    assert segment.runs.count() == 2


def test_the_log_has_nothing_of_it(right):
    before = list(Membership.objects.order_by("segment", "customer").values_list())
    due()
    assert list(Membership.objects.order_by("segment", "customer").values_list()) == before


def miss_one(segment):
    segment.memberships.order_by("customer").last().delete()


def have_one_too_many(segment):
    stranger = Customer.objects.exclude(memberships__segment=segment).first()
    Membership.objects.create(segment=segment, customer=stranger, entered_at=segment.as_of)


def have_another(segment):
    have_one_too_many(segment)
    miss_one(segment)


def be_miscounted(segment):
    Segment.objects.filter(pk=segment.pk).update(members_count=segment.members_count + 1)


@pytest.mark.parametrize("harm", [miss_one, have_one_too_many, have_another, be_miscounted])
def test_one_that_is_not_right_gets_a_run_of_its_own(right, harm, member_numbers):
    harm(right[1])
    assert due() == [["s20", "s40"], ["s30"]]
    execute_run(RefreshRun.objects.unfinished().get())
    assert member_numbers(right[1]) == ["c2", "c3"]
    right[1].refresh_from_db()
    assert right[1].members_count == 2


def edit(segment):
    Segment.objects.filter(pk=segment.pk).update(version=segment.version + 1)


def be_owed(segment):
    OwedRefresh.objects.create(segment=segment)


def be_overridden(segment):
    MembershipOverride.objects.create(
        segment=segment, customer=Customer.objects.last(), kind="exclude", created_at=segment.as_of
    )


def be_of_a_website(segment):
    segment.websites.add(Customer.objects.first().website)


def be_about_more(segment):
    tree = {"match": "all", "conditions": [{"attribute": "customer.email", "operator": "is_empty"}]}
    Segment.objects.filter(pk=segment.pk).update(conditions=tree)


def stand_as_of_another_time(segment):
    Segment.objects.filter(pk=segment.pk).update(follows_clock=False)


def be_invalid(segment):
    Segment.objects.filter(pk=segment.pk).update(conditions={"match": "nonsense"})


@pytest.mark.parametrize(
    "change",
    [
        edit,
        be_owed,
        be_overridden,
        be_of_a_website,
        be_about_more,
        be_invalid,
        stand_as_of_another_time,
    ],
)
def test_what_one_reading_cannot_tell_is_left_to_a_run(right, change):
    change(right[0])
    assert due() == [["s30", "s40"], ["s20"]]


def test_whoever_waits_for_a_run_gets_that_one(right):
    waiting = request_refresh(right[0])
    assert codes(refresh_unchanged(right)) == ["s30", "s40"]
    waiting.refresh_from_db()
    assert waiting.state == "queued"


def test_one_alone_is_not_worth_it(right):
    assert refresh_unchanged(right[:1]) == []
    assert refresh_unchanged([]) == []


def test_what_changes_while_it_is_read_is_left_to_a_run(right, monkeypatch, clock):
    read = unchanged._sizes_of_right

    def meanwhile(rules, at, **how):
        found = read(rules, at, **how)
        edit(right[0])
        Segment.objects.filter(pk=right[1].pk).update(refreshed_at=clock() - timedelta(hours=1))
        return found

    monkeypatch.setattr(unchanged, "_sizes_of_right", meanwhile)
    assert codes(refresh_unchanged(right)) == ["s40"]
    assert RefreshRun.objects.filter(as_of=clock()).count() == 1


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"refresh_mode": "manual"}, {"quarantined_at": "2026-01-01T00:00Z"}],
)
def test_what_is_no_longer_refreshed_by_itself_is_left_alone(right, monkeypatch, change):
    read = unchanged._sizes_of_right

    def meanwhile(rules, at, **how):
        found = read(rules, at, **how)
        Segment.objects.filter(pk=right[0].pk).update(**change)
        return found

    monkeypatch.setattr(unchanged, "_sizes_of_right", meanwhile)
    assert codes(refresh_unchanged(right)) == ["s30", "s40"]


def test_where_the_reading_fails_each_gets_its_run(right, monkeypatch, caplog):
    def fail(*_rules, **_how):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr(unchanged, "_sizes_of_right", fail)
    assert due() == [[], ["s20", "s30", "s40"]]
    assert "could not be refreshed by one reading" in caplog.text
    assert isinstance(caplog.records[-1].exc_info[1], DatabaseError)


@pytest.mark.parametrize("error", [Cancelled, InterfaceError, TookTooLong])
def test_however_the_reading_fails_each_gets_its_run(right, monkeypatch, error):
    def fail(*_rules, **_how):
        raise error

    monkeypatch.setattr(unchanged, "_sizes_of_right", fail)
    assert due() == [[], ["s20", "s30", "s40"]]


def test_what_another_process_refreshes_meanwhile_is_not_refreshed_again(right, monkeypatch, clock):
    read = unchanged._sizes_of_right

    def meanwhile(rules, at, **how):
        found = read(rules, at, **how)
        Segment.objects.filter(pk__in=[right[0].pk, right[1].pk]).update(refreshed_at=clock())
        miss_one(right[1])
        return found

    monkeypatch.setattr(unchanged, "_sizes_of_right", meanwhile)
    assert due() == [["s40"], []]


def test_whoever_writes_a_segment_meanwhile_is_not_waited_for(right, monkeypatch):
    take = unchanged.try_lock_members
    monkeypatch.setattr(unchanged, "try_lock_members", lambda ids: take(ids) - {right[0].pk})
    assert due() == [["s30", "s40"], ["s20"]]


def test_whoever_falls_silent_while_recording_is_not_waited_for_long(right, settings):
    settings.LOCK_SILENCE_SECONDS = 3
    with CaptureQueriesContext(connection) as asked:
        refresh_unchanged(right)
    statements = [query["sql"] for query in asked.captured_queries]
    limited = [number for number, sql in enumerate(statements) if "'3000ms'" in sql]
    written = [number for number, sql in enumerate(statements) if sql.startswith("UPDATE")]
    assert limited and written and limited[-1] < written[0]


def test_trees_of_many_nodes_are_read_in_smaller_parts(right, monkeypatch):
    # A root and a condition each.
    monkeypatch.setattr(unchanged, "NODES", 5)
    assert due() == [["s20", "s30"], ["s40"]]


def test_a_reading_that_takes_too_long_is_not_waited_for(right, monkeypatch, caplog):
    def sleep(*_rules, **_how):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(600)")

    monkeypatch.setattr(unchanged, "_sizes_of_right", sleep)
    monkeypatch.setattr(unchanged, "LONGEST", 0.05)
    assert due() == [[], ["s20", "s30", "s40"]]
    assert isinstance(caplog.records[-1].exc_info[1], TookTooLong)


def test_what_was_read_before_a_failure_stays(right, make_segment, monkeypatch):
    refresh_segment(make_segment("S5", [at_least(5)]))
    read = unchanged._sizes_of_right

    def fail_for_the_last(rules, at, **how):
        if right[2].pk in rules:
            raise DatabaseError
        return read(rules, at, **how)

    monkeypatch.setattr(unchanged, "_sizes_of_right", fail_for_the_last)
    monkeypatch.setattr(unchanged, "MOST", 2)
    assert codes(refresh_unchanged(list(Segment.objects.all()))) == ["s20", "s30"]


def test_while_many_wait_for_their_roll_up_nobody_is_read(right, monkeypatch):
    Order.objects.update(grand_total=F("grand_total") + 1)
    monkeypatch.setattr(unchanged, "BATCH", 4)
    assert refresh_unchanged(right) == []
    monkeypatch.setattr(unchanged, "BATCH", 5)
    assert codes(refresh_unchanged(right)) == ["s20", "s30", "s40"]


def test_more_than_there_are_bits_are_read_in_parts(right, monkeypatch):
    monkeypatch.setattr(unchanged, "MOST", 2)
    # The third is alone in its part.
    assert due() == [["s20", "s30"], ["s40"]]


def test_each_of_as_many_as_there_are_bits_has_its_own(make_segment, clock):
    for number in range(unchanged.MOST + 1):
        an_order(a_customer(f"c{number}"), grand_total=number + 1)
    roll_up_everybody()
    for number in range(unchanged.MOST):
        refresh_segment(make_segment(f"S{number:02}", [at_least(number + 1)]))
    segments = list(Segment.objects.order_by("pk"))
    miss_one(segments[0])
    have_one_too_many(segments[-1])
    assert codes(refresh_unchanged(segments)) == [
        f"s{one:02}" for one in range(1, unchanged.MOST - 1)
    ]


def test_of_pending_customers_their_own_rows_are_asked(right):
    Order.objects.filter(customer__external_id="c2").update(grand_total=35)
    assert CustomerRollup.objects.get(customer__external_id="c2").sales == 30
    assert DirtyCustomer.objects.exists()
    assert due() == [["s20", "s30", "s40"], []], "in the same segments as before"
    Order.objects.filter(customer__external_id="c2").update(grand_total=5)
    assert codes(refresh_unchanged(right)) == ["s40"]


def test_a_run_that_was_asked_for_meanwhile_is_not_in_the_way_of_what_is_owed(right):
    leave_to_refresh([right[0]])
    assert codes(refresh_unchanged(right)) == ["s30", "s40"]
    assert Segment.objects.get(pk=right[0].pk).is_owed_refresh


@pytest.mark.parametrize("seed", seeds(3))
def test_it_is_right_of_whatever_figures(seed, make_segment, clock):
    """Random trees and harm: exactly those are refreshed whose members are the wanted ones."""
    awkward_shop(seed, customers=20).store()
    roll_up_in_every_way()
    people = sorted(Customer.objects.values_list("pk", flat=True))

    @settings(SETTINGS, max_examples=examples(12))
    @given(
        trees=st.lists(trees_of_figures(), min_size=2, max_size=5),
        who=st.sampled_from(["registered", "guest", "both"]),
        rng=st.randoms(use_true_random=False),
    )
    def agree(trees, who, rng: random.Random):
        Segment.objects.all().delete()
        for number, tree in enumerate(trees):
            segment = make_segment(f"S{number}", applies_to=who)
            Segment.objects.filter(pk=segment.pk).update(conditions=tree)
            refresh_segment(segment)
            for pk in rng.sample(people, rng.choice([0, 0, 1])):
                if not segment.memberships.filter(customer=pk).delete()[0]:
                    Membership.objects.create(segment=segment, customer_id=pk, entered_at=clock())
            count = segment.memberships.count()
            Segment.objects.filter(pk=segment.pk).update(members_count=count)
        segments = list(Segment.objects.order_by("pk"))
        wanted = {one.code for one in segments if one.members_count and is_right(one, clock())}
        alone = sum(1 for one in segments if one.members_count) == 1
        assert codes(refresh_unchanged(segments)) == sorted([] if alone else wanted)

    agree()


def is_right(segment, at):
    stored = set(segment.memberships.values_list("customer", flat=True))
    return stored == set(members_of(segment, as_of=at).values_list("pk", flat=True))
