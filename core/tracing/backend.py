"""Spans as OpenTelemetry makes them; imported only where it is on and its packages are there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace import Tracer
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    use_span,
)
from opentelemetry.trace import SpanKind as TheirKind

from core.tracing.spans import MOST_LINKS, NO_SPAN, Span, SpanKind, SpanStart, Value

# A trace has so many spans of the database at most, however many processes it goes through.
MOST_STATEMENTS = 100
TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:;([0-9]{1,3}))?"
)
KINDS = {
    SpanKind.INTERNAL: TheirKind.INTERNAL,
    SpanKind.SERVER: TheirKind.SERVER,
    SpanKind.CLIENT: TheirKind.CLIENT,
}


@dataclass
class Budget:
    """How many spans of the database this part of a trace may still have."""

    left: int


_budget: ContextVar[Budget | None] = ContextVar("statement_budget", default=None)


class OpenSpan(Span):
    """A sampled span under way."""

    def __init__(self, span: SdkSpan) -> None:
        self._span = span
        self.traceparent = traceparent_of(span.get_span_context())

    def set(self, **attributes: Value) -> None:
        """Set attributes of the span."""
        self._span.set_attributes(attributes)

    def rename(self, name: str) -> None:
        """Give the span the name that is known by now."""
        self._span.update_name(name)

    def fail(self, error_type: str) -> None:
        """Note that what the span is about has failed; no message, which may quote anything."""
        self._span.set_status(Status(StatusCode.ERROR))
        self._span.set_attribute("error.type", error_type)


class OpenTelemetryBackend:
    """Makes spans with `tracer`; one that follows sampled spans, with `sampling_tracer`."""

    def __init__(self, tracer: Tracer, sampling_tracer: Tracer) -> None:
        self._tracer, self._sampling_tracer = tracer, sampling_tracer

    @contextmanager
    def open(self, start: SpanStart) -> Iterator[Span]:
        """Make a span that is current while the block works."""
        parent, share = parse_context(start.parent)
        span = self._start_span(start, parent)
        if not span.is_recording():
            token = _budget.set(Budget(0))
        elif start.is_root or _budget.get() is None or parent is not None:
            token = _budget.set(Budget(MOST_STATEMENTS if parent is None else share))
        else:
            token = None
        try:
            with use_span(span, True, record_exception=False, set_status_on_exception=False):
                if not span.is_recording():
                    yield NO_SPAN
                    return
                opened = OpenSpan(span)
                try:
                    yield opened
                except BaseException as error:
                    opened.fail(type(error).__qualname__)
                    raise
        finally:
            if token is not None:
                _budget.reset(token)

    def record(self, start: SpanStart, until: datetime) -> str:
        """Make a span that has ended at `until`, and return its context."""
        span = self._start_span(start, parse_context(start.parent)[0])
        span.end(end_time=_nanoseconds(until))
        found = span.get_span_context()
        return traceparent_of(found) if found.trace_flags.sampled else ""

    def context(self, *, shares_budget: bool) -> str:
        """Return the context of the current span, empty where it is not sampled."""
        found = trace.get_current_span().get_span_context()
        if not (found.is_valid and found.trace_flags.sampled):
            return ""
        budget = _budget.get()
        if not shares_budget or budget is None or budget.left < 2:
            return traceparent_of(found)
        share = budget.left // 2
        budget.left -= share
        return f"{traceparent_of(found)};{share}"

    def trace_id(self) -> str:
        """Return the id of the current trace, empty where it is not sampled."""
        found = trace.get_current_span().get_span_context()
        return f"{found.trace_id:032x}" if found.is_valid and found.trace_flags.sampled else ""

    @contextmanager
    def statement(self, name: str, attributes: dict[str, str]) -> Iterator[None]:
        """Make a span of the database within a sampled one, as long as the trace may have more."""
        budget = _budget.get()
        if budget is None or budget.left <= 0:
            yield
            return
        budget.left -= 1
        with self.open(SpanStart(name, SpanKind.CLIENT, attributes=attributes)):
            yield

    def _start_span(self, start: SpanStart, parent: SpanContext | None) -> SdkSpan:
        links = [found for one in start.links[:MOST_LINKS] if (found := parse_context(one)[0])]
        # A context from outside does not decide about sampling: a server's span only links to it.
        is_own = start.is_root and start.kind is SpanKind.INTERNAL
        follows = is_own and any(one.trace_flags.sampled for one in links)
        tracer = self._sampling_tracer if follows else self._tracer
        context = Context() if start.is_root else None
        if parent is not None:
            context = trace.set_span_in_context(NonRecordingSpan(parent), Context())
        return tracer.start_span(
            start.name,
            context,
            KINDS[start.kind],
            dict(start.attributes or {}),
            [Link(one) for one in links],
            None if start.at is None else _nanoseconds(start.at),
            record_exception=False,
            set_status_on_exception=False,
        )


def parse_context(context: str) -> tuple[SpanContext | None, int]:
    """Return the span of a context and its share of database spans; None where it names none."""
    found = TRACEPARENT.fullmatch(context)
    if found is None:
        return None, 0
    trace_id, span_id, flags, share = found.groups()
    sampled = TraceFlags(int(flags, 16) & TraceFlags.SAMPLED)
    span = SpanContext(int(trace_id, 16), int(span_id, 16), True, sampled)
    return (span if span.is_valid else None), min(int(share or 0), MOST_STATEMENTS)


def traceparent_of(span: SpanContext) -> str:
    """Return the `traceparent` of W3C that names `span`."""
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{int(span.trace_flags):02x}"


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1_000
