"""The trace of a batch of changed customers, and the traces of those who caused it.

A batch judges many customers at once, so it has a trace of its own, which links to the requests
that marked them. Each of these gets a span with the batch's times in its own trace, which the
deliveries to webhooks continue.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from core.clock import now
from core.tracing.kept_context import ContextKind, keep_contexts, take_contexts
from core.tracing.spans import is_tracing, record_span, root_span


class BatchTrace:
    """What the batch's work notes: `judged_at` is the instant that the change log has."""

    judged_at: datetime | None = None


@contextmanager
def traced_batch(customers: Collection[int], began: datetime) -> Iterator[BatchTrace]:
    """Trace a batch of `customers` (internal keys) that began at an aware instant.

    To be called in the transaction that took their marks; asks nothing where traces are off.
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
