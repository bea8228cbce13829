"""One e-mail address, taken apart and spelt as servers understand it (RFC 5321, 6531, 5890)."""

import re
import unicodedata
from dataclasses import dataclass

from core.text.folding import DOT_ATOM, ascii_domain, quoted_where_needed, unquote_local_part

LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})*")
MOST_CHARACTERS = 320


class BadAddress(ValueError):
    """An address that no mail can be sent to; the message of the error does not repeat it."""

    code = "address"


@dataclass(frozen=True)
class Mailbox:
    """An address: the part before the @ as it is spelt there, and the domain in ASCII."""

    local: str
    domain: str

    @property
    def spelt(self) -> str:
        """Return the address as it stands in a header and in a command."""
        return f"{self.local}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        """Return whether only a server with SMTPUTF8 (RFC 6531) takes it."""
        return not self.local.isascii()


def mailbox(text: str, what: str) -> Mailbox:
    """Return the one address that `text` is, without a name or a second address.

    Spaces and line ends around it are no part of it. `what` names it in the sentence of the
    BadAddress that is raised for anything else: a control character inside, a comma, angle
    brackets, a domain that IDNA has no form for, an address of numbers (`a@[127.0.0.1]`).
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or len(text) > MOST_CHARACTERS:
        raise BadAddress(f"{what} is not one e-mail address")
    return Mailbox(_local(local, what), domain_of_mail(domain, what))


def domain_of_mail(domain: str, what: str) -> str:
    """Return `domain` as servers of mail understand it, in ASCII and lower case.

    Raises BadAddress, its sentence beginning with `what`, where mail cannot be sent to it.
    """
    try:
        spelt = ascii_domain(domain)
    except UnicodeError:
        raise BadAddress(f"{what} has a domain that IDNA has no form for") from None
    if len(spelt) > 253 or not DOMAIN.fullmatch(spelt):
        raise BadAddress(f"{what} has no domain that mail can be sent to")
    return spelt


def _local(text: str, what: str) -> str:
    """Return the part before the @, in quotes only where it needs them."""
    quoted = unquote_local_part(text)
    meant = text if quoted is None else quoted
    # Some programs decode what looks like an encoded word, line ends in it included.
    if not meant or "=?" in meant or any(_is_invisible(character) for character in meant):
        raise BadAddress(f"{what} has signs before the @ that no address has")
    if quoted is None and not DOT_ATOM.fullmatch(meant):
        raise BadAddress(f"{what} is not one e-mail address")
    return quoted_where_needed(meant)


def _is_invisible(character: str) -> bool:
    """Return whether a character is invisible, making two addresses look alike; a space is not."""
    return character != " " and unicodedata.category(character)[0] in "CZ"
