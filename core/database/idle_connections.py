"""The connections of a thread that waits for its next work."""

from django.db import close_old_connections, connections


def release_connections() -> None:
    """Close the thread's connections, but for usable ones to SQLite.

    A server has room for few connections, and a thread may wait for hours. A file may stay open: a
    new connection to SQLite reads the whole schema, which takes longer than most tasks.
    """
    close_old_connections()
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite" and not connection.in_atomic_block:
            connection.close()
