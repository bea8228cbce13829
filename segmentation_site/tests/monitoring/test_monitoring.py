"""What an operator's tools are told: figures, and whether this process is ready for work."""

import math
import socket
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from conditions.upkeep.rollup import build
from core.clock import now
from customers.changes.triggers import install, remove
from customers.models import (
    Customer,
    CustomerGroup,
    CustomerRollup,
    DirtyCustomer,
    DirtyReason,
    Snapshot,
    Store,
    Website,
)
from segmentation_site.monitoring import figures
from segments import tasks
from segments.editing.saving import create_segment
from segments.engine.tick import tick
from segments.models import RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition, Handling

BROKEN = {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is", "value": 1}]}


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    monkeypatch.setattr(current_app._get_current_object(), "send_task", lambda *a, **k: None)


def make_customer(number):
    return Customer.objects.create(
        external_id=number,
        email=f"{number}@shop.example",
        group=CustomerGroup.objects.get(code="general"),
        website=Website.objects.get(code="default"),
        store=Store.objects.get(code="default"),
    )


def make_segment(code, **handling):
    definition = Definition(name=code, conditions={"match": "all", "conditions": []})
    return create_segment(definition, Handling(**handling), code=code, author=None).segment


def scraped(client=None, **headers):
    """Return the figures as {(name, values in the order of labels' names...): value}."""
    response = (client or Client()).get("/metrics", headers=headers)
    assert response.status_code == 200, response.content
    return {
        (sample.name.removeprefix("tranche_"), *dict(sorted(sample.labels.items())).values()): (
            sample.value
        )
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


@pytest.mark.django_db
def test_the_figures_are_those_of_the_database():
    for number in "abc":
        make_customer(number)
    segment, other = make_segment("everybody"), make_segment("by-hand", refresh_mode="manual")
    make_segment("off", is_active=False)
    run = refresh_segment(segment)
    started = run.started_at
    RefreshRun.objects.filter(pk=run.pk).update(finished_at=started + timedelta(seconds=7))
    RefreshRun.objects.create(segment=other, created_at=now() - timedelta(minutes=5))
    RefreshRun.objects.create(segment=other, created_at=now(), outcome="failed")
    tick()
    DirtyCustomer.objects.all().delete()
    dear = make_segment("dear")
    Segment.objects.filter(pk=dear.pk).update(batch_seconds=math.inf)
    RefreshRun.objects.filter(segment=dear).delete()
    for reason, segment_id, age in (
        (DirtyReason.EVENT, None, 40),
        (DirtyReason.TIME, segment.pk, 2),
        (DirtyReason.EVENT, dear.pk, 200),
    ):
        DirtyCustomer.objects.create(
            customer_id=1, segment_id=segment_id, reason=reason, at=now() - timedelta(seconds=age)
        )

    found = scraped()

    assert found["segments",] == 3
    assert found["segment_batch_seconds", "dear"] == math.inf
    assert 0 < found["segment_batch_seconds", "everybody"] < 60
    assert found["segment_members", "everybody"] == 3
    assert found["segment_members", "by-hand"] == 0
    assert found["segment_refresh_duration_seconds", "everybody"] == 7
    assert 0 <= found["segment_refresh_age_seconds", "auto", "everybody"] < 60
    assert ("segment_refresh_age_seconds", "manual", "by-hand") not in found
    assert not [key for key in found if "off" in key]
    assert found["runs_unfinished", "queued"] == 1
    assert found["runs_unfinished", "running"] == 0
    assert 300 <= found["run_oldest_queued_age_seconds",] < 360
    assert found["runs_recent", "completed"] == found["runs_recent", "failed"] == 1
    assert found["run_recent_duration_seconds", "0.5"] == 7
    assert (found["dirty_marks",], found["dirty_customers",]) == (2, 1)
    assert 40 <= found["dirty_oldest_age_seconds",] < 100
    assert 200 <= found["costly_oldest_age_seconds",] < 300
    assert found["workers",] == 1
    for name in ("worker_seen", "sweep", "schedules"):
        assert 0 <= found[f"{name}_age_seconds",] < 60


@pytest.mark.django_db
def test_stale_and_quarantined_segments_show():
    segment = make_segment("broken")
    refresh_segment(segment)
    Segment.objects.update(conditions=BROKEN)
    for _attempt in range(3):
        assert scraped()["segment_quarantined", "broken"] == 0
        refresh_segment(segment)

    found = scraped()

    assert found["segment_quarantined", "broken"] == found["segment_stale", "broken"] == 1
    assert found["runs_recent", "failed"] == 3


@pytest.mark.django_db
def test_figures_that_had_to_be_corrected_show():
    make_customer("a")
    build()
    DirtyCustomer.objects.all().delete()
    tasks.reconcile()
    assert scraped()["rollup_drift",] == 0

    CustomerRollup.objects.update(number_of_orders=7)
    tasks.reconcile()

    assert CustomerRollup.objects.get().number_of_orders == 0
    found = scraped()
    assert found["rollup_drift",] == 1
    assert 0 <= found["rollup_reconcile_age_seconds",] < 60


@pytest.mark.django_db
def test_a_shop_without_anything_has_figures():
    found = scraped()
    assert found["segments",] == found["dirty_marks",] == found["workers",] == 0
    assert ("worker_seen_age_seconds",) not in found


@pytest.mark.django_db
def test_no_number_of_segments_and_runs_takes_more_queries(client):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            scraped(client)
        return len(captured)

    refresh_segment(make_segment("one"))
    one = queries()
    for number in range(10):
        refresh_segment(make_segment(f"other-{number}"))

    assert queries() == one < 18


@pytest.mark.django_db
def test_series_are_bounded(monkeypatch):
    monkeypatch.setattr(figures, "SEGMENTS", 2)
    for name in "abc":
        make_segment(name)
    codes = [key[1] for key in scraped() if key[0] == "segment_members"]
    assert codes == ["a", "b"]


@pytest.mark.django_db
def test_the_age_of_a_shop_snapshot_is_told_without_who_we_are_where_it_lies():
    at = now()
    Snapshot.objects.create(location="/shop", began_at=at, as_of=at - timedelta(hours=1))
    Snapshot.objects.create(location="ftp://me:secret@host/shop", began_at=at, as_of=at)
    Snapshot.objects.create(location="s3://first/shop", began_at=at)
    found = {key[1]: value for key, value in scraped().items() if key[0].startswith("shop_snap")}
    assert found.keys() == {"/shop", "ftp://host/shop"}
    assert 3600 <= found["/shop"] < 3660


@pytest.mark.django_db
def test_figures_come_as_openmetrics_where_that_is_asked_for():
    accept = "application/openmetrics-text; version=1.0.0"
    response = Client().get("/metrics", headers={"Accept": accept})
    assert response["Content-Type"].startswith("application/openmetrics-text")
    assert {family.name for family in openmetrics(response.content.decode())} > {
        "tranche_dirty_marks"
    }


@pytest.mark.django_db
def test_without_a_token_only_this_machine_may_read_the_figures():
    assert Client(REMOTE_ADDR="127.0.0.1").get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="::1").get("/metrics").status_code == 200
    for refused in (
        Client(REMOTE_ADDR="192.0.2.1"),
        Client(REMOTE_ADDR=""),
        # By way of a proxy on this machine.
        Client(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1"),
        Client(REMOTE_ADDR="127.0.0.1", HTTP_X_REAL_IP="192.0.2.1"),
    ):
        answer = refused.get("/metrics")
        assert (answer.status_code, b"tranche" in answer.content) == (403, False)


@pytest.mark.django_db
def test_with_a_token_whoever_sends_it_may_and_nobody_else(settings):
    settings.METRICS_TOKEN = "secret"
    far = Client(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="192.0.2.2")
    assert scraped(far, Authorization="Bearer secret")
    for wrong in ({}, {"Authorization": "Bearer secre"}, {"Authorization": "secret"}):
        assert Client(REMOTE_ADDR="127.0.0.1").get("/metrics", headers=wrong).status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.django_db
def test_a_probe_need_not_know_the_sites_name_nor_speak_tls(path, settings):
    settings.SECURE_SSL_REDIRECT = True
    client = Client(HTTP_HOST="10.0.0.7:8000")
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 405
    assert client.get("/admin/").status_code in {301, 400}


def test_the_process_says_that_it_lives_without_a_database(client):
    # A query would fail here: the test has no database.
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_is_who_has_everything(client):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


@pytest.mark.django_db
def test_missing_migrations_and_triggers_are_named(client):
    number, _by_model = MigrationRecorder.Migration.objects.filter(app="segments").delete()
    remove()
    try:
        response = client.get("/readyz")
    finally:
        install()
    missing = response.json()["missing"]
    assert (response.status_code, set(missing)) == (503, {"migrations", "triggers"})
    assert missing["migrations"].count("segments.") == number
    assert missing["migrations"].startswith("segments.0001_initial, segments.0002")


@pytest.mark.django_db
def test_a_broker_that_is_gone_is_named_without_its_secrets(client, monkeypatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        address = f"redis://:secret@127.0.0.1:{port}/0"
        monkeypatch.setattr(current_app.conf, "broker_url", address)
        response = client.get("/readyz")
    assert (response.status_code, response.json()["missing"]) == (
        503,
        {"broker": "does not answer"},
    )


def test_a_database_that_is_gone_is_named_without_its_secrets(client):
    # To this test any database is out of reach.
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "missing": {"database": "does not answer"}}
