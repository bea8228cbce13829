"""A mail server as a URL names it: `smtp://user:password@host:port?tls=1`."""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

SWITCHES = {"tls", "ssl"}
PORT, PORT_OF_TLS, PORT_OF_SSL = 25, 587, 465


@dataclass(frozen=True)
class SmtpServer:
    """Where the server is, how the way to it is encrypted, and the log-in, user "" without one."""

    host: str
    port: int
    tls: bool = False
    ssl: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


def smtp_server(url: str) -> SmtpServer:
    """Return the server of `url`: `tls=1` is STARTTLS, `ssl=1` TLS from the first byte.

    User and password are percent-encoded. Without a port: 25, with tls=1 587, with ssl=1 465.
    Raises ValueError with a sentence that repeats nothing of the URL: a sign that was not encoded
    lets any part of it be a piece of the password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        user = unquote(parts.username or "", errors="strict")
        password = unquote(parts.password or "", errors="strict")
        host = parts.hostname or ""
        host.encode("idna")
    except ValueError:
        raise ValueError(
            "The URL of the mail server cannot be read; in user and password, signs such as"
            " / ? # @ : % have to be percent-encoded."
        ) from None
    switches = _switches(parts)
    if not host:
        raise ValueError("The URL of the mail server names no host.")
    if bool(user) != bool(password):
        raise ValueError("The URL of the mail server needs both user and password, or neither.")
    if "\0" in user + password:
        raise ValueError("User and password of the mail server must not contain NUL.")
    tls, ssl = "tls" in switches, "ssl" in switches
    if tls and ssl:
        raise ValueError("The URL of the mail server has tls=1 or ssl=1, not both.")
    usual = PORT_OF_SSL if ssl else PORT_OF_TLS if tls else PORT
    return SmtpServer(host, usual if port is None else port, tls, ssl, user, password)


def _switches(parts: SplitResult) -> set[str]:
    """Return the names of the options that are on; raises ValueError."""
    options = parse_qsl(parts.query, keep_blank_values=True)
    known = all(name in SWITCHES and value in {"0", "1"} for name, value in options)
    if not known or parts.path not in {"", "/"} or parts.fragment:
        raise ValueError(
            "After host and port, the URL of the mail server may have ?tls=1 or ?ssl=1 only."
        )
    return {name for name, value in options if value == "1"}
