"""Ends a request after a time, whatever the other side sends until then.

A client's own time-out begins anew with every byte: whoever sends one now and then would be waited
for without an end.
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
    """Of one client, which makes one request at a time."""

    def __init__(self) -> None:
        # By its connection what still ends a socket once it speaks TLS, as another object.
        self._handles: weakref.WeakKeyDictionary[Any, _Handle] = weakref.WeakKeyDictionary()
        self._is_over = threading.Event()

    def watch(self, pools: urllib3.PoolManager) -> None:
        """Have the connections of `pools`, which has none yet, end with the time."""
        kinds = pools.pool_classes_by_scheme
        pools.pool_classes_by_scheme = {name: self._watched(kinds[name]) for name in kinds}

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """End what is done inside after `seconds`; raises TimeoutError then.

        Only the look-up of a name is the resolver's own affair, and ends when it does.
        """
        self._is_over.clear()
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
            # What was cut off looks like an answer that has ended.
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

    def _watched(self, pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
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
    """A second hold of a connection's socket, let go with the connection at the latest."""

    def __init__(self, connection: Any, sock: socket.socket) -> None:
        self._sock = sock.dup()
        self.close = weakref.finalize(connection, self._sock.close)

    def end(self) -> None:
        """Have whoever reads or writes find that it is over."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
