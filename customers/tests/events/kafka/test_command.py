"""The command: what it is told, what it says where that cannot be, and how it ends."""

import io
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from customers.events.kafka import configuration
from customers.models import Customer
from customers.tests.events.kafka.conftest import saved


@pytest.mark.django_db
def test_it_reads_the_topics_of_the_settings_and_keeps_what_is_refused(kafka, settings):
    topics = settings.KAFKA_TOPICS = [kafka.topic(), kafka.topic()]
    settings.KAFKA_REFUSED_TOPIC = kafka.topic()
    kafka.write(topics[0], saved(1, id="c1"), b"{")
    kafka.write(topics[1], saved(2, id="c2"))
    out = io.StringIO()
    call_command("consume_events", "--once", "--group", topics[0], "--batch", "2", stdout=out)
    assert out.getvalue().startswith("read 3, refused 1, accepted 2,")
    assert Customer.objects.count() == 2
    assert [one.value() for one in kafka.read(settings.KAFKA_REFUSED_TOPIC)] == [b"{"]
    assert kafka.committed(topics[0], topics[0])[0] == 2


@pytest.mark.django_db
def test_without_a_topic_for_it_a_refused_message_ends_it(kafka):
    topic = kafka.topic()
    kafka.write(topic, b"{")
    options = ("--topic", topic, "--once", "--group", topic)
    with pytest.raises(CommandError, match=rf"{topic}/0/0 is refused: not_json\. .*--skip-refused"):
        call_command("consume_events", *options)
    call_command("consume_events", *options, "--skip-refused", stdout=io.StringIO())


@pytest.mark.django_db
def test_an_unknown_topic_is_named(kafka):
    with pytest.raises(CommandError, match="Kafka: nowhere: UNKNOWN_TOPIC_OR_PART"):
        call_command("consume_events", "--topic", "nowhere", "--once")


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "given", "said"),
    [
        ([], {}, "Which topics"),
        (["--topic", "shop"], {}, "KAFKA_BOOTSTRAP_SERVERS"),
        (
            ["--topic", "shop"],
            {"KAFKA_BOOTSTRAP_SERVERS": "one:1", "KAFKA_SECURITY_PROTOCOL": "telnet"},
            "security.protocol",
        ),
        (["--topic", "^.*"], {}, "“\\^.\\*” is not the name of a topic"),
        (["--topic", "shop"], {"KAFKA_BOOTSTRAP_SERVERS": " ,,"}, "KAFKA_BOOTSTRAP_SERVERS"),
        (["--topic", "shop", "--group", ""], {}, "Which group"),
        (["--topic", "shop"], {"KAFKA_GROUP": " "}, "Which group"),
        (["--topic", "shop", "--batch", "0"], {}, "--batch: from 1 to 1,000"),
        (["--topic", "shop", "--batch", "1001"], {}, "--batch: from 1 to 1,000"),
        (["--topic", "shop"], {"KAFKA_REFUSED_TOPIC": "a b"}, "“a b” is not the name"),
        (["--topic", "shop"], {"KAFKA_REFUSED_TOPIC": "shop"}, "with --once only"),
    ],
)
def test_what_cannot_be_is_said(settings, options, given, said):
    for name, value in given.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError, match=said):
        call_command("consume_events", *options)


@pytest.mark.once
def test_the_extra_is_named_where_it_is_missing(settings, monkeypatch):
    settings.KAFKA_BOOTSTRAP_SERVERS = "localhost:1"
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(CommandError, match="bin/prepare kafka"):
        call_command("consume_events", "--topic", "shop")


@pytest.mark.once
def test_the_settings_are_told_to_the_library(settings, monkeypatch):
    def given(configuration, logger):
        return configuration

    library = SimpleNamespace(Consumer=given, Producer=given, KafkaException=OSError)
    monkeypatch.setattr(configuration, "library", lambda: library)
    settings.KAFKA_BOOTSTRAP_SERVERS = "one:9093,two:9093"
    assert "security.protocol" not in configuration.consumer("g")
    settings.KAFKA_SECURITY_PROTOCOL = "SASL_SSL"
    settings.KAFKA_SASL_MECHANISM = "SCRAM-SHA-512"
    settings.KAFKA_SASL_USERNAME = "shop"
    settings.KAFKA_SASL_PASSWORD = "$ecret"
    settings.KAFKA_CA_FILE = "/etc/ca.pem"
    for found in (configuration.consumer("g"), configuration.producer()):
        assert {
            "bootstrap.servers": "one:9093,two:9093",
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": "shop",
            "sasl.password": "$ecret",
            "ssl.ca.location": "/etc/ca.pem",
        }.items() <= found.items()
    assert configuration.consumer("g")["group.id"] == "g"
