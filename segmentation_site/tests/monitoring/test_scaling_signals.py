"""Gauges of what waits, of slots and threads, and of the build, as autoscalers read them."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from core.build import revision, version
from core.clock import now
from core.load import backlog, capacity, timing
from core.load.capacity import note_capacity
from core.load.timing import LATEST, WorkTiming, note_timing
from core.processes import Process, note_process
from customers.models import DirtyCustomer, DirtyReason
from segmentation_site.monitoring import capacity as noting
from segmentation_site.tests.pages.test_failing_pages import locked_database
from segments.engine.backlogs import MARKS
from segments.models import RefreshRun, RefreshShard, WebhookDelivery, WebhookEndpoint
from segments.webhooks.delivery import DELIVERY

QUEUES = ("tranche", "tranche-refresh", "tranche-webhooks", "tranche-predictions")


def scraped() -> dict[tuple[str, ...], float]:
    text = Client().get("/metrics").content.decode()
    return {
        (
            sample.name.removeprefix("tranche_"),
            *dict(sorted(sample.labels.items())).values(),
        ): sample.value
        for found in text_string_to_metric_families(text)
        for sample in found.samples
    }


def ago(seconds: float):
    return now() - timedelta(seconds=seconds)


@pytest.mark.both
@pytest.mark.django_db
def test_work_is_what_waits_by_the_median_of_what_ended(make_segment, monkeypatch):
    segment = make_segment("vip")
    RefreshRun.objects.all().delete()
    DirtyCustomer.objects.all().delete()
    ended = [(45, "completed")] * 5 + [(9, "completed"), (200, "completed"), (1, "failed")]
    for seconds, outcome in ended:
        started = ago(900)
        finished = started + timedelta(seconds=seconds)
        times = {"created_at": started, "started_at": started, "finished_at": finished}
        RefreshRun.objects.create(segment=segment, outcome=outcome, **times)
    # Fewer rows are looked through than wait.
    monkeypatch.setattr(backlog, "LOOKED_THROUGH", 10)
    waiting = [
        RefreshRun.objects.create(segment=segment, created_at=ago(60 + number))
        for number in range(12)
    ]
    # One is being worked on, and one is tried later: neither wants a slot.
    RefreshRun.objects.create(
        segment=segment, created_at=ago(999), lease_expires_at=now() + timedelta(minutes=1)
    )
    later = now() + timedelta(minutes=1)
    RefreshRun.objects.create(segment=segment, created_at=ago(999), not_before=later)
    DirtyCustomer.objects.bulk_create(
        DirtyCustomer(customer_id=1, reason=DirtyReason.EVENT, at=ago(7)) for _mark in range(1001)
    )
    endpoint = WebhookEndpoint.objects.create(
        name="erp", url="https://erp.example/", cursor=10**9, created_at=now()
    )
    for number in range(3):
        WebhookDelivery.objects.create(
            endpoint=endpoint, message_id=str(number), sequences=[], created_at=ago(20)
        )
    for kind, seconds in ((MARKS, 0.5), (MARKS, 2.0), (MARKS, 3.5), (DELIVERY, 0.25)):
        note_timing(kind, seconds)
    apps.get_model("predictions.WaitingCustomer").objects.create(customer_id=1, at=ago(30))

    found = scraped()

    items = {queue: found["queue_items", queue] for queue in QUEUES}
    work = {queue: found["queue_work_seconds", queue] for queue in QUEUES}
    assert items == dict(zip(QUEUES, (2, 12, 3, 1), strict=True))
    assert work == dict(zip(QUEUES, (4.0, 540.0, 0.75, 0.0), strict=True))
    age = (now() - waiting[-1].created_at).total_seconds()
    assert found["queue_oldest_seconds", "tranche-refresh"] == pytest.approx(age, abs=5)
    assert 7 <= found["queue_oldest_seconds", "tranche"] < 60
    assert 20 <= found["queue_oldest_seconds", "tranche-webhooks"] < 60
    assert [key[1:] for key in found if key[0] == "build_info"] == [(revision(), version())]
    RefreshShard.objects.create(
        run=waiting[0], first_id=1, last_id=2, as_of=now(), version=1, lease_expires_at=ago(1)
    )
    WebhookEndpoint.objects.update(not_before=later)
    found = scraped()
    assert found["queue_items", "tranche-refresh"] == 13
    assert found["queue_items", "tranche-webhooks"] == 0


@pytest.mark.django_db
def test_slots_and_threads_are_those_of_processes_seen_within_a_minute(monkeypatch):
    for name, queues, slots, busy, age in (
        ("a:1", "tranche,tranche-refresh", 2, 0, 5),
        ("a:2", "tranche-refresh", 3, 0, 59),
        ("b:1", "tranche-refresh", 100, 0, 61),
        ("web:1", "", 4, 3, 5),
        ("web:2", "", 100, 100, 61),
        ("gone:1", "", 1, 1, 3601),
    ):
        made = {"role": "x", "host": "x", "pid": 1, "version": "1", "seen_at": ago(age)}
        Process.objects.create(name=name, queues=queues, slots=slots, busy=busy, **made)
    found = scraped()
    assert [found["queue_slots", queue] for queue in QUEUES] == [2, 5, 0, 0]
    assert (found["web_threads",], found["web_busy_threads",]) == (4, 3)

    # Of this process the threads that are busy now count, not those of its last note.
    note_capacity("web", (), slots=8, busy=8)
    monkeypatch.setattr(noting, "busy_here", lambda: 1)
    found = scraped()
    assert (found["web_threads",], found["web_busy_threads",]) == (12, 4)
    assert not Process.objects.filter(name="gone:1").exists()
    # The other sign of life of a process leaves its capacity as it is.
    note_process("web")
    assert scraped()["web_threads",] == 12
    capacity.forget_capacity()
    assert scraped()["web_threads",] == 4


@pytest.mark.django_db
def test_only_the_latest_timings_of_a_kind_are_kept():
    for number in range(3 * LATEST):
        note_timing("a", number)
        if number % 50 == 0:
            note_timing("b", 1)

    assert WorkTiming.objects.filter(kind="a").count() <= 2 * LATEST + 1
    assert WorkTiming.objects.filter(kind="b").count() == 6
    assert timing.median_seconds("a") == 3 * LATEST - 50.5
    assert timing.median_seconds("c") is None


@pytest.mark.django_db
def test_busy_database_loses_a_duration_and_not_what_follows(monkeypatch):
    """Catches a run without its last shard, and scores whose customers nobody marks."""

    def fail(**values):
        raise locked_database()

    monkeypatch.setattr(WorkTiming.objects, "create", fail)
    done = []
    with timing.note_duration("a"):
        done.append("work")
    done.append("what follows")

    assert done == ["work", "what follows"]
    monkeypatch.undo()
    with timing.note_duration("a"):
        pass
    assert WorkTiming.objects.count() == 1
