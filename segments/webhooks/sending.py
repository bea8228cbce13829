"""Sends one request to another server: limited in time and size, only to checked addresses."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import SplitResult

from django.conf import settings
from django.utils.translation import gettext_noop

from core.text.sentences import Sentence
from segments.webhooks.addresses import PORTS, ForbiddenAddress, checked_url, resolve_host

# The number of a server's addresses that are tried.
TRIED = 3


class NotSent(Exception):
    """There was no response; `reason` is stored, and its readers translate it."""

    def __init__(self, reason: str | Sentence) -> None:
        self.reason = reason
        super().__init__(str(reason))


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send `body` to `url` and return the status of the response; redirects are not followed.

    Reads nothing else of the response. Raises NotSent where the address is forbidden or no response
    arrives in time.
    """
    try:
        parts = checked_url(url)
        deadline = time.monotonic() + settings.WEBHOOK_TIMEOUT_SECONDS
        addresses = resolve_host(parts.hostname or "", port_of(parts))
        with open_http_response(parts, addresses, deadline, "POST", body, headers) as response:
            return response.status
    except ForbiddenAddress as error:
        raise NotSent(error.reason) from error
    except TimeoutError as error:
        raise NotSent(gettext_noop("No answer in time.")) from error
    except ssl.SSLError as error:
        text = gettext_noop("TLS: %(error)s")
        raise NotSent(Sentence(text, {"error": error.reason or str(error)})) from error
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise NotSent(Sentence(gettext_noop("No answer: %(error)s"), {"error": said})) from error


def port_of(parts: SplitResult) -> int:
    """Return the port of an address, or the default port of its scheme."""
    return parts.port or PORTS[parts.scheme]


@contextmanager
def open_http_response(
    parts: SplitResult,
    addresses: list[str],
    deadline: float,
    method: str,
    body: bytes | None,
    headers: Mapping[str, str],
    idle_seconds: float | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """Yield the response to a request to one of `addresses`; everything ends at the deadline.

    `deadline` is a time of `time.monotonic()`; `idle_seconds` limits the time without a byte (None:
    no limit). Raises TimeoutError, OSError and http.client.HTTPException. The connection is closed
    after the block.
    """
    host, port = parts.hostname or "", port_of(parts)
    connection = http.client.HTTPConnection(host, port, timeout=_remaining_seconds(deadline))
    connection.default_port = PORTS[parts.scheme]
    with _connect_until(addresses, port, deadline) as sock:
        if idle_seconds is not None:
            sock.settimeout(idle_seconds)
        secured = _start_tls(sock, host) if parts.scheme == "https" else sock
        connection.sock = secured
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, {**headers, "Connection": "close"})
            yield connection.getresponse()
        finally:
            secured.close()


@contextmanager
def _connect_until(addresses: list[str], port: int, deadline: float) -> Iterator[socket.socket]:
    """Connect to the first of `addresses` that accepts; the connection ends at the deadline.

    A server that sends single bytes slowly cannot hold the connection beyond the deadline.
    """
    sock = _connect(addresses[:TRIED], port, deadline)
    # TLS wraps the socket in another object; the duplicate can still shut it down.
    handle = sock.dup()
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        with suppress(OSError):
            handle.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(_remaining_seconds(deadline), end)
    watch.daemon = True
    watch.start()
    try:
        yield sock
        # A connection that was cut off looks like a complete response.
        if is_late.is_set():
            raise TimeoutError
    except (OSError, http.client.HTTPException) as error:
        if is_late.is_set():
            raise TimeoutError from error
        raise
    finally:
        watch.cancel()
        handle.close()
        sock.close()


def _connect(addresses: list[str], port: int, deadline: float) -> socket.socket:
    for address in addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection((address, port), _remaining_seconds(deadline))
    return socket.create_connection((addresses[-1], port), _remaining_seconds(deadline))


def _start_tls(sock: socket.socket, host: str) -> ssl.SSLSocket:
    """Start TLS, and verify the certificate for the name `host` instead of the address."""
    return ssl.create_default_context().wrap_socket(sock, server_hostname=host)


def _remaining_seconds(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
