"""A Kafka of tests: librdkafka's mock cluster, which lives in the process of one producer."""

import itertools
import json
import logging
from dataclasses import dataclass

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from customers.events.kafka import configuration, reading

# As many as each topic of the mock cluster has.
PARTITIONS = 4


@dataclass(frozen=True)
class Sent:
    """A message as it is read."""

    text: bytes | None
    at: int = 0
    more: tuple[tuple[str, bytes], ...] = ()

    def topic(self):
        return "shop"

    def partition(self):
        return 3

    def offset(self):
        return self.at

    def key(self):
        return b"key"

    def value(self):
        return self.text

    def headers(self):
        return list(self.more) or None


def saved(number, **data):
    """Return the event that saves a customer; all are of one time, so that the last one counts."""
    return {
        "type": "customer.saved",
        "id": f"{number}",
        "occurred_at": "2026-05-01T00:00:00Z",
        "data": data,
    }


def login(number, customer):
    return {
        "type": "login",
        "id": f"{number}",
        "occurred_at": "2026-05-01T00:00:00Z",
        "data": {"customer": customer, "logged_in_at": "2026-05-01T00:00:00Z"},
    }


class Kafka:
    """A cluster with what tests write there and look at; each test takes topics of its own."""

    def __init__(self):
        quiet = logging.getLogger("mock cluster")
        quiet.setLevel(logging.CRITICAL)
        self.producer = Producer(
            {"bootstrap.servers": "none", "test.mock.num.brokers": 1}, logger=quiet
        )
        brokers = self.producer.list_topics(timeout=10).brokers.values()
        self.servers = ",".join(f"{one.host}:{one.port}" for one in brokers)
        self._numbers = itertools.count(1)

    def topic(self):
        """Return a name that no other test uses."""
        return f"topic-{next(self._numbers)}"

    def write(self, topic, *events, partition=0):
        """Write messages, JSON or bytes as they are, to one partition, in their order."""
        for one in events:
            value = one if isinstance(one, bytes | None) else json.dumps(one).encode()
            self.producer.produce(topic, value, partition=partition)
        assert self.producer.flush(10) == 0

    def committed(self, group, topic):
        """Return from which offset the group would go on, by partition; 0 where it has none."""
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": group})
        asked = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        found = consumer.committed(asked, timeout=10)
        consumer.close()
        return [max(one.offset, 0) for one in found]

    def commit(self, group, topic, offsets):
        """Have a group in which nobody has been yet go on from `offsets`."""
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": group})
        asked = [TopicPartition(topic, number, at) for number, at in enumerate(offsets)]
        consumer.commit(offsets=asked, asynchronous=False)
        consumer.close()

    def read(self, topic):
        """Return all messages of a topic."""
        consumer = Consumer(
            {"bootstrap.servers": self.servers, "group.id": "test", "enable.partition.eof": True}
        )
        consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
        found, ends = [], 0
        while ends < PARTITIONS:
            message = consumer.poll(10)
            if message.error() is None:
                found.append(message)
            else:
                ends += 1
        consumer.close()
        return found


@pytest.fixture(scope="session")
def cluster():
    return Kafka()


@pytest.fixture
def kafka(cluster, settings, monkeypatch):
    """The cluster, as the settings name it; whoever reads there begins at once."""
    settings.KAFKA_BOOTSTRAP_SERVERS = cluster.servers
    monkeypatch.setitem(configuration.READING, "fetch.wait.max.ms", 20)
    # Groups of the older protocol wait three seconds for others before anybody reads.
    monkeypatch.setitem(configuration.READING, "group.protocol", "consumer")
    monkeypatch.setattr(reading, "SHORTEST", 0.05)
    return cluster


@pytest.fixture(autouse=True)
def no_signs_of_life(monkeypatch):
    """Note no process: the thread that does would outlive the test."""
    monkeypatch.setattr(
        "customers.management.commands.consume_events.show_process", lambda role: None
    )
