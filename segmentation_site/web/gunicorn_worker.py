"""Gunicorn's threaded worker, with one more thread that only answers health probes.

The worker counts the requests in progress in its threads, for /metrics.

A probe needs a response however many requests wait for the other threads. So a new connection waits
for its request outside of the threads, and a request for `/healthz` goes to the extra thread.
"""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from typing import Any

from django.apps import apps
from gunicorn.workers.gthread import TConn, ThreadWorker

PROBES = (b"GET /healthz ", b"HEAD /healthz ")
END_OF_HEAD = b"\r\n\r\n"
# A probe's request is shorter (bytes).
LONGEST = 4096


class Worker(ThreadWorker):
    """Answers probes besides its requests; `gunicorn.conf.py` chooses it."""

    def init_process(self) -> None:
        self._probes = ThreadPoolExecutor(max_workers=1)
        self._counting, self._under_way = threading.Lock(), 0
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application, and note from then on how many threads there are.

        An application that does not load Django, as one of tests, has no database to note it in.
        """
        super().load_wsgi()
        if not apps.ready:
            return
        from segmentation_site.monitoring.capacity import note_web_threads

        note_web_threads(self.cfg.threads, self.busy_threads)

    def busy_threads(self) -> int:
        """Return how many threads are at a request."""
        return min(self._under_way, int(self.cfg.threads))

    def enqueue_req(self, conn: TConn) -> None:
        """Have a thread answer the request of `conn` as soon as it is there."""
        if not (conn.initialized or conn.data_ready):
            self._wait_for_request(conn)
            return
        is_probe = _is_probe(conn.sock)
        pool = self._probes if is_probe else self.tpool
        self._count(0 if is_probe else 1)

        def finish(done: Any) -> None:
            self._count(0 if is_probe else -1)
            self.method_queue.defer(self.finish_request, conn, done)

        pool.submit(self.handle, conn).add_done_callback(finish)

    def _count(self, more: int) -> None:
        with self._counting:
            self._under_way += more

    def _wait_for_request(self, conn: TConn) -> None:
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))


def _is_probe(connection: socket.socket) -> bool:
    """Return whether a whole request for `/healthz` has come; reads without taking anything."""
    try:
        head = connection.recv(LONGEST, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return False
    return head.startswith(PROBES) and END_OF_HEAD in head
