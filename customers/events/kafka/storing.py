"""From messages to stored events, by the way of `POST events`, and which messages are refused."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from core.problems import Invalid, Problem
from core.text.json_documents import read_document
from customers.events.reading import MOST_EVENTS
from customers.events.receiving.request import receive

# Where an event stands in a list, and the place in it.
IN_A_LIST = re.compile(r"\[(\d+)\](.*)", re.DOTALL)


class Message(Protocol):
    """The parts of a Kafka message that are read."""

    def topic(self) -> str: ...

    def partition(self) -> int: ...

    def offset(self) -> int: ...

    def key(self) -> bytes | None: ...

    def value(self) -> bytes | None: ...

    def headers(self) -> list[tuple[str, bytes]] | None: ...


@dataclass(frozen=True)
class Refusal:
    """A message of which something is not stored; paths are those within its value."""

    message: Message
    problems: Sequence[Problem]


@dataclass
class Stored:
    """The outcome of messages: counts of their events as in `Taken`, and the refusals."""

    accepted: int = 0
    repeated: int = 0
    older: int = 0
    erased: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def store(messages: Sequence[Message], *, most: int = MOST_EVENTS) -> Stored:
    """Store the valid events of `messages` in their order; invalid ones do not stop the others.

    A transaction has at most `most` events, or the events of one message. Database errors
    propagate: the events of earlier transactions stay stored, and count as repeated later.
    """
    stored = Stored()
    problems: dict[int, list[Problem]] = {}
    for part in _parts(_read(messages, problems), most):
        taken = receive(part.body, partial=True)
        stored.accepted += taken.accepted
        stored.repeated += taken.repeated
        stored.older += taken.older
        stored.erased += taken.erased
        for one in taken.problems:
            number, inside = part.owner(one)
            problems.setdefault(number, []).append(inside)
    stored.refusals = [Refusal(messages[number], problems[number]) for number in sorted(problems)]
    return stored


def _read(
    messages: Sequence[Message], problems: dict[int, list[Problem]]
) -> Iterator[tuple[int, Any]]:
    """Yield the number of each message that can be read, with its document."""
    for number, message in enumerate(messages):
        value = message.value()
        if value is None:
            text = _("A message without a value tells of no event.")
            problems[number] = [Problem("", "no_value", text)]
            continue
        try:
            # As many bytes as the body of a request may have.
            yield number, read_document(value, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        except Invalid as error:
            problems[number] = error.problems


class _Part:
    """The documents of one transaction, each with the number of its message."""

    def __init__(self) -> None:
        self._documents: list[tuple[int, Any]] = []
        self._size = 0
        self._names: set[tuple[str, str]] = set()

    def has_room(self, document: Any, most: int) -> bool:
        """Return whether a document may be added.

        A document that repeats an event has no room: an event counts as repeated only if the event
        is stored, and a refused event is not.
        """
        return self._size + _size(document, most) <= most and self._names.isdisjoint(
            _names(document)
        )

    def add(self, number: int, document: Any, most: int) -> None:
        """Have the events of a document stored behind those of the others."""
        self._documents.append((number, document))
        self._size += _size(document, most)
        self._names.update(_names(document))

    @property
    def body(self) -> Any:
        """The body of a request with the same events."""
        if len(self._documents) == 1:
            # Unchanged, so that `receive` also sees a document that is refused as a whole.
            return self._documents[0][1]
        return [event for _number, document in self._documents for event in _events(document)]

    def owner(self, problem: Problem) -> tuple[int, Problem]:
        """Return the number of the message with the problem, and the problem within that message.

        Raises AssertionError for a problem without an event, which `receive` never returns.
        """
        if len(self._documents) == 1:
            return self._documents[0][0], problem
        place = IN_A_LIST.fullmatch(problem.path)
        assert place is not None, "each problem of a list is one of an event in it"
        before = int(place[1])
        for number, document in self._documents:
            events = _events(document)
            if before < len(events):
                path = f"[{before}]{place[2]}" if events is document else place[2].lstrip(".")
                return number, replace(problem, path=path)
            before -= len(events)
        raise AssertionError("the list was longer than its documents")


def _parts(documents: Iterable[tuple[int, Any]], most: int) -> Iterator[_Part]:
    part = None
    for number, document in documents:
        if part is None:
            part = _Part()
        elif not part.has_room(document, most):
            yield part
            part = _Part()
        part.add(number, document, most)
    if part is not None:
        yield part


def _size(document: Any, most: int) -> int:
    """Return how much room a document takes; an empty list is alone, to be refused."""
    return len(_events(document)) or most


def _names(document: Any) -> Iterator[tuple[str, str]]:
    """Yield type and id of the events of a document, as far as they have them."""
    for one in _events(document):
        if isinstance(one, Mapping):
            yield str(one.get("type")), str(one.get("id"))


def _events(document: Any) -> list[Any]:
    """Return the events of a document, which is one or a list."""
    return document if isinstance(document, list) else [document]
