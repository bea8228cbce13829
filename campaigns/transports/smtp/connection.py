"""A connection to a mail server, with one deadline for all of its waiting together.

smtplib's own time-out restarts with every byte: a slow server would outlast the lease.
"""

import io
import smtplib
import socket
import ssl
import time
from contextlib import suppress
from typing import Any

from django.core.mail.utils import DNS_NAME

from campaigns.transports.smtp.replies import Reply

CHUNK = 65_536
CONNECT_SECONDS = 10.0
GOODBYE_SECONDS = 2.0


class Deadline:
    """Counts down from its making; what waits asks it how long it may."""

    def __init__(self, seconds: float) -> None:
        """Begin with `seconds` left."""
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left, more than 0; raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for handing over is up")
        return left


class Wire(smtplib.SMTP):
    """An SMTP connection; every method that waits raises OSError, TimeoutError at its end."""

    def __init__(self, deadline: Deadline) -> None:
        """Begin unconnected; `deadline` may be replaced for each mail."""
        super().__init__(local_hostname=DNS_NAME.get_fqdn())
        self.deadline = deadline
        self.served = 0
        self._inlet = _Inlet(self)

    @property
    def is_open(self) -> bool:
        """Whether the connection is open, as far as we know."""
        return self.sock is not None

    def reach(self, host: str, port: int) -> None:
        """Connect to the first address of `host` that answers, within 10 s.

        The 10 s do not include the DNS lookup, whose timeout is the resolver's. Raises OSError
        where no address of the host can be connected to.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        connecting = Deadline(min(CONNECT_SECONDS, self.deadline.left()))
        failed: OSError = OSError("the host has no address")
        for place, (family, kind, protocol, _, address) in enumerate(found):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(connecting.left() / (len(found) - place))
                sock.connect(address)
                # The final dot goes by itself: it must not wait for the data's acknowledgement.
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                sock.close()
                failed = error
            else:
                self.sock = sock
                return
        raise failed

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Start TLS; discard what the server announced before (RFC 3207, 4.2)."""
        assert self.sock is not None
        self.sock.settimeout(self.deadline.left())
        self.sock = context.wrap_socket(self.sock, server_hostname=host)
        self.file = None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def send(self, s: Any) -> None:
        """Write all of `s`, text or bytes, to the socket.

        Raises SMTPServerDisconnected if the connection is closed.
        """
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        rest = memoryview(s.encode() if isinstance(s, str) else s)
        while rest:
            self.sock.settimeout(self.deadline.left())
            rest = rest[self.sock.send(rest[:CHUNK]) :]

    def getreply(self) -> tuple[int, bytes]:
        """Return the code and the text of the next reply."""
        if self.file is None:
            # A new inlet for each file: starting TLS closes the former file, and its inlet with it.
            self._inlet = _Inlet(self)
            self.file = io.BufferedReader(self._inlet)
        return super().getreply()

    def reply(self) -> Reply:
        """Return the next reply."""
        code, text = self.getreply()
        return Reply(code, text.decode("utf-8", "replace"))

    def asked(self, command: str) -> Reply:
        """Send a command, one line, and return the reply to it."""
        self.putcmd(command)
        return self.reply()

    def is_interrupted(self) -> bool:
        """Return whether the server has spoken or hung up although it is our turn."""
        assert self.file is not None
        self._inlet.waits = False
        try:
            return bool(self.file.peek(1)) or self._inlet.has_ended
        finally:
            self._inlet.waits = True

    def take_leave(self) -> None:
        """Say QUIT, waiting 2 s at most, and close; raises nothing."""
        self.deadline = Deadline(GOODBYE_SECONDS)
        with suppress(OSError):
            self.asked("QUIT")
        self.close()


class _Inlet(io.RawIOBase):
    """The incoming bytes of a wire's current socket."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.waits = True
        self.has_ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        sock = self._wire.sock
        assert sock is not None
        sock.settimeout(self._wire.deadline.left() if self.waits else 0)
        try:
            count = sock.recv_into(buffer)
        except (BlockingIOError, ssl.SSLWantReadError):
            if self.waits:
                raise
            return None
        self.has_ended = count == 0
        return count
