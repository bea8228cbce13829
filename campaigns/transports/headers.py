"""Header fields that are written exactly as they were meant.

The standard library's own fields decode `=?utf-8?q?...?=` in a text that they are given, line ends
in it included (CVE-2024-6923), and hide a long URL in encoded words, where no mail program finds
it. So a field here carries its written form with it.
"""

import re
from email.header import Header
from email.policy import Policy

from campaigns.transports.address import Mailbox

# RFC 5322, 2.1.1: 78 characters should, 998 must not be exceeded in a line.
WIDTH = 76
LONGEST_LINE = 998
LONGEST_WORD = 60
WORDS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


class Written(str):
    """A field's readable value, which the policies of `email` write by its `fold`."""

    __slots__ = ("name", "written")
    name: str
    written: str

    def __new__(cls, name: str, value: str, written: str) -> "Written":
        """Return the field `name` that reads `value`; `written` has its lines end in LF."""
        self = super().__new__(cls, value)
        self.name, self.written = name, written
        return self

    def fold(self, *, policy: Policy) -> str:
        """Return the field's lines, each ending as `policy` says."""
        return f"{self.name}: {self.written}\n".replace("\n", policy.linesep)


def text(name: str, value: str) -> Written:
    """Return a field of free text, `value` being one line; RFC 2047 where it needs it."""
    return Written(name, value, _encode_header(name, value, _needs_words(value)))


def token(name: str, value: str) -> Written:
    """Return a field that programs read: written in one line as it is, never encoded.

    Raises ValueError where it is longer than a line may be, or not ASCII.
    """
    if not value.isascii() or len(name) + 2 + len(value) > LONGEST_LINE:
        raise ValueError(f"{name} does not fit in one line of ASCII")
    return Written(name, value, value)


def mark(name: str, value: str) -> Written:
    """Return a field that programs read, of a text that may hold anything, in one line."""
    if value.isascii() and "=?" not in value and len(name) + 2 + len(value) <= LONGEST_LINE:
        return Written(name, value, value)
    return text(name, value)


def quote_display_name(display: str) -> str:
    """Return a name in quotes, as it may stand before an address in angle brackets."""
    return '"{}"'.format(re.sub(r'(["\\])', r"\\\1", display))


def address(name: str, display: str, mailbox: Mailbox) -> Written:
    """Return a field with one address and the name to show for it, one line or empty."""
    if not display:
        return Written(name, mailbox.spelt, mailbox.spelt)
    if _needs_words(display) or len(display) > LONGEST_WORD:
        phrase = _encode_header(name, display, True)
    elif WORDS.fullmatch(display):
        phrase = display
    else:
        phrase = quote_display_name(display)
    last = len(phrase.rpartition("\n")[2]) + len(name) + len(mailbox.spelt)
    between = " " if last < WIDTH - 5 else "\n "
    return Written(name, f"{display} <{mailbox.spelt}>", f"{phrase}{between}<{mailbox.spelt}>")


def _needs_words(value: str) -> bool:
    """Say whether `value` has to be in encoded words: also what would be read as such, or break."""
    return (
        not value.isascii()
        or "=?" in value
        or any(len(word) > LONGEST_WORD for word in value.split(" "))
    )


def _encode_header(name: str, value: str, in_words: bool) -> str:
    charset = "utf-8" if in_words else "us-ascii"
    return Header(value, charset, maxlinelen=WIDTH, header_name=name).encode()
