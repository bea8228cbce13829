"""Sends spans to the collector: a bounded queue, a thread that empties it, a counter of losses.

Nothing here lets a request wait. A span that ends while the queue is full is dropped and counted,
as are those that the collector did not take. After a fork the child begins with an empty queue, a
thread and a connection of its own.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from weakref import WeakSet

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

logger = logging.getLogger(__name__)

QUEUE = 2_048
BATCH = 512
SECONDS_BETWEEN_LINES = 60.0
# A process waits for its last spans for so long, then lets the connection go.
SECONDS_AT_END = 4.0
SECONDS_TO_LET_GO = 1.0

_processors: "WeakSet[QueueingProcessor]" = WeakSet()


class QueueingProcessor(SpanProcessor):
    """Queues spans that have ended; `make_exporter` makes what the process's thread sends with."""

    def __init__(self, make_exporter: Callable[[], SpanExporter], every: float) -> None:
        self._make_exporter, self._every = make_exporter, every
        self.restart()
        _processors.add(self)

    def restart(self) -> None:
        """Begin with an empty queue and without a thread, as a child does after a fork."""
        self._lock = threading.Lock()
        self._queue: deque[ReadableSpan] = deque()
        self._wake, self._over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._exporter: SpanExporter | None = None
        self._dropped = 0
        self._line_at = -SECONDS_BETWEEN_LINES

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a sampled span, or count it as dropped where the queue is full."""
        if not span.context.trace_flags.sampled or self._over.is_set():
            return
        with self._lock:
            if len(self._queue) >= QUEUE:
                self._dropped += 1
                return
            self._queue.append(span)
            if self._thread is None:
                self._thread = threading.Thread(target=self._go_on, name="spans", daemon=True)
                self._thread.start()
        if len(self._queue) >= BATCH:
            self._wake.set()

    def take_dropped(self) -> int:
        """Return how many spans were dropped since the last call."""
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        return dropped

    def shutdown(self) -> None:
        """Send the queued spans, for at most five seconds."""
        self._over.set()
        self._wake.set()
        if self._thread is None:
            return
        self._thread.join(SECONDS_AT_END)
        if self._thread.is_alive() and self._exporter is not None:
            self._exporter.shutdown()
            self._thread.join(SECONDS_TO_LET_GO)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Have the queue emptied now; returns whether it is."""
        ends = time.monotonic() + timeout_millis / 1000
        self._wake.set()
        while self._queue and time.monotonic() < ends:
            time.sleep(0.01)
        return not self._queue

    def _go_on(self) -> None:
        self._exporter = self._make_exporter()
        while not self._over.is_set():
            self._wake.wait(self._every)
            self._wake.clear()
            self._send_all()
        self._send_all()

    def _send_all(self) -> None:
        while self._queue:
            # They stay in the queue meanwhile: while the collector is slow, it fills up.
            with self._lock:
                batch = [self._queue[at] for at in range(min(BATCH, len(self._queue)))]
            sent = self._send(batch)
            with self._lock:
                for _span in batch:
                    self._queue.popleft()
                self._dropped += 0 if sent else len(batch)

    def _send(self, batch: list[ReadableSpan]) -> bool:
        assert self._exporter is not None
        try:
            sent = self._exporter.export(batch) is SpanExportResult.SUCCESS
            why = "refused or not reached"
        except Exception as error:
            sent, why = False, type(error).__name__
        at = time.monotonic()
        if not sent and at - self._line_at >= SECONDS_BETWEEN_LINES:
            self._line_at = at
            logger.warning("The collector of traces took no spans (%s): they are dropped", why)
        return sent


def _restart_all() -> None:
    for processor in list(_processors):
        processor.restart()


os.register_at_fork(after_in_child=_restart_all)
