"""Ends a request after a total time, even while the server keeps sending.

A client's own read timeout starts again with every byte, so that a server which sends a byte now
and then could keep a request open forever.
"""

import socket
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import urllib3
from urllib3.connectionpool import HTTPConnectionPool


class Patience:
    """The time limit of one client, which sends one request at a time."""

    def __init__(self) -> None:
        # By connection, a handle on its socket: with TLS the connection replaces the socket object.
        self._handles: weakref.WeakKeyDictionary[Any, _Handle] = weakref.WeakKeyDictionary()
        self._is_over = threading.Event()

    def watch(self, pools: urllib3.PoolManager) -> None:
        """Apply the limit to the connections of `pools`, which must not have any yet."""
        kinds = pools.pool_classes_by_scheme
        pools.pool_classes_by_scheme = {name: self._watch_pool(kinds[name]) for name in kinds}

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """End the requests of the block after `seconds`; raises TimeoutError then.

        A DNS lookup cannot be interrupted, and ends when the resolver does.
        """
        self._is_over.clear()
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
            # A response that was cut off looks like a response that has ended.
            if self._is_over.is_set():
                raise TimeoutError
        except (OSError, urllib3.exceptions.HTTPError) as error:
            if self._is_over.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()
            for connection in [one for one in self._handles if one.sock is None]:
                self._handles.pop(connection).close()

    def _watch_pool(self, pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        connected = pool.ConnectionCls._new_conn

        def new_conn(connection: Any) -> socket.socket:
            sock: socket.socket = connected(connection)
            self._handles[connection] = _Handle(connection, sock)
            if self._is_over.is_set():
                self._end()
            return sock

        kind: Any = type("Watched", (pool.ConnectionCls,), {"_new_conn": new_conn})
        return type("WatchedPool", (pool,), {"ConnectionCls": kind})

    def _end(self) -> None:
        self._is_over.set()
        for handle in list(self._handles.values()):
            handle.end()


class _Handle:
    """A duplicate of a connection's socket, closed with the connection at the latest."""

    def __init__(self, connection: Any, sock: socket.socket) -> None:
        self._sock = sock.dup()
        self.close = weakref.finalize(connection, self._sock.close)

    def end(self) -> None:
        """Shut the socket down, so that a thread that reads or writes it stops."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
