"""Consumers that are killed, each at its worst moment: nothing is lost or counts twice."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from django.conf import settings
from django.db import connection

from customers.events.kafka import configuration
from customers.events.receiving import batch
from customers.events.receiving.received import remember
from customers.models import Login, ReceivedEvent
from customers.tests.events.kafka.conftest import PARTITIONS, login
from customers.tests.events.kafka.test_reading import read
from customers.tests.rows import a_customer
from customers.tests.waiting import eventually

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs a database for processes"),
    pytest.mark.django_db(transaction=True),
]

EVENTS = 5
# The older protocol, in which the consumer says itself after how many seconds of silence it is
# dead; longer than the mock cluster waits for a group to come together.
DEAD = {"session.timeout.ms": 4_000, "heartbeat.interval.ms": 500, "fetch.wait.max.ms": 20}
CHILD = """
    import json, os, sys
    import django
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from customers.events.receiving import batch
    from customers.events.kafka import configuration, reading

    database, more, moment = sys.argv[1:]
    connection.settings_dict["NAME"] = database
    configuration.READING.update(json.loads(more))

    def killed_at_its_third_batch(work, has_something):
        calls = []
        def killed(given):
            if has_something(given):
                calls.append(1)
            if len(calls) == 3:
                os.kill(os.getpid(), 9)
            return work(given)
        return killed

    if moment == "in the transaction":
        batch.remember = killed_at_its_third_batch(batch.remember, bool)
    elif moment == "before the commit":
        reading.Reader._commit = killed_at_its_third_batch(
            reading.Reader._commit, lambda reader: bool(reader._stored)
        )
    call_command("consume_events", "--batch", "1")
"""


def consuming(kafka, topic, moment, more):
    """Start a consumer of its own process, which is killed at a moment of its third batch."""
    database = connection.settings_dict["NAME"]
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), database, json.dumps(more), moment],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "segmentation_site.settings",
            "KAFKA_BOOTSTRAP_SERVERS": kafka.servers,
            "KAFKA_TOPICS": topic,
            "KAFKA_GROUP": topic,
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def some_are_stored_by_the_dead(kafka, topic, *, together):
    """Write all events; have two of one group die. Return how many are committed and stored."""
    a_customer("c1")
    for partition in range(PARTITIONS):
        events = [login(f"{partition} {n}", "c1") for n in range(EVENTS)]
        kafka.write(topic, *events, partition=partition)
    dying = []
    for moment in ("in the transaction", "before the commit"):
        dying.append(consuming(kafka, topic, moment, DEAD))
        if not together:
            dying[-1].wait(60)
    for one in dying:
        one.communicate(timeout=60)
    assert [one.returncode for one in dying] == [-signal.SIGKILL] * 2
    return sum(kafka.committed(topic, topic)), Login.objects.count()


def the_rest_is_stored(kafka, topic, monkeypatch, committed, stored):
    assert stored == ReceivedEvent.objects.count() < PARTITIONS * EVENTS
    for name, value in DEAD.items():
        monkeypatch.setitem(configuration.READING, name, value)
    monkeypatch.delitem(configuration.READING, "group.protocol")
    found = read(topic)
    assert found.accepted == PARTITIONS * EVENTS - stored
    assert found.repeated == stored - committed
    assert Login.objects.count() == ReceivedEvent.objects.count() == PARTITIONS * EVENTS
    assert kafka.committed(topic, topic) == [EVENTS] * PARTITIONS


def test_whoever_comes_after_the_dead_stores_the_rest(kafka, monkeypatch):
    topic = kafka.topic()
    committed, stored = some_are_stored_by_the_dead(kafka, topic, together=False)
    # What the second had stored at last nobody has committed.
    assert committed < stored
    the_rest_is_stored(kafka, topic, monkeypatch, committed, stored)


def test_so_does_who_comes_after_two_that_shared_the_partitions(kafka, monkeypatch):
    topic = kafka.topic()
    committed, stored = some_are_stored_by_the_dead(kafka, topic, together=True)
    # How many depends on when they met: commits amid a rebalance are refused, and what the first
    # of the dead had not committed the other one may have read, too.
    assert committed <= stored
    the_rest_is_stored(kafka, topic, monkeypatch, committed, stored)


def test_a_signal_ends_it_with_everything_committed(kafka):
    topic = kafka.topic()
    a_customer("c1")
    kafka.write(topic, *[login(n, "c1") for n in range(EVENTS)])
    process = consuming(kafka, topic, "never", {"group.protocol": "consumer"})
    try:
        eventually(lambda: Login.objects.count() == EVENTS)
        os.kill(process.pid, signal.SIGTERM)
        out, _err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert out.startswith(f"read {EVENTS}, refused 0, accepted {EVENTS},")
    assert kafka.committed(topic, topic)[0] == EVENTS


def test_a_connection_that_has_ended_is_made_anew(kafka, monkeypatch, caplog):
    topic = kafka.topic()
    a_customer("c1")
    kafka.write(topic, login(1, "c1"))
    ended = []

    def end_once(rows):
        if not ended:
            ended.append(True)
            connection.connection.close()
        remember(rows)

    monkeypatch.setattr(batch, "remember", end_once)
    assert read(topic).accepted == 1
    assert caplog.text.count("Database: OperationalError; tried again") == 1
    assert Login.objects.count() == 1
