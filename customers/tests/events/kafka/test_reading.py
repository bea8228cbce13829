"""Topics are read in order, each event counts once, and nothing is committed that is not stored."""

import json
import logging
import threading
from collections import Counter

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from django.db import DatabaseError, OperationalError

from customers.events.kafka import configuration, progress, reading
from customers.events.kafka.reading import Broken, Job, Reader, Refused
from customers.events.kafka.refused import NotKept, RefusedTopic
from customers.events.kafka.storing import Stored, store
from customers.models import Customer, Login
from customers.tests.events.kafka.conftest import PARTITIONS, Sent, login, saved
from customers.tests.rows import a_customer
from customers.tests.waiting import eventually


def read(topic, *, stop=None, **more):
    """Read a topic up to its end, as a group of its own."""
    job = Job(**{"topics": [topic], "group": topic, "most": 1000, "once": True, **more})
    reader = Reader(job, stop or threading.Event())
    reader.run()
    return reader.progress


@pytest.fixture
def failing(monkeypatch):
    """Return a function that has the next tries to store fail, one for each error."""

    def fail(*errors, seen=lambda messages: None):
        left = list(errors)

        def store_or_fail(messages, **options):
            seen(messages)
            if left:
                raise left.pop(0)
            return store(messages, **options)

        monkeypatch.setattr(reading, "store", store_or_fail)

    return fail


@pytest.mark.django_db
def test_the_events_of_a_partition_are_stored_in_order_and_once(kafka):
    topic = kafka.topic()
    for partition in range(PARTITIONS):
        number = f"c{partition}"
        versions = [saved(f"{number} {n}", id=number, first_name=f"{n}") for n in range(20)]
        kafka.write(topic, *versions, [login(f"{number} 1", number)], partition=partition)
    found = read(topic, most=7)
    count = PARTITIONS * 21
    assert (found.read, found.accepted, found.repeated) == (count, count, 0)
    assert set(Customer.objects.values_list("first_name", flat=True)) == {"19"}
    assert kafka.committed(topic, topic) == [21] * PARTITIONS

    kafka.write(topic, login("c0 2", "c0"), partition=1)
    assert str(read(topic)) == "read 1, refused 0, accepted 1, repeated 0, older 0, erased 0"
    assert kafka.committed(topic, topic) == [21, 22, 21, 21]
    assert Login.objects.count() == PARTITIONS + 1


@pytest.mark.django_db
def test_a_group_begins_anew_where_that_is_asked_for(kafka):
    topic = kafka.topic()
    a_customer("c1")
    for partition in range(2):
        kafka.write(
            topic, *[login(f"{partition} {n}", "c1") for n in range(5)], partition=partition
        )
    kafka.commit("former", topic, [3, 5, 0, 0])
    assert read(topic, group="former", from_beginning=True).accepted == 10
    assert kafka.committed("former", topic) == [5, 5, 0, 0]
    kafka.commit("later", topic, [3, 5, 0, 0])
    assert read(topic, group="later").repeated == 2


@pytest.mark.django_db
def test_the_older_protocol_of_groups_is_spoken_as_well(kafka, monkeypatch):
    monkeypatch.delitem(configuration.READING, "group.protocol")
    topic = kafka.topic()
    kafka.write(topic, saved(1, id="c1"))
    assert read(topic).accepted == 1
    assert kafka.committed(topic, topic) == [1, 0, 0, 0]


@pytest.mark.django_db
def test_what_the_database_does_not_take_is_tried_again(kafka, failing, caplog):
    topic = kafka.topic()
    a_customer("c1")
    kafka.write(topic, *[login(n, "c1") for n in range(50)])
    seen = []
    quoting = OperationalError("Key (email)=(ann@shop.example)")
    failing(
        *(quoting, DatabaseError("away"), quoting),
        seen=lambda messages: seen.append(
            (messages[0].offset(), sum(kafka.committed(topic, topic)))
        ),
    )
    assert read(topic, most=20).accepted == 50
    assert seen[:4] == [(0, 0)] * 4
    # At each try all that was stored is committed, and nothing else.
    assert all(first == committed for first, committed in seen)
    assert len(seen) > 4
    assert caplog.text.count("Database: OperationalError; tried again") == 2
    assert "ann@shop.example" not in caplog.text


@pytest.mark.django_db
def test_who_is_stopped_while_the_database_is_away_has_committed_nothing(kafka, failing):
    topic = kafka.topic()
    a_customer("c1")
    kafka.write(topic, login(1, "c1"), login(2, "c1"))
    stop = threading.Event()
    failing(*[DatabaseError("away")] * 2, seen=lambda _messages: stop.set())
    stopped = read(topic, stop=stop)
    assert stopped.read == 0
    assert kafka.committed(topic, topic) == [0] * PARTITIONS
    failing()
    assert read(topic).accepted == 2


@pytest.mark.django_db
def test_a_stop_ends_after_the_batch_under_way(kafka, failing):
    topic = kafka.topic()
    a_customer("c1")
    kafka.write(topic, *[login(n, "c1") for n in range(10)])
    stop = threading.Event()
    failing(seen=lambda _messages: stop.set())
    found = read(topic, most=4, stop=stop)
    assert 1 <= found.accepted <= 4
    assert kafka.committed(topic, topic) == [found.accepted, 0, 0, 0]


@pytest.mark.django_db
def test_what_was_stored_and_not_committed_counts_once(kafka, monkeypatch, caplog):
    topic = kafka.topic()
    a_customer("c1")
    kafka.write(topic, *[login(n, "c1") for n in range(10)])
    error = configuration.library().KafkaException(configuration.library().KafkaError(15))

    def not_answered(self):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Reader, "_commit_or_raise", not_answered)
        assert read(topic).accepted == 10
    assert "What is stored was not committed" in caplog.text
    assert kafka.committed(topic, topic) == [0] * PARTITIONS
    again = read(topic)
    assert (again.accepted, again.repeated, Login.objects.count()) == (0, 10, 10)


@pytest.mark.once
def test_two_of_a_group_share_its_partitions_and_nothing_is_read_twice(kafka, monkeypatch):
    topic = kafka.topic()
    for partition in range(PARTITIONS):
        kafka.write(topic, *[f"{n}" for n in range(40)], partition=partition)
    stored = {"first": [], "second": []}
    away = threading.Event()
    away.set()

    def noted(messages, **_options):
        name = threading.current_thread().name
        if name == "first" and away.is_set() and len(stored["first"]) >= 30:
            raise DatabaseError("away")
        stored[name] += [(one.partition(), json.loads(one.value())) for one in messages]
        return Stored(accepted=len(messages))

    monkeypatch.setattr(reading, "store", noted)
    stop = threading.Event()
    job = Job(topics=[topic], group=topic, most=10)
    one, other = Reader(job, stop), Reader(job, stop)
    threads = [
        threading.Thread(target=one.run, name="first"),
        threading.Thread(target=other.run, name="second"),
    ]
    threads[0].start()
    # It has stored some, and holds more that it cannot store.
    eventually(lambda: len(stored["first"]) >= 30)
    threads[1].start()
    eventually(lambda: len(stored["second"]) >= 40)
    away.clear()
    everything = {(partition, f"{n}") for partition in range(PARTITIONS) for n in range(40)}
    eventually(lambda: len(stored["first"]) + len(stored["second"]) >= len(everything))
    stop.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    counts = Counter(stored["first"] + stored["second"])
    assert counts == Counter(everything)
    for found in stored.values():
        for partition in range(PARTITIONS):
            numbers = [int(number) for where, number in found if where == partition]
            assert numbers == sorted(numbers)
    assert kafka.committed(topic, topic) == [40] * PARTITIONS


@pytest.mark.once
def test_a_partition_that_went_while_it_was_waited_is_read_when_it_comes_back(kafka):
    topic = kafka.topic()
    kafka.write(topic, "1", "2", "3")
    partitions = [TopicPartition(topic, 0, 0)]
    reader = Reader(Job(topics=[topic], group=topic, most=10), threading.Event())
    reader._consumer.assign(partitions)
    eventually(lambda: reader._poll(0.2))
    # As while the database is waited for.
    reader._consumer.pause(reader._consumer.assignment())
    reader._lost(None, partitions)
    reader._consumer.unassign()
    reader._poll(0.5)
    reader._consumer.assign(partitions)
    assert any(reader._poll(0.2) for _time in range(50))
    reader._consumer.close()


@pytest.mark.once
def test_what_waits_is_counted_of_partitions_of_which_nothing_was_read(kafka, settings):
    topic = kafka.topic()
    for partition, count in enumerate([5, 4, 3]):
        kafka.write(topic, *[str(n) for n in range(count)], partition=partition)
    kafka.commit(topic, topic, [2, 0, 3, 0])
    reader = Reader(Job(topics=[topic], group=topic, most=10), threading.Event())
    assert reader._lag() is None
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    reader._consumer.assign(partitions)
    reader._assigned(None, partitions)
    assert reader._lag() == 3 + 4
    reader._consumer.close()
    settings.KAFKA_BOOTSTRAP_SERVERS = "127.0.0.1:1"
    nowhere = Reader(Job(topics=[topic], group=topic, most=10), threading.Event())
    nowhere._consumer.assign(partitions)
    nowhere._assigned(None, partitions)
    assert nowhere._lag() is None
    nowhere._consumer.close()


@pytest.mark.once
def test_of_a_server_that_is_away_each_thing_is_said_once_a_minute(monkeypatch, caplog):
    at = [0.0]
    monkeypatch.setattr(configuration, "monotonic", lambda: at[0])
    monkeypatch.setattr(configuration.logger, "filters", [configuration.OnceAMinute()])
    for at[0] in (0.0, 0.5, 59.0, 60.5, 61.0):
        configuration.logger.error("broker %d is away (after %d ms)", at[0], 10 * at[0])
        configuration.logger.error("another is away")
    assert [one.getMessage() for one in caplog.records] == [
        *("broker 0 is away (after 0 ms)", "another is away"),
        *("broker 60 is away (after 605 ms)", "another is away"),
    ]


@pytest.mark.once
def test_whoever_has_no_partition_for_a_moment_is_not_at_the_end(kafka):
    topic = kafka.topic()
    reader = Reader(Job(topics=[topic], group=topic, most=10, once=True), threading.Event())
    reader._ends = {(topic, 0): 5}
    reader._assigned(None, [TopicPartition(topic, 0)])
    reader._revoked(None, [TopicPartition(topic, 0)])
    assert not reader._is_over()
    # There are more consumers than partitions.
    reader._assigned(None, [])
    assert reader._is_over()


@pytest.mark.django_db
def test_a_refused_message_is_kept_as_it_came(kafka, monkeypatch, caplog):
    topic, kept = kafka.topic(), kafka.topic()
    long = "x" * 100_000
    bad = json.dumps(saved(2, **{"id": "x", long: 1})).encode()
    kafka.write(topic, saved(1, id="c1"), bad, login(3, "c1"), None, login(4, "nobody"))
    fails = [NotKept("away")]
    keep = RefusedTopic.keep

    def keep_later(self, refusals):
        if refusals and fails:
            raise fails.pop()
        keep(self, refusals)

    with monkeypatch.context() as patch:
        patch.setattr(RefusedTopic, "keep", keep_later)
        found = read(topic, refused=RefusedTopic(kept))
    assert "A refused message was not kept: away; tried again" in caplog.text
    # What is stored already is stored again with the rest then.
    assert (found.read, found.refused, found.accepted + found.repeated) == (5, 3, 2)
    assert Login.objects.count() == 1
    assert kafka.committed(topic, topic) == [5, 0, 0, 0]
    messages = sorted(kafka.read(kept), key=lambda one: dict(one.headers())["tranche-offset"])
    assert [one.value() for one in messages] == [
        bad,
        None,
        json.dumps(login(4, "nobody")).encode(),
    ]
    headers = [{name: value.decode() for name, value in one.headers()} for one in messages]
    assert [
        (one["tranche-topic"], one["tranche-partition"], one["tranche-offset"]) for one in headers
    ] == [(topic, "0", "1"), (topic, "0", "3"), (topic, "0", "4")]
    codes = [[two["code"] for two in json.loads(one["tranche-problems"])] for one in headers]
    assert codes == [["unknown_column"], ["no_value"], ["unknown_customer"]]
    assert all(len(one["tranche-problems"]) < 5_000 for one in headers)

    # What was wrong is right now: it is read from there.
    a_customer("nobody")
    again = read(kept, refused=RefusedTopic(kept))
    assert (again.accepted, again.refused) == (1, 2)
    later = [
        one for one in kafka.read(kept) if dict(one.headers())["tranche-topic"] == kept.encode()
    ]
    assert len(later) == 2
    assert all(len(one.headers()) == 4 for one in later)


@pytest.mark.django_db
def test_without_a_topic_for_it_reading_ends_before_what_is_refused(kafka):
    topic = kafka.topic()
    kafka.write(topic, saved(1, id="c1"), b"{", saved(2, id="c2"), b"[")
    kafka.write(topic, saved(3, id="c3"), saved(4, id="c4"), partition=1)
    with pytest.raises(Refused) as found:
        read(topic)
    assert found.value.place == f"{topic}/0/1"
    assert found.value.problems == "not_json"
    assert kafka.committed(topic, topic)[0] == 1

    with pytest.raises(Refused):
        read(topic)
    passed = read(topic, skip_refused=True)
    assert passed.refused == 2
    assert kafka.committed(topic, topic) == [4, 2, 0, 0]
    assert Customer.objects.count() == 4


@pytest.mark.once
def test_nothing_to_read_ends_at_once(kafka):
    topic = kafka.topic()
    with pytest.raises(Broken, match=f"{topic}: UNKNOWN_TOPIC_OR_PART"):
        read(topic)
    kafka.producer.list_topics(topic)
    assert read(topic).read == 0


class Closing:
    """A consumer that is about to be closed: it refuses whatever it is asked."""

    def refuse(self, *args, **kwargs):
        raise KafkaException(KafkaError(KafkaError._DESTROY))

    commit = resume = assignment = refuse


@pytest.mark.once
def test_partitions_that_are_taken_away_while_it_closes_are_no_error(kafka):
    reader = Reader(Job(["shop"], "shop", most=1), threading.Event())
    reader._consumer.close()
    reader._consumer = Closing()
    reader._assigned(reader._consumer, [TopicPartition("shop", 3), TopicPartition("shop", 4)])
    reader._held = [Sent(b"1"), Sent(b"2")]
    reader._stored = {("shop", 3): 7, ("shop", 4): 8}
    reader._revoked(reader._consumer, [TopicPartition("shop", 3)])
    assert (reader._held, reader._stored) == ([], {("shop", 4): 8})


@pytest.mark.django_db
def test_each_minute_the_log_says_what_waits(kafka, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(progress, "SECONDS", 0)
    topic = kafka.topic()
    kafka.write(topic, *[saved(n, id=f"c{n}") for n in range(5)])
    read(topic, most=1)
    lines = [one.getMessage() for one in caplog.records if one.name == progress.__name__]
    waiting = {line.split(",")[0]: line.rpartition(", ")[2] for line in lines}
    waiting.pop("read 0", None)
    assert waiting == {f"read {n}": f"lag {5 - n}" for n in range(1, 6)}
