"""Which run a request for a refresh joins, and what cancelling one does."""

import pytest

from core.clock import now
from segments.editing.saving import save_segment
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import cancel_run, request_refresh
from segments.lease import claim
from segments.models import RefreshRun
from segments.rules.definition import Definition
from segments.tests.engine.harness import stored

pytestmark = pytest.mark.django_db


# Joining ----------------------------------------------------------------------------------------


def test_a_request_joins_the_run_that_goes_by_the_same_definition(make_segment):
    segment = make_segment()
    run = request_refresh(segment)
    claim(run.pk)
    RefreshRun.objects.update(version=segment.version)

    assert request_refresh(segment) == run


def test_a_run_that_may_go_by_an_older_definition_is_not_joined(make_segment):
    segment = make_segment()
    run = request_refresh(segment)
    claim(run.pk)
    # It has not said yet by which it goes.
    unknown = request_refresh(segment)
    assert unknown != run
    claim(unknown.pk)
    RefreshRun.objects.update(version=segment.version)
    save_segment(segment, Definition("Renamed"), author=None)

    assert request_refresh(segment) not in (run, unknown)


def test_neither_a_run_that_is_to_be_cancelled_nor_one_for_another_time_is_joined(make_segment):
    segment = make_segment()
    run = request_refresh(segment)
    claim(run.pk)
    RefreshRun.objects.update(version=segment.version)
    cancel_run(run)
    asked_for = RefreshRun.objects.create(segment=segment, as_of=now(), created_at=now())

    assert request_refresh(segment) not in (run, asked_for)


# Cancelling -------------------------------------------------------------------------------------


def test_a_cancelled_run_that_nobody_held_is_never_executed(make_customer, make_segment):
    make_customer()
    segment = make_segment()
    run = request_refresh(segment)

    assert cancel_run(run).state == "cancelled"
    assert execute_run(run).state == "cancelled"
    assert stored(segment) == set()


def test_cancelling_what_has_ended_changes_nothing(make_segment):
    run = execute_run(request_refresh(make_segment()))

    assert cancel_run(run).state == "completed"
    assert run.cancel_requested_at is None
