"""How Kafka is asked: by librdkafka, which is an extra, and with what settings."""

import logging
import re
from collections.abc import Mapping
from time import monotonic
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

# Seconds for which a repeated message is not logged again.
QUIET = 60.0
DIGITS = re.compile(r"\d+")


class OnceAMinute(logging.Filter):
    """Drops a message that, apart from its numbers, was logged less than a minute ago."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log `record`."""
        what, at = DIGITS.sub("", record.getMessage()), monotonic()
        if at - self._said.get(what, -QUIET) < QUIET:
            return False
        self._said = {one: then for one, then in self._said.items() if at - then < QUIET}
        self._said[what] = at
        return True


# The messages of librdkafka itself: several lines a second while a server is unreachable.
logger = logging.getLogger("customers.events.kafka.library")
logger.addFilter(OnceAMinute())

# Our settings by librdkafka's names; an empty setting leaves librdkafka's default.
DECLARED: Mapping[str, str] = {
    "bootstrap.servers": "KAFKA_BOOTSTRAP_SERVERS",
    "security.protocol": "KAFKA_SECURITY_PROTOCOL",
    "sasl.mechanism": "KAFKA_SASL_MECHANISM",
    "sasl.username": "KAFKA_SASL_USERNAME",
    "sasl.password": "KAFKA_SASL_PASSWORD",
    "ssl.ca.location": "KAFKA_CA_FILE",
}
READING: dict[str, Any] = {
    # A committed offset means that the events are stored, which librdkafka cannot know.
    "enable.auto.commit": False,
    # A new group or partition begins with the oldest message there: no message is skipped.
    "auto.offset.reset": "earliest",
    "enable.partition.eof": True,
    # The prefetch (KB) while the database works, in addition to the batch in work.
    "queued.max.messages.kbytes": 16_384,
}
WRITING: dict[str, Any] = {
    "acks": "all",
    # A copy of a message has more headers than the message; the size limit is the broker's.
    "message.max.bytes": 1_000_000_000,
    # Less than the time (ms) after which a group takes a silent consumer's partitions away.
    "message.timeout.ms": 60_000,
}


# Of servers that others have named; librdkafka has no patience with those of the settings.
PATIENT = {"reconnect.backoff.ms": 1_000, "reconnect.backoff.max.ms": 60_000}


class NotReady(Exception):
    """Raised if a requirement of the Kafka client is missing; the text names the requirement."""


def library() -> Any:
    """Return the module `confluent_kafka`; raises NotReady where the extra is not installed."""
    try:
        import confluent_kafka
    except ImportError as error:
        raise NotReady(_("Kafka needs the extra “kafka”: bin/prepare kafka")) from error
    return confluent_kafka


def consumer(group: str) -> Any:
    """Return a consumer that is one of `group`."""
    return _made(library().Consumer, {**READING, "group.id": group})


def producer() -> Any:
    """Return a producer whose messages count as written when every replica in sync has them."""
    return _made(library().Producer, WRITING)


def _made(kind: Any, more: Mapping[str, Any]) -> Any:
    try:
        return kind({**_connection(), **more}, logger=logger)
    except library().KafkaException as error:
        raise NotReady(error.args[0].str()) from error


def _connection() -> dict[str, Any]:
    if not settings.KAFKA_BOOTSTRAP_SERVERS.strip(", "):
        raise NotReady(_("KAFKA_BOOTSTRAP_SERVERS names no server."))
    given = {name: getattr(settings, setting) for name, setting in DECLARED.items()}
    return {
        "client.id": "tranche",
        **PATIENT,
        **{name: value for name, value in given.items() if value},
    }
