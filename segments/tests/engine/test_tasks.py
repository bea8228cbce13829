"""What a worker does when it is woken: once, and nothing for what is gone."""

from datetime import timedelta

import pytest
from celery import current_app as app

from core.clock import now
from segments.engine.refreshes.runs import request_refresh
from segments.lease import claim
from segments.models import RefreshRun
from segments.tasks import refresh_run

pytestmark = pytest.mark.django_db


def test_a_message_that_comes_twice_is_worked_on_once(make_customer, make_segment):
    make_customer()
    segment = make_segment()
    run = request_refresh(segment)

    refresh_run(run.pk)
    refresh_run(run.pk)

    assert RefreshRun.objects.get().state == "completed"
    assert segment.changes.count() == 1


def test_a_message_about_a_run_that_is_gone_does_nothing():
    refresh_run(12345)


def test_a_run_left_behind_by_a_killed_worker_is_finished_when_it_is_delivered_again(
    make_customer, make_segment
):
    make_customer()
    run = request_refresh(make_segment())
    killed = claim(run.pk)
    assert killed is not None
    refresh_run(run.pk)
    assert RefreshRun.objects.get().state == "running"

    RefreshRun.objects.update(lease_expires_at=now() - timedelta(seconds=1))
    assert RefreshRun.objects.get().state == "queued"
    refresh_run(run.pk)

    assert RefreshRun.objects.get().state == "completed"


def test_the_tasks_are_known_by_the_names_that_messages_carry():
    app.loader.import_default_modules()
    assert {"segments.refresh_run", "segments.tick", "segments.process_changes"} <= set(app.tasks)
