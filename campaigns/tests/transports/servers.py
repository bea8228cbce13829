"""Mail servers that answer on real sockets: a proper one, and one that follows a script."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from campaigns.transports.smtp.server import smtp_server
from campaigns.transports.smtp.transport import SmtpCarrier
from tests.factories.ports import free_port


class Kept:
    """A handler that keeps the envelopes and which connection each came by."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.peers: list[Any] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        self.peers.append(session.peer)
        return "250 2.0.0 taken"


@contextmanager
def proper(handler: Any = None, **options: Any) -> Iterator[tuple[Any, int]]:
    """Run aiosmtpd on a free port; yield its handler and the port."""
    handler = handler or Kept()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield handler, port
    finally:
        controller.stop()


class Talk:
    """One connection as a scripted server sees it."""

    def __init__(self, sock: socket.socket, released: threading.Event, heard: list[str]) -> None:
        self.sock = sock
        self.lines = sock.makefile("rb")
        # Set when the test is over: nobody has to wait any more.
        self.released = released
        self.heard = heard

    def say(self, *lines: str) -> None:
        """Send lines."""
        self.sock.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def hear(self) -> str:
        """Return the next line; "" where the client hung up."""
        line = self.lines.readline().decode().rstrip("\r\n")
        self.heard.append(line)
        return line

    def until_hung_up(self) -> None:
        """Read on in silence until the client closes."""
        while self.lines.readline():
            pass

    def hear_data(self) -> None:
        """Read a mail's data with its last dot; raises ConnectionError where that never comes."""
        while (line := self.lines.readline()) != b".\r\n":
            if not line:
                raise ConnectionResetError

    def serve(self, replies: dict[str, str | None], data_taken: Callable[[], None]) -> None:
        """Answer commands with `replies` by their first word, else kindly; None hangs up."""
        self.say(replies.get("HELLO") or "220 scripted")
        while command := self.hear():
            word = command.split()[0].upper()
            reply = replies.get(word, {"DATA": "354 go on", "QUIT": "221 bye"}.get(word, "250 ok"))
            if reply is None:
                return
            self.say(*reply.split("\n"))
            if word == "DATA" and reply.startswith("354"):
                self.hear_data()
                data_taken()
                after = replies.get("DOT", "250 taken")
                if after is None:
                    return
                self.say(after)
            if word == "QUIT" or reply.startswith("421"):
                return


class Scripted:
    """A server whose connections follow scripts, one after another; the last one is repeated."""

    def __init__(self, *scripts: Callable[[Talk], None]) -> None:
        self.scripts = scripts
        self.connections = 0
        self.mails = 0
        self.heard: list[str] = []
        self.released = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)

    def count(self) -> None:
        """Note that one mail has come in whole."""
        self.mails += 1

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            script = self.scripts[min(self.connections, len(self.scripts) - 1)]
            self.connections += 1
            talk = Talk(sock, self.released, self.heard)
            try:
                script(talk)
            except OSError:
                pass
            finally:
                talk.lines.close()
                sock.close()


@contextmanager
def scripted(*scripts: Callable[[Talk], None]) -> Iterator[Scripted]:
    """Run a scripted server."""
    server = Scripted(*scripts)
    server.thread.start()
    try:
        yield server
    finally:
        server.released.set()
        # `close` alone does not wake `accept`.
        server.socket.shutdown(socket.SHUT_RDWR)
        server.socket.close()
        server.thread.join(10)


@contextmanager
def answering(*replies: dict[str, str | None]) -> Iterator[Scripted]:
    """Run a server that answers as `replies` say, one dictionary for each connection."""
    server: Scripted

    def script(words: dict[str, str | None]) -> Callable[[Talk], None]:
        return lambda talk: talk.serve(words, lambda: server.count())

    with scripted(*(script(words) for words in replies)) as server:
        yield server


@contextmanager
def carrying(port: int, *, user: str = "", options: str = "", seconds: float = 20) -> Iterator[Any]:
    """Yield a carrier to the server on `port`."""
    server = smtp_server(f"smtp://{user}127.0.0.1:{port}{options}")
    carrier = SmtpCarrier(server, seconds=seconds)
    try:
        yield carrier
    finally:
        carrier.close()
