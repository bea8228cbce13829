"""Spans as the product makes them: nothing happens, at next to no cost, until a backend is used.

Everything in the product calls `span` and never a library of traces. `core.tracing.setup` installs
the backend where `OTEL_EXPORTER_OTLP_ENDPOINT` is set. No name and no attribute may hold personal
data or a secret: codes of segments, numbers of runs and counts are what belongs here.

A *context* is the text by which a span is continued elsewhere: the `traceparent` of W3C, with the
number of database spans that the trace may still have behind a semicolon. It is empty where there
is no span or the span is not sampled, so that nothing is kept of a request that nobody will see.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

Value = str | int | float | bool
# A context's text is shorter: it has 55 characters of traceparent and a number.
LONGEST_CONTEXT = 64
# A batch links to so many causes at most.
MOST_LINKS = 100


class SpanKind(Enum):
    """The kind of a span, by who is on the other side."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"


class Span:
    """A span under way, or none: attributes given to none are forgotten."""

    # The `traceparent` header for another server; empty where the span is not sampled.
    traceparent = ""

    def set(self, **attributes: Value) -> None:
        """Set attributes of the span."""

    def rename(self, name: str) -> None:
        """Give the span the name that is known by now."""

    def fail(self, error_type: str) -> None:
        """Note that what the span is about has failed."""


@dataclass(frozen=True)
class SpanStart:
    """The start of a span.

    `parent` is a context of another process; without one the current span is the parent, unless
    `is_root`. `links` are contexts. `at` is the aware instant at which it began, now unless given.
    """

    name: str
    kind: SpanKind = SpanKind.INTERNAL
    parent: str = ""
    is_root: bool = False
    links: Sequence[str] = ()
    at: datetime | None = None
    attributes: Mapping[str, Value] | None = None


class Backend(Protocol):
    """A maker of spans."""

    def open(self, start: SpanStart) -> AbstractContextManager[Span]:
        """Make a span that is current while the block works."""

    def record(self, start: SpanStart, until: datetime) -> str:
        """Make a span that has ended at `until`, and return its context."""

    def context(self, *, shares_budget: bool) -> str:
        """Return the context of the current span; with a share of its database spans, if asked."""

    def trace_id(self) -> str:
        """Return the id of the current trace, empty where it is not sampled."""


NO_SPAN = Span()
_backend: Backend | None = None


def use_backend(backend: Backend | None) -> None:
    """Make spans with `backend` from now on; with None make none."""
    global _backend
    _backend = backend


def is_tracing() -> bool:
    """Return whether this process makes spans."""
    return _backend is not None


def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: str = "",
    links: Sequence[str] = (),
    **attributes: Value,
) -> AbstractContextManager[Span]:
    """Make a span while the block works; an error that leaves the block is noted by its type."""
    if _backend is None:
        return nullcontext(NO_SPAN)
    return _backend.open(SpanStart(name, kind, parent, False, links, None, attributes))


def server_span(
    name: str, *, parent: str, link: str, **attributes: Value
) -> AbstractContextManager[Span]:
    """Make the span of a request: below `parent`, else of a trace of its own that links to `link`.

    Both are the `traceparent` that came with the request; `parent` is empty where it is not
    trusted.
    """
    if _backend is None:
        return nullcontext(NO_SPAN)
    links = [] if parent else [link]
    is_root = not parent
    return _backend.open(SpanStart(name, SpanKind.SERVER, parent, is_root, links, None, attributes))


def root_span(
    name: str, *, at: datetime, links: Sequence[str] = (), **attributes: Value
) -> AbstractContextManager[Span]:
    """Make a span that begins a trace of its own, from `at` (aware) on."""
    if _backend is None:
        return nullcontext(NO_SPAN)
    return _backend.open(SpanStart(name, is_root=True, links=links, at=at, attributes=attributes))


def record_span(
    name: str, *, parent: str, links: Sequence[str], since: datetime, until: datetime
) -> str:
    """Make a span between two aware instants, and return its context."""
    if _backend is None:
        return ""
    return _backend.record(SpanStart(name, parent=parent, links=links, at=since), until)


def current_context(*, shares_budget: bool = False) -> str:
    """Return the context of the current span; empty where none is sampled.

    `shares_budget`: work elsewhere may use half of the database spans that are left.
    """
    return "" if _backend is None else _backend.context(shares_budget=shares_budget)


def current_trace_id() -> str:
    """Return the id of the trace under way, as 32 hexadecimal digits; empty where there is none."""
    return "" if _backend is None else _backend.trace_id()
