"""A run that fails is tried again; a segment that keeps failing is quarantined."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from customers.models import DirtyCustomer
from segments.engine.live_changes.changed_customers import process_batch
from segments.engine.live_changes.passing_time import sweep
from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import request_refresh, waiting_runs
from segments.engine.refreshes.schedule import request_due
from segments.models import RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.tests.engine.harness import BROKEN, state, stored

pytestmark = pytest.mark.django_db


# Attempts ---------------------------------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch):
    """Let every refresh fail; returns a function that ends that."""

    def members_of(segment, as_of):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(execution, "members_of", members_of)
        yield patch.undo


def test_a_failed_run_is_tried_again_later_each_time_and_then_fails_for_good(
    make_segment, clock, settings, failing
):
    settings.REFRESH_ATTEMPTS = 3
    run = request_refresh(make_segment())

    for attempt, delay in ((1, 10), (2, 20)):
        execute_run(run)
        assert (state(run), run.attempts, run.error) == ("queued", attempt, "the disk is full")
        assert run.not_before == clock() + timedelta(seconds=delay)
        clock.advance(seconds=delay - 1)
        assert execute_run(run).attempts == attempt
        assert not waiting_runs()
        clock.advance(seconds=1)
        assert run in waiting_runs()
    execute_run(run)

    assert (state(run), run.attempts) == ("failed", 3)
    assert (run.finished_at, run.is_definition_invalid) == (clock(), False)
    assert Segment.objects.get().failures_count == 1
    assert not waiting_runs()


def test_a_run_that_works_the_second_time_leaves_no_trace_of_the_first(
    make_customer, make_segment, clock, failing
):
    make_customer("a")
    segment = make_segment()
    run = execute_run(request_refresh(segment))
    failing()
    clock.advance(seconds=10)
    execute_run(run)

    assert (state(run), run.attempts, run.error) == ("completed", 2, "")
    assert stored(segment) == {"a"}
    assert Segment.objects.get().failures_count == 0


def test_an_invalid_tree_fails_at_once(make_segment):
    segment = make_segment()
    Segment.objects.update(conditions=BROKEN)

    run = execute_run(request_refresh(segment))

    assert (state(run), run.attempts, run.is_definition_invalid) == ("failed", 1, True)


def test_one_failing_segment_stops_no_other(make_customer, make_segment):
    make_customer("a")
    first, broken, last = make_segment("1"), make_segment("2"), make_segment("3")
    Segment.objects.filter(pk=broken.pk).update(conditions=BROKEN)

    with pytest.raises(CommandError, match=f"Failed: {broken.code}"):
        call_command("refresh_segments", "--all")

    runs = RefreshRun.objects.values_list("segment", "outcome")
    assert dict(runs) == {first.pk: "completed", broken.pk: "failed", last.pk: "completed"}
    assert stored(first) == stored(last) == {"a"}


# Quarantine -------------------------------------------------------------------------------------


@pytest.fixture
def quarantined(make_customer, make_segment, clock, settings, failing):
    """Return a segment that is left alone since two of its refreshes failed for good."""
    settings.QUARANTINE_FAILURES = 2
    make_customer("a")
    segment = make_segment(
        conditions=[{"attribute": "customer.registered_at", "operator": "is_empty"}]
    )
    Segment.objects.update(members_version=segment.version)
    assert refresh_segment(segment).state == "failed"
    assert Segment.objects.get().quarantined_at is None
    clock.advance(days=2)
    assert refresh_segment(segment).state == "failed"
    segment.refresh_from_db()
    return segment


def test_a_segment_that_keeps_failing_is_quarantined_and_says_why(quarantined, clock):
    assert quarantined.quarantined_at == clock()
    assert quarantined.quarantine_reason == "the disk is full"
    assert "the disk is full" in quarantined.stale_reason


def test_a_quarantined_segment_is_left_alone_by_everything_that_nobody_asked_for(
    quarantined, clock, make_customer
):
    DirtyCustomer.objects.all().delete()
    sweep()
    clock.advance(days=2)
    make_customer("b")

    assert request_due() == []
    sweep()
    assert process_batch() == 1
    assert stored(quarantined) == set()
    assert not RefreshRun.objects.unfinished()
    assert Segment.objects.get().quarantined_at is not None


def test_a_request_that_no_person_made_does_not_lift_a_quarantine(quarantined):
    request_refresh(quarantined)

    assert Segment.objects.get().quarantined_at is not None


def test_a_person_who_asks_for_a_refresh_lifts_the_quarantine(quarantined):
    request_refresh(quarantined, requested_by=User.objects.create(username="ann"))

    segment = Segment.objects.get()
    assert (segment.quarantined_at, segment.quarantine_reason) == (None, "")
    assert segment.failures_count == 0
    # What happened meanwhile has yet to reach it.
    assert segment.is_stale


def test_a_success_lifts_the_quarantine(quarantined, failing):
    failing()
    refresh_segment(quarantined)

    segment = Segment.objects.get()
    assert (segment.quarantined_at, segment.quarantine_reason) == (None, "")
    assert segment.failures_count == 0
    assert stored(segment) == {"a"}
