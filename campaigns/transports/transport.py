"""Transports for mail, chosen by a URL."""

from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from campaigns.transports.esp import EspCarrier
from campaigns.transports.files import writer_to
from campaigns.transports.local import LocalCarrier, keep, show
from campaigns.transports.mail import Mail
from campaigns.transports.outcome import Handed
from campaigns.transports.smtp.server import smtp_server
from campaigns.transports.smtp.transport import SmtpCarrier

SEND_SECONDS = 60.0
# Seconds of a lease that are left for storing the outcome of the mail.
SPARE_SECONDS = 3.0
ANYMAIL = "anymail+"


class Carrier(Protocol):
    """Hands over one mail after another; belongs to one thread."""

    def hand_over(self, mail: Mail) -> Handed:
        """Hand `mail` over once and return the outcome."""

    def close(self) -> None:
        """Close the connections that are kept open between two mails."""


def carrier_of(url: str, *, data_dir: Path, lease_seconds: float) -> Carrier:
    """Return the carrier that `url` names.

    `file://` writes into `data_dir`/mail, `file:///a/b` into /a/b; `console://`; `memory://`;
    `smtp://user:password@host:port?tls=1`; `anymail+<esp>://`. Handing over takes at most 60 s, and
    3 s less than `lease_seconds`. Raises ValueError with a sentence for the operator, without the
    password.
    """
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    seconds = min(SEND_SECONDS, lease_seconds - SPARE_SECONDS)
    if seconds <= 0:
        raise ValueError(f"A lease has to be longer than {SPARE_SECONDS:g} seconds.")
    if separator and scheme == "smtp":
        return SmtpCarrier(smtp_server(url), seconds=seconds)
    if separator and scheme == "file":
        return LocalCarrier(writer_to(_directory(rest, data_dir)))
    if separator and scheme.startswith(ANYMAIL) and not rest:
        return EspCarrier(scheme.removeprefix(ANYMAIL), seconds=seconds)
    if separator and not rest and scheme in {"console", "memory"}:
        return LocalCarrier(show if scheme == "console" else keep)
    raise ValueError(
        "The URL for mail is one of file://, file:///directory, console://, memory://,"
        " smtp://user:password@host:port?tls=1, anymail+<esp>://."
    )


def _directory(rest: str, data_dir: Path) -> Path:
    """Return the directory that a file URL names; raises ValueError."""
    if not rest:
        return data_dir / "mail"
    directory = Path(unquote(rest))
    if not directory.is_absolute() or directory == Path("/") or "\0" in str(directory):
        raise ValueError("A file URL for mail names an absolute directory: file:///srv/mail.")
    return directory
