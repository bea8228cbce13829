"""The trace of a batch of changed customers, and the traces of the requests that caused it.

A batch evaluates many customers at once, so it has a trace of its own, which links to the requests
that marked them. Each of these requests gets a span with the batch's times in its own trace;
deliveries to webhooks continue that trace.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from core.clock import now
from core.tracing.spans import is_tracing, record_span, root_span
from core.tracing.stored_context import ContextKind, keep_contexts, take_contexts


class BatchTrace:
    """The values that a batch reports: `judged_at` is the instant that the change log records."""

    judged_at: datetime | None = None


@contextmanager
def traced_batch(customers: Collection[int], began: datetime) -> Iterator[BatchTrace]:
    """Trace a batch of `customers` (internal keys) that began at an aware instant.

    Call it in the transaction that took their marks. Runs no query where tracing is off.
    """
    trace = BatchTrace()
    if not is_tracing():
        yield trace
        return
    causes = take_contexts(ContextKind.MARKED, customers)
    links = list(dict.fromkeys(context for _customer, context in causes))
    with root_span("membership.batch", at=began, links=links, customers=len(customers)) as span:
        yield trace
        until = now()
        judged = {
            cause: record_span(
                "membership.judge",
                parent=cause,
                links=[span.traceparent],
                since=began,
                until=until,
            )
            for cause in links
        }
        kept = [(customer, judged[cause]) for customer, cause in causes]
        keep_contexts(ContextKind.JUDGED, kept, trace.judged_at or until)
