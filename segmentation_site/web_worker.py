"""Gunicorn's worker of threads, with one more thread that only says that the process lives.

A probe must be answered however many requests wait for the other threads. So a new connection waits
for its request outside of them, and one that asks for `/healthz` goes to the thread of its own.
"""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ

from gunicorn.workers.gthread import TConn, ThreadWorker

PROBES = (b"GET /healthz ", b"HEAD /healthz ")
END_OF_HEAD = b"\r\n\r\n"
# What a probe sends is shorter (bytes).
LONGEST = 4096


class Worker(ThreadWorker):
    """Answers probes besides its requests; `gunicorn.conf.py` chooses it."""

    def init_process(self) -> None:
        self._probes = ThreadPoolExecutor(max_workers=1)
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Have a thread answer the request of `conn` as soon as it is there."""
        if not (conn.initialized or conn.data_ready):
            self._wait_for_request(conn)
            return
        pool = self._probes if _is_probe(conn.sock) else self.tpool
        pool.submit(self.handle, conn).add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

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
