"""Saving asks for a refresh where one is needed; a refresh at once does what was queued."""

import pytest

from customers.models import Customer
from segments.editing.saving import save_segment
from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import request_refresh
from segments.lease import claim
from segments.models import RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition, Handling, definition_of
from segments.tests.engine.harness import AT_SHOP, failed_until_left_alone, is_right

pytestmark = pytest.mark.django_db


def test_saving_asks_for_a_refresh_at_once_and_several_saves_for_one(make_segment, sent):
    segment = make_segment("One", AT_SHOP)
    first = segment.runs.get()
    assert (segment.status, segment.is_stale) == ("queued", True)
    assert segment.stale_reason == "It has never been refreshed."

    save_segment(segment, Definition("Two"), author=None)
    save_segment(segment, Definition("Three"), author=None)

    assert segment.runs.get() == first
    assert execute_run(first).version == 3
    segment.refresh_from_db()
    assert (segment.status, segment.is_stale) == ("completed", False)


def test_saving_while_a_refresh_is_at_work_asks_for_another(make_segment):
    segment = make_segment("One", AT_SHOP)
    claim(segment.runs.get().pk)

    save_segment(segment, Definition("Two"), author=None)
    save_segment(segment, Definition("Three"), author=None)

    assert segment.runs.unfinished().count() == 2


@pytest.mark.parametrize(
    "handling", [{"refresh_mode": "manual"}, {"is_active": False}], ids=["by hand", "inactive"]
)
def test_saving_one_that_is_not_kept_current_asks_for_nothing(make_segment, handling):
    segment = make_segment("One", AT_SHOP, handling=handling)
    save_segment(segment, Definition("Two"), author=None)

    assert not RefreshRun.objects.exists()
    segment.refresh_from_db()
    assert segment.is_stale


def test_saving_what_is_stored_already_asks_for_nothing(make_segment):
    segment = make_segment("One", AT_SHOP)
    refresh_segment(segment)

    save_segment(segment, definition_of(segment), Handling(priority=3), author=None)

    assert not RefreshRun.objects.unfinished().exists()
    segment.refresh_from_db()
    assert not segment.is_stale


def test_a_new_definition_lifts_a_quarantine(make_segment):
    segment = make_segment("One", AT_SHOP)
    refresh_segment(segment)
    failed_until_left_alone(request_refresh(segment))
    Segment.objects.update(quarantined_at="2026-01-01T00:00Z")

    save_segment(segment, Definition("Two"), author=None)

    segment.refresh_from_db()
    assert segment.quarantined_at is None
    assert segment.status == "queued"


def test_a_refresh_at_once_does_what_was_queued(make_segment):
    segment = make_segment("One", AT_SHOP)
    queued = segment.runs.get()

    assert refresh_segment(segment) == queued
    assert not RefreshRun.objects.unfinished().exists()


def test_a_refresh_at_once_does_not_take_what_is_planned_in_shards(shop, monkeypatch, settings):
    base = shop[0]
    monkeypatch.setattr(execution.shards, "are_wanted", lambda: True)
    settings.SHARD_CUSTOMERS = 2
    Customer.objects.update(email="a@shop.example")
    run = execute_run(request_refresh(base))
    RefreshRun.objects.update(lease_expires_at=None)

    assert refresh_segment(base) != run
    assert is_right(base)
