"""Texts without characters that have a meaning of their own in a mail or on its way."""

import re
import unicodedata

# Control characters, halves of characters, and what some programs take for the end of a line.
OUT_OF_HEADERS = {"Cc", "Cs", "Zl", "Zp"}
OUT_OF_BODIES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def one_line(text: str) -> str:
    """Return `text` as it may stand in a header: no CR, LF, NUL or other control character.

    Tabs become spaces; spaces at both ends go.
    """
    spaced = text.replace("\t", " ")
    return "".join(c for c in spaced if unicodedata.category(c) not in OUT_OF_HEADERS).strip()


def body(text: str) -> str:
    """Return `text` as it may stand in a body: no control characters but line ends and tabs.

    RFC 5321, 4.5.2 wants none; a half of a character cannot be written as UTF-8.
    """
    return OUT_OF_BODIES.sub("", text)
