"""Ports for servers that tests start."""

import socket


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody has, and that nobody else is given next."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
