"""Logs refused messages without their content, and keeps the messages in a topic."""

import json
import logging
import re
from collections.abc import Sequence
from typing import Any

from core.api.refusals import as_json
from core.problems import Problem
from customers.events.kafka import configuration
from customers.events.kafka.storing import Message, Refusal

logger = logging.getLogger(__name__)

# The most problems of a message that the log and a header list.
TOLD = 5
# The most characters of each text in a header: a path may contain a very long key of the sender's.
CHARACTERS = 500
# Other paths are not logged: a sender's key may be any text, such as a person's name.
PLAIN = re.compile(r"[A-Za-z0-9_.\[\]-]{0,100}")
# The headers that are added to a refused message.
PROBLEMS, TOPIC, PARTITION, OFFSET = (
    f"tranche-{name}" for name in ("problems", "topic", "partition", "offset")
)


class NotKept(Exception):
    """Raised if a refused message is not written to its topic; the text is the broker's code."""


def place_of(message: Message) -> str:
    """Return topic, partition and offset of a message, such as `shop/3/4711`."""
    return f"{message.topic()}/{message.partition()}/{message.offset()}"


def problems_in_words(problems: Sequence[Problem]) -> str:
    """Return codes and paths of `problems`, such as `missing at data.id`, without personal data."""
    told = [
        f"{one.code} at {one.path if PLAIN.fullmatch(one.path) else '...'}"
        if one.path
        else one.code
        for one in problems[:TOLD]
    ]
    more = len(problems) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")


def tell(refusals: Sequence[Refusal]) -> None:
    """Log the place of each refused message, and its problems."""
    for one in refusals:
        logger.warning("Refused %s: %s", place_of(one.message), problems_in_words(one.problems))


class RefusedTopic:
    """The topic that keeps refused messages unchanged; headers have their problems and origin."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._producer = configuration.producer()

    def keep(self, refusals: Sequence[Refusal]) -> None:
        """Write `refusals` and wait until the broker has them; raises NotKept where one fails."""
        if not refusals:
            return
        failed: list[Any] = []

        def record_delivery(error: Any, _message: Any) -> None:
            if error is not None:
                failed.append(error)

        library = configuration.library()
        try:
            for one in refusals:
                self._producer.produce(
                    self._topic,
                    one.message.value(),
                    key=one.message.key(),
                    headers=_headers(one),
                    on_delivery=record_delivery,
                )
            self._producer.flush()
        except (BufferError, library.KafkaException) as error:
            self._producer.flush()
            raise NotKept(type(error).__name__) from error
        if failed:
            raise NotKept(failed[0].name())


def _headers(refusal: Refusal) -> list[tuple[str, bytes]]:
    message = refusal.message
    problems = [
        {key: text[:CHARACTERS] for key, text in one.items()}
        for one in as_json(refusal.problems[:TOLD])
    ]
    ours = {
        PROBLEMS: json.dumps(problems),
        TOPIC: message.topic(),
        PARTITION: str(message.partition()),
        OFFSET: str(message.offset()),
    }
    theirs = [(name, value) for name, value in message.headers() or () if name not in ours]
    return theirs + [(name, value.encode()) for name, value in ours.items()]
