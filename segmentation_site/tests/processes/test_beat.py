"""Beat sends no message for a task that would find no work, and each other message."""

from datetime import UTC, datetime

import pytest
from celery.worker import WorkController
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.module_loading import import_string

from core.load.schedule import has_work
from segmentation_site.celery import app
from segmentation_site.workers import heartbeat
from segments.engine.refreshes.runs import request_refresh
from segments.engine.tick import tick
from segments.export.background.requests import request_export
from segments.export.contents import Contents
from segments.models import ScheduledExport
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db

ON_SQLITE = connection.vendor == "sqlite"
AT = datetime(2026, 4, 10, tzinfo=UTC)


@pytest.fixture
def beat_sends(monkeypatch, tmp_path):
    """Return a function that has every entry of the schedule applied, and returns what is sent."""
    monkeypatch.setattr(settings, "SHOP_UPLOAD_DIR", str(tmp_path / "none"))
    monkeypatch.setattr(heartbeat, "show_process", lambda role: None)
    monkeypatch.setattr(heartbeat, "release_connections", lambda: None)
    app.loader.import_default_modules()
    beat = heartbeat.LivingScheduler(app)
    names = []
    monkeypatch.setattr(beat, "apply_async", lambda entry, **more: names.append(entry.task))

    def apply():
        names.clear()
        for entry in beat.schedule.values():
            beat.apply_entry(entry)
        return set(names)

    return apply


def test_idle_installation_gets_no_message_for_checked_tasks(beat_sends, clock):
    tick()
    everything = {entry["task"] for entry in app.conf.beat_schedule.values()}
    checked = set(settings.BEAT_CHECKS)
    assert checked < everything
    # A server may be slow: beat does not ask it.
    assert beat_sends() == (everything - checked if ON_SQLITE else everything)

    clock.advance(seconds=15)
    assert "segments.tick" in beat_sends()


def test_threads_of_a_worker_that_ask_the_database_start_after_its_beat():
    """Beat waited for ever for a lock of SQLite's that a thread of the worker held at the fork."""
    blueprint = WorkController.Blueprint(steps=app.steps["worker"])
    order = [step.name for step in blueprint._finalize_steps(blueprint.claim_steps())]
    ours = [name for name in order if name.startswith("segmentation_site.")]
    assert len(ours) == len(app.steps["worker"])
    assert all(order.index("celery.worker.components.Beat") < order.index(one) for one in ours)


@pytest.mark.skipif(not ON_SQLITE, reason="beat asks SQLite only")
@pytest.mark.parametrize(
    ("task", "model", "values"),
    [
        ("segments.webhooks", "segments.WebhookEndpoint", {"cursor": 0, "created_at": AT}),
        ("customers.erase_due", "customers.Erasure", {"requested_at": AT, "next_at": AT}),
        ("shops.look_after_imports", "shops.ShopImport", {"created_at": AT}),
        ("campaigns.tick", "campaigns.SequenceCursor", {}),
    ],
)
def test_task_is_sent_once_it_may_find_work(beat_sends, task, model, values):
    assert task not in beat_sends()
    apps.get_model(model)._default_manager.create(**values)
    assert task in beat_sends()


def test_requested_refresh_and_changed_customer_have_the_tick_sent(
    beat_sends, clock, make_segment, make_customer
):
    segment = make_segment()
    refresh_segment(segment)
    tick()
    assert ("segments.tick" in beat_sends()) is not ON_SQLITE
    run = request_refresh(segment)
    assert "segments.tick" in beat_sends()
    run.delete()
    assert ("segments.tick" in beat_sends()) is not ON_SQLITE
    make_customer()
    assert "segments.tick" in beat_sends()


def test_scheduled_and_requested_export_have_their_task_sent(beat_sends, make_segment, admin_user):
    segment = make_segment()
    assert ("segments.exports" in beat_sends()) is not ON_SQLITE
    export = request_export(segment, Contents(), admin_user)
    assert "segments.exports" in beat_sends()
    export.delete()
    assert ("segments.exports" in beat_sends()) is not ON_SQLITE
    ScheduledExport.objects.create(segment=segment, responsible=admin_user, cursor=0, created_at=AT)
    assert "segments.exports" in beat_sends()


@pytest.mark.parametrize("error", [DatabaseError("away"), PermissionError("no such folder")])
def test_task_is_sent_while_its_check_fails(monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr("segments.engine.tick.is_work_due", fail)
    assert has_work("segments.tick")


def test_every_check_is_of_a_scheduled_task():
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert set(settings.BEAT_CHECKS) <= scheduled
    assert all(callable(import_string(path)) for path in settings.BEAT_CHECKS.values())
