"""A big segment is found by several workers, each a stretch of customers, and written at once."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from itertools import count

import pytest
from celery import Celery
from django.conf import settings
from redis import Redis

from core.clock import now
from customers.models import Customer, DirtyCustomer
from segments.engine.live_changes.changed_customers import process_batch
from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run, execute_shard
from segments.engine.refreshes.runs import cancel_run, request_refresh
from segments.engine.refreshes.shards import segments_in_shards
from segments.models import RefreshRun, RefreshShard, Segment, WantedMember
from segments.tests.engine.harness import REDIS, eventually, worker_environment

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "postgresql" not in settings.DATABASES["default"]["ENGINE"],
        reason="SQLite has one writer at a time: nothing to share",
    ),
]


@pytest.fixture
def big(settings, make_customer, make_segment):
    """A segment of everybody with an address in .com, in a shop of 10 for whom 3 are a shard."""
    settings.SHARD_CUSTOMERS = 3
    for number in range(10):
        make_customer(f"c{number}", email=f"c{number}@example.{'com' if number % 2 else 'org'}")
    process_batch()  # their marks, of no matter yet
    return make_segment(
        "Com", [{"attribute": "customer.email", "operator": "contains", "value": ".com"}]
    )


def numbers(segment):
    return sorted(segment.memberships.values_list("customer__external_id", flat=True))


def shards_of(run):
    return list(RefreshShard.objects.filter(run=run).order_by("pk").values_list("pk", flat=True))


def test_nothing_is_written_before_the_last_shard_is_done(big):
    run = execute_run(request_refresh(big))
    shards = shards_of(run)
    assert len(shards) == 4
    assert run.state == "running"

    for shard in shards[:-1]:
        execute_shard(shard)
        assert numbers(big) == []
    run.refresh_from_db()
    assert (run.state, run.total) == ("running", 10)
    assert 0 < run.done < 10

    execute_shard(shards[-1])
    run.refresh_from_db()
    assert (run.state, run.entered) == ("completed", 5)
    assert numbers(big) == ["c1", "c3", "c5", "c7", "c9"]
    assert not RefreshShard.objects.exists()
    assert not WantedMember.objects.exists()


def test_a_shard_that_is_delivered_twice_is_done_once(big):
    run = execute_run(request_refresh(big))
    for shard in shards_of(run) * 2:
        execute_shard(shard)
    assert big.changes.count() == 5
    run.refresh_from_db()
    assert run.attempts == 1


def test_who_changes_meanwhile_is_right_afterwards(big):
    run = execute_run(request_refresh(big))
    first, *rest = shards_of(run)
    execute_shard(first)
    Customer.objects.filter(external_id="c1").update(email="c1@example.org")
    Customer.objects.filter(external_id="c0").update(email="c0@example.com")
    assert process_batch() == 2  # while the segment is in shards: marked again
    for shard in rest:
        execute_shard(shard)
    assert numbers(big) == ["c1", "c3", "c5", "c7", "c9"]

    DirtyCustomer.objects.update(at=now() - timedelta(seconds=1))
    assert process_batch() == 2
    assert numbers(big) == ["c0", "c3", "c5", "c7", "c9"]


def test_the_run_of_workers_who_all_died_is_taken_up_where_it_was(big):
    run = execute_run(request_refresh(big))
    first, *rest = shards_of(run)
    execute_shard(first)
    RefreshRun.objects.update(lease_expires_at=now() - timedelta(seconds=1))
    run.refresh_from_db()
    assert run.state == "queued"

    assert execute_run(run).state == "running"
    assert shards_of(run) == [first, *rest]
    for shard in rest:
        execute_shard(shard)
    run.refresh_from_db()
    assert run.state == "completed"
    assert numbers(big) == ["c1", "c3", "c5", "c7", "c9"]


def test_a_worker_that_dies_before_it_writes_what_all_found_is_replaced(big, monkeypatch):
    run = execute_run(request_refresh(big))
    *rest, last = shards_of(run)
    for shard in rest:
        execute_shard(shard)

    def die(segment_id):
        raise KeyboardInterrupt

    with monkeypatch.context() as dead, pytest.raises(KeyboardInterrupt):
        dead.setattr(execution, "lock_members", die)
        execute_shard(last)
    assert numbers(big) == []
    RefreshRun.objects.update(lease_expires_at=now() - timedelta(seconds=1))
    assert execute_run(run).state == "completed"
    assert numbers(big) == ["c1", "c3", "c5", "c7", "c9"]


def test_an_edit_in_between_has_the_shards_planned_anew(big):
    run = execute_run(request_refresh(big))
    first, *rest = shards_of(run)
    execute_shard(first)
    everybody = {"match": "all", "conditions": []}
    Segment.objects.filter(pk=big.pk).update(version=2, conditions=everybody)
    execute_shard(rest[0])
    run.refresh_from_db()
    assert run.state == "queued"
    execute_run(run)
    again = shards_of(run)
    assert not {first, *rest} & set(again)
    for shard in again:
        execute_shard(shard)
    assert len(numbers(big)) == 10


def test_a_cancelled_run_leaves_nothing_behind(big):
    run = execute_run(request_refresh(big))
    first, *_rest = shards_of(run)
    execute_shard(first)
    cancel_run(run)
    RefreshRun.objects.update(lease_expires_at=None)
    assert execute_run(run).state == "cancelled"
    assert not RefreshShard.objects.exists()
    assert not WantedMember.objects.exists()
    assert not segments_in_shards().exists()


WORKER = [
    sys.executable,
    "-m",
    "celery",
    "--quiet",
    "--app",
    "segmentation_site",
    "worker",
    "--pool",
    "solo",
    "--without-gossip",
    "--without-mingle",
]


@pytest.mark.skipif(not REDIS, reason="needs Redis (TEST_REDIS_URL)")
def test_three_worker_processes_share_a_segment_and_one_is_killed(big):
    Redis.from_url(REDIS).flushdb()
    environment = worker_environment(SHARD_CUSTOMERS="3", LEASE_SECONDS="2")
    workers = [
        subprocess.Popen(
            [*WORKER, "--hostname", f"w{number}@test"],
            env=environment,
            cwd=settings.BASE_DIR,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(3)
    ]
    # The test's own messages go nowhere: this is what beat does each second.
    sender = Celery("sender", broker=REDIS, set_as_current=False)
    sender.conf.task_default_queue = settings.CELERY_TASK_DEFAULT_QUEUE
    try:
        run = request_refresh(big)
        RefreshRun.objects.update(woken_at=None)
        ticks = count()

        def is_finished():
            if next(ticks) == 20:
                os.kill(workers[0].pid, signal.SIGKILL)
            sender.send_task("segments.tick")
            run.refresh_from_db()
            return run.outcome

        eventually(is_finished)
        assert (run.state, run.entered) == ("completed", 5)
        assert numbers(big) == ["c1", "c3", "c5", "c7", "c9"]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
        sender.close()
        Redis.from_url(REDIS).flushdb()
