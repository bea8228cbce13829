"""A scoring that is killed has written whole batches and nothing else; the next one ends it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from core.clock import now
from customers.models import Customer, CustomerGroup, DirtyCustomer, Login, Store
from predictions.history.batches import BATCH
from predictions.lifecycle.train import execute_training, request_training
from predictions.models import (
    CustomerPrediction,
    ModelVersion,
    PredictionModel,
    ScoringRun,
    ScoringState,
    TrainingRun,
)
from predictions.scoring.runs import owe_what_was_left, score
from segments.editing.saving import create_segment
from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.refreshes.execution import execute_run
from segments.models import RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from segments.tests.engine.harness import eventually, worker_environment

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]

BATCHES = 4


@pytest.fixture
def shop():
    """Four batches of customers, every second of whom has logged in."""
    store = Store.objects.get(code="default")
    group = CustomerGroup.objects.get(code="general")
    people = Customer.objects.bulk_create(
        Customer(external_id=f"K{n}", store=store, group=group, website_id=store.website_id)
        for n in range(BATCHES * BATCH)
    )
    at = now() - timedelta(days=1)
    Login.objects.bulk_create(Login(customer=one, logged_in_at=at) for one in people[::2])
    tree = {
        "match": "all",
        "conditions": [
            {"attribute": "prediction.journey_stage", "operator": "is", "value": "visitor"}
        ],
    }
    segment = create_segment(Definition("Visitors", conditions=tree), author=None).segment
    DirtyCustomer.objects.all().delete()
    refresh_segment(segment)
    RefreshRun.objects.unfinished().delete()
    return segment


def scoring():
    """Start a scoring in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "score_customers"],
        cwd=settings.BASE_DIR,
        env=worker_environment(),
        stdout=subprocess.DEVNULL,
    )


def written():
    return CustomerPrediction.objects.count()


@pytest.mark.parametrize("after", [0, 2], ids="after {} batches".format)
def test_killed_at_any_batch(shop, after):
    process = scoring()
    try:
        if after:
            eventually(lambda: written() >= after * BATCH)
        else:
            eventually(ScoringRun.objects.exists)
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.wait()
    # What the dead one had begun is undone when PostgreSQL notices.
    eventually(lambda: nobody_writes() and written() % BATCH == 0)
    half = written()
    assert half < BATCHES * BATCH
    assert ScoringRun.objects.get().state == ScoringState.RUNNING
    assert PredictionModel.objects.filter(as_of=None).exclude(deployed=None).count() == 2
    # Who has a score has all of it, and is marked where that moves them.
    stages = list(CustomerPrediction.objects.values_list("journey_stage", flat=True))
    assert {stages.count(stage) for stage in ("visitor", "registered")} == {half // 2}
    assert DirtyCustomer.objects.count() == half // 2

    run = score()
    assert run.counts["journey"]["changed"] == BATCHES * BATCH - half
    while process_changes():
        pass
    for queued in RefreshRun.objects.unfinished():
        execute_run(queued)
    assert Segment.objects.get(pk=shop.pk).members_count == BATCHES * BATCH // 2
    call_command("check_segments")


def nobody_writes():
    """Whether no other session of this database is in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        (others,) = cursor.fetchone()
    return others == 0


def test_what_a_dead_scoring_has_left_is_owed(shop):
    run = ScoringRun.objects.create(codes=["rfm"], as_of=now(), started_at=now(), seen_at=now())
    PredictionModel.objects.update(is_owed=False, run=0)
    PredictionModel.objects.filter(code="rfm").update(run=run.pk)
    owe_what_was_left()
    assert not PredictionModel.objects.filter(is_owed=True).exists()
    long_ago = now() - timedelta(seconds=settings.LEASE_SECONDS)
    ScoringRun.objects.update(seen_at=long_ago)
    owe_what_was_left()
    assert [one.code for one in PredictionModel.objects.filter(is_owed=True)] == ["rfm"]
    run.refresh_from_db()
    assert run.state == ScoringState.FAILED


TRAINING = """
import os, signal, django
django.setup()
from predictions.lifecycle import train
from predictions.kinds import KINDS

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def until(step):
    kind = type(KINDS["next_order"])
    once = kind.train
    def train_until(self, wanted, note):
        def noted(at, done, total):
            if at == step:
                die()
            note(at, done, total)
        return once(self, wanted, noted)
    kind.train = train_until

where = {where!r}
if where == "fit":
    until(where)
else:
    setattr(train, where, die)
train.execute_training({run})
"""


@pytest.mark.parametrize("where", ["fit", "_store", "gate_of", "finish"])
def test_a_training_that_is_killed_leaves_no_version(where, make_customer, make_order):
    """`gate_of` is asked before the transaction that stores all; `finish` is its last statement."""
    for number in range(101):
        customer = make_customer(f"B{number}")
        for days in (300, 250, 200 - number, 20):
            make_order(customer, now() - timedelta(days=days))
    run = request_training("next_order", wakes=False)
    program = TRAINING.format(where=where, run=run.pk)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=worker_environment(),
        cwd=settings.BASE_DIR,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert not ModelVersion.objects.filter(model__code="next_order").exists()
    run.refresh_from_db()
    assert run.state == "running"  # until its lease ends
    TrainingRun.objects.update(lease_expires_at=now())
    execute_training(run.pk)
    run.refresh_from_db()
    assert (run.state, run.version.number) == ("completed", 1)
    assert ModelVersion.objects.filter(model__code="next_order").count() == 1
