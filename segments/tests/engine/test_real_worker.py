"""A worker process on Redis and PostgreSQL does the work, whether its messages arrive or not."""

import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection, transaction
from redis import Redis

from core.clock import now
from customers.models import DirtyCustomer
from segments.engine.refreshes.runs import request_refresh
from segments.lease import WAKE_AGAIN
from segments.models import RefreshRun
from segments.refresh import refresh_segment
from segments.tests.engine.harness import REDIS, eventually, is_right, stored, worker_environment

pytestmark = [
    pytest.mark.skipif(
        not REDIS or connection.vendor != "postgresql", reason="needs Redis and PostgreSQL"
    ),
    pytest.mark.django_db(transaction=True),
]
AT_SHOP = [{"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}]


@pytest.fixture
def redis():
    """Return the test's own database of Redis, empty before and after."""
    found = Redis.from_url(REDIS)
    found.flushdb()
    yield found
    found.flushdb()
    found.close()


@pytest.fixture
def send(redis):
    """Return what sends a message to Redis, as a web process would."""
    sender = Celery("sender", broker=REDIS, set_as_current=False)
    sender.conf.task_routes = settings.CELERY_TASK_ROUTES
    sender.conf.task_default_queue = settings.CELERY_TASK_DEFAULT_QUEUE
    yield lambda name, args=(): sender.send_task(name, args)
    sender.close()


@contextmanager
def worker():
    """Run a worker process while the block goes on."""
    command = [sys.executable, "-m", "celery", "--app", "segmentation_site", "worker"]
    process = subprocess.Popen(
        [*command, "--pool", "threads", "--concurrency", "2", "--without-mingle"],
        cwd=settings.BASE_DIR,
        env=worker_environment(),
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_a_worker_refreshes_and_follows_changes_and_a_tick_makes_lost_messages_good(
    make_customer, make_segment, redis, send
):
    make_customer("ann", email="ann@shop.example")
    segment, later = make_segment("1", AT_SHOP), make_segment("2", AT_SHOP)
    run = request_refresh(segment)
    send("segments.refresh_run", [run.pk])
    send("segments.refresh_run", [run.pk])
    with worker() as process:
        eventually(lambda: RefreshRun.objects.get(pk=run.pk).state == "completed")
        assert RefreshRun.objects.get(pk=run.pk).attempts == 1

        make_customer("bob", email="bob@shop.example")
        send("segments.process_changes")
        eventually(lambda: stored(segment) == {"ann", "bob"})

        # Nobody was told of these, or the message is gone.
        make_customer("cid", email="cid@shop.example")
        lost = request_refresh(later)
        redis.flushdb()
        RefreshRun.objects.filter(pk=lost.pk).update(
            woken_at=now() - WAKE_AGAIN - timedelta(seconds=1)
        )

        send("segments.tick")
        eventually(lambda: RefreshRun.objects.get(pk=lost.pk).state == "completed")
        eventually(lambda: not DirtyCustomer.objects.exists())
        assert process.poll() is None

    assert is_right(segment, later)


def test_what_a_killed_worker_left_is_finished_by_another(make_customer, make_segment, redis, send):
    make_customer("ann", email="ann@shop.example")
    segment = make_segment("1", AT_SHOP)
    run = request_refresh(segment)
    with transaction.atomic(), connection.cursor() as cursor:
        # The worker waits for this, in the middle of its own transaction.
        cursor.execute("LOCK TABLE segments_membership IN ACCESS EXCLUSIVE MODE")
        with worker() as process:
            send("segments.refresh_run", [run.pk])
            eventually(lambda: RefreshRun.objects.get(pk=run.pk).state == "running")
            process.kill()
            process.wait()
    assert stored(segment) == set()

    RefreshRun.objects.update(lease_expires_at=now(), woken_at=None)
    with worker():
        send("segments.tick")
        eventually(lambda: RefreshRun.objects.get(pk=run.pk).state == "completed")

    assert RefreshRun.objects.get(pk=run.pk).fencing == 2
    assert is_right(segment)
    assert refresh_segment(segment).entered == 0
