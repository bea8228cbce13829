"""Reads topics as a member of a consumer group: stores messages, then commits their offsets."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from django.conf import settings
from django.db import Error, connection

from customers.events.kafka import configuration
from customers.events.kafka.progress import Progress
from customers.events.kafka.refused import NotKept, RefusedTopic, place_of, problems_in_words, tell
from customers.events.kafka.storing import Message, Refusal, Stored, store

logger = logging.getLogger(__name__)
T = TypeVar("T")

# Seconds to wait for a message before checking whether to stop.
IDLE = 0.5
# Timeout for a broker's answer where a partition ends (seconds).
ANSWER = 10.0
# The same timeout where the answer is only logged.
SOON = 2.0
# Delays between retries (seconds): each is twice the one before, up to the longest.
SHORTEST, LONGEST = 1.0, 60.0

Partition = tuple[str, int]


class Refused(Exception):
    """A message was refused and there is no topic for refused messages: reading stops before it."""

    def __init__(self, refusal: Refusal) -> None:
        self.place, self.problems = place_of(refusal.message), problems_in_words(refusal.problems)
        super().__init__(f"{self.place}: {self.problems}")


class Broken(Exception):
    """Kafka returned an error that no retry can resolve; the text names the error."""


@dataclass(frozen=True)
class Job:
    """Read `topics` as a member of `group`, with at most `most` events in a transaction.

    `once`: stop where the topics ended at the start. `from_beginning`: the group starts again with
    the oldest retained message; no other member of the group may be reading. `refused` keeps
    refused messages; without it they are skipped (`skip_refused`) or end the reading.
    """

    topics: Sequence[str]
    group: str
    most: int
    once: bool = False
    from_beginning: bool = False
    refused: RefusedTopic | None = None
    skip_refused: bool = False


class Reader:
    """One consumer of a group."""

    def __init__(self, job: Job, stop: threading.Event) -> None:
        self._job = job
        self._stop = stop
        self._kafka = configuration.library()
        self._consumer = configuration.consumer(job.group)
        # Read and not stored yet, in their order.
        self._held: list[Message] = []
        # The offset after the last stored message of each partition that is not committed yet.
        self._stored: dict[Partition, int] = {}
        # With `once`: the end offsets of the partitions that are not read to their end yet.
        self._ends: dict[Partition, int] = {}
        self._is_assigned = False
        self.progress = Progress()

    def run(self) -> None:
        """Read until `stop` is set, or with `once` until the end; leave the group then.

        Raises Refused for a message that is to end it, Broken where there is no use in going on.
        """
        try:
            if self._begin():
                self._consumer.subscribe(
                    list(self._job.topics),
                    on_assign=self._assigned,
                    on_revoke=self._revoked,
                    on_lost=self._lost,
                )
                while not self._stop.is_set() and not self._is_over():
                    self._gather()
                    self._store()
                    self._commit()
                    self.progress.tell(self._lag)
        finally:
            # Messages that were read but not stored remain uncommitted for the group.
            self._held.clear()
            self._consumer.close()

    def _begin(self) -> bool:
        """Find the first and last offsets; return whether they were found before the stop."""
        if not (self._job.once or self._job.from_beginning):
            return True
        bounds = self._retry_until_stopped(self._bounds, self._kafka.KafkaException)
        if bounds is None:
            return False
        if self._job.once:
            self._ends = {where: high for where, (low, high) in bounds.items() if low < high}
        if not self._job.from_beginning:
            return True
        self._stored = {where: low for where, (low, _high) in bounds.items()}
        begun = self._retry_until_stopped(self._commit_or_raise, self._kafka.KafkaException)
        return begun is not None

    def _bounds(self) -> dict[Partition, tuple[int, int]]:
        """Return the first offset of each partition that is kept, and that of the next message."""
        found = {}
        for topic in self._job.topics:
            said_of = self._consumer.list_topics(topic, timeout=ANSWER).topics[topic]
            error = said_of.error
            if error is not None and error.code() == self._kafka.KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise Broken(f"{topic}: {error.name()}")
            if error is not None:
                raise self._kafka.KafkaException(error)
            for number in said_of.partitions:
                where = self._kafka.TopicPartition(topic, number)
                found[topic, number] = self._consumer.get_watermark_offsets(where, timeout=ANSWER)
        return found

    def _is_over(self) -> bool:
        if not self._job.once:
            return False
        if not self._ends:
            return True
        return self._is_assigned and self._ends.keys().isdisjoint(self._assigned_partitions())

    # Reading ------------------------------------------------------------------------------------
    def _gather(self) -> None:
        """Hold messages that have come, up to `most` messages or the bytes of a request."""
        size, patience = 0, IDLE
        while len(self._held) < self._job.most and size < settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            message = self._poll(patience)
            if message is None:
                return
            self._held.append(message)
            size += len(message.value() or b"")
            patience = 0.0

    def _poll(self, seconds: float) -> Message | None:
        """Return the next message that comes within `seconds`, if any."""
        message: Any = self._consumer.poll(seconds)
        if message is None:
            return None
        error = message.error()
        if error is None:
            self._reach((message.topic(), message.partition()), message.offset() + 1)
            found: Message = message
            return found
        if error.code() == self._kafka.KafkaError._PARTITION_EOF:
            self._ends.pop((message.topic(), message.partition()), None)
        elif error.fatal():
            raise Broken(error.str())
        else:
            configuration.logger.warning("Kafka: %s", error.str())
        return None

    def _reach(self, where: Partition, following: int) -> None:
        if where in self._ends and following >= self._ends[where]:
            del self._ends[where]

    # Storing ------------------------------------------------------------------------------------
    def _store(self) -> None:
        """Store the held messages, with retries; messages that are not stored stay uncommitted."""
        if not self._held:
            return
        stored = self._retry_until_stopped(self._store_held, (Error, NotKept))
        if stored is None:
            return
        self.progress.add(len(self._held), stored)
        ends = {}
        if stored.refusals and self._job.refused is None and not self._job.skip_refused:
            for one in reversed(stored.refusals):
                ends[_partition_of(one.message)] = one.message.offset()
        for message in self._held:
            where = _partition_of(message)
            if where not in ends or message.offset() < ends[where]:
                self._stored[where] = message.offset() + 1
        self._held.clear()
        if ends:
            self._commit()
            raise Refused(stored.refusals[0])

    def _store_held(self) -> Stored:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        stored = store(self._held, most=self._job.most)
        tell(stored.refusals)
        if self._job.refused is not None:
            self._job.refused.keep(stored.refusals)
        return stored

    def _retry_until_stopped(
        self, work: Callable[[], T], errors: type[Exception] | tuple[type[Exception], ...]
    ) -> T | None:
        """Return the result of `work`, retried on `errors` until it succeeds; None if stopped."""
        for seconds in _delays():
            try:
                return work()
            except errors as error:
                logger.warning("%s; tried again in %d s", _kind_of(error), seconds)
            self._wait(seconds)
            if self._stop.is_set():
                return None
        raise AssertionError("there is always another try")

    def _wait(self, seconds: float) -> None:
        """Wait for `seconds` or the stop, without leaving the group or reading new messages."""
        until = monotonic() + seconds
        while not self._stop.is_set() and (left := until - monotonic()) > 0:
            # A rebalance may have assigned further partitions meanwhile.
            self._consumer.pause(self._consumer.assignment())
            message = self._poll(min(left, IDLE))
            if message is not None:
                self._held.append(message)
        self._consumer.resume(self._consumer.assignment())

    # Committing ---------------------------------------------------------------------------------
    def _commit(self) -> None:
        """Commit the offsets of stored messages; log where that fails.

        After a failure a later commit includes them, or the messages are read again and their
        events are counted as `repeated`.
        """
        try:
            self._commit_or_raise()
        except self._kafka.KafkaException as error:
            logger.warning("What is stored was not committed: %s", _kind_of(error))

    def _commit_or_raise(self) -> bool:
        if self._stored:
            offsets = [
                self._kafka.TopicPartition(topic, number, offset)
                for (topic, number), offset in self._stored.items()
            ]
            for one in self._consumer.commit(offsets=offsets, asynchronous=False):
                if one.error is not None:
                    raise self._kafka.KafkaException(one.error)
            self._stored.clear()
        return True

    def _assigned(self, _consumer: Any, partitions: Any) -> None:
        self._is_assigned = True
        for one in partitions:
            logger.info("Reads %s/%d", one.topic, one.partition)

    def _revoked(self, _consumer: Any, partitions: Any) -> None:
        """Commit stored messages and forget the others: the partitions' next reader gets those."""
        self._commit()
        self._lost(_consumer, partitions)

    def _lost(self, _consumer: Any, partitions: Any) -> None:
        """Forget partitions that others read already."""
        gone = {(one.topic, one.partition) for one in partitions}
        self._held = [one for one in self._held if _partition_of(one) not in gone]
        self._stored = {where: at for where, at in self._stored.items() if where not in gone}
        self._is_assigned = False
        # An error that left this callback would end the process: the library raises an object that
        # is no exception. Calls fail where the consumer is about to be closed.
        with suppress(self._kafka.KafkaException):
            # A paused partition would still be paused when it is assigned again, and not be read.
            self._consumer.resume(partitions)
        with suppress(self._kafka.KafkaException):
            # Between two assignments it is unknown whether messages are left to read.
            self._is_assigned = bool(self._assigned_partitions() - gone)

    def _assigned_partitions(self) -> set[Partition]:
        return {(one.topic, one.partition) for one in self._consumer.assignment()}

    def _lag(self) -> int | None:
        """Return how many messages wait in the partitions read here; None where unknown."""
        if not self._is_assigned:
            return None
        waiting = 0
        try:
            for one in self._consumer.position(self._consumer.assignment()):
                low, high = self._consumer.get_watermark_offsets(one, timeout=SOON)
                waiting += max(high - self._following(one, low), 0)
        except self._kafka.KafkaException:
            return None  # Reading continues without a lag.
        return waiting

    def _following(self, position: Any, low: int) -> int:
        """Return the offset that is read next where this is the position, and `low` the oldest."""
        if position.offset >= 0:
            return int(position.offset)
        (committed,) = self._consumer.committed([position], timeout=SOON)
        return max(int(committed.offset), low)


def _partition_of(message: Message) -> Partition:
    return message.topic(), message.partition()


def _delays() -> Iterator[float]:
    seconds = SHORTEST
    while True:
        yield seconds
        seconds = min(2 * seconds, LONGEST)


def _kind_of(error: Exception) -> str:
    """Return the kind of an error without its text: a database error may quote stored values."""
    if isinstance(error, NotKept):
        return f"A refused message was not kept: {error}"
    if isinstance(error, Error):
        state = getattr(error.__cause__, "sqlstate", None)
        return f"Database: {type(error).__name__}" + (f" {state}" if state else "")
    return f"Kafka: {error.args[0].str()}"
