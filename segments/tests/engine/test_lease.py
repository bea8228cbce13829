"""A run is held by a lease: nothing sticks, nobody writes for a run that is another's by now."""

import pytest
from django.db.models import F

from segments import lease
from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import request_refresh, waiting_runs
from segments.lease import LeaseLost, Progress, claim, finish, release
from segments.models import MembershipChange, RefreshRun, RunState, Segment
from segments.tests.engine.harness import state, stored

pytestmark = pytest.mark.django_db


def test_a_held_run_cannot_be_claimed_and_shows_as_running(make_segment, clock, settings):
    run = request_refresh(make_segment())
    assert state(run) == "queued"

    assert claim(run.pk).fencing == 1
    clock.advance(seconds=settings.LEASE_SECONDS - 1)

    assert claim(run.pk) is None
    assert state(run) == "running"
    assert run not in waiting_runs()


def test_a_run_whose_lease_has_expired_shows_as_queued_and_is_taken_over(
    make_segment, clock, settings
):
    run = request_refresh(make_segment())
    claim(run.pk)
    clock.advance(seconds=settings.LEASE_SECONDS)

    assert state(run) == "queued"
    assert run in waiting_runs()
    assert claim(run.pk).fencing == 2
    assert state(run) == "running"


def test_the_old_owner_of_a_run_can_write_nothing_for_it(make_segment, clock, settings):
    run = request_refresh(make_segment())
    old = claim(run.pk)
    clock.advance(seconds=settings.LEASE_SECONDS)
    new = claim(run.pk)
    before = RefreshRun.objects.values().get()

    with pytest.raises(LeaseLost):
        finish(old, outcome=RunState.COMPLETED, entered=7)
    assert not release(old, outcome=RunState.FAILED, error="late")
    progress = Progress()
    clock.advance(seconds=1)
    assert not lease.write_heartbeat(old, progress)
    with pytest.raises(LeaseLost):
        progress.note(done=1)

    assert RefreshRun.objects.values().get() == before
    finish(new, outcome=RunState.COMPLETED)
    assert state(run) == "completed"


def test_the_final_write_of_an_old_owner_takes_the_members_back_with_it(
    make_customer, make_segment, monkeypatch
):
    make_customer("a")
    segment = make_segment()
    run = request_refresh(segment)
    apply_diff = execution.apply_diff

    def taken_over_meanwhile(*args, **kwargs):
        diff = apply_diff(*args, **kwargs)
        assert diff.counts_of(segment).entered == 1
        RefreshRun.objects.update(fencing=F("fencing") + 1)
        return diff

    monkeypatch.setattr(execution, "apply_diff", taken_over_meanwhile)
    execute_run(run)

    assert stored(segment) == set()
    assert not MembershipChange.objects.exists()
    assert Segment.objects.get().refreshed_at is None
    assert state(run) == "running"  # the new owner's affair


def test_a_finished_run_is_not_claimed_again(make_segment, clock, settings):
    run = execute_run(request_refresh(make_segment()))
    clock.advance(seconds=settings.LEASE_SECONDS)

    assert claim(run.pk) is None
