"""Texts of other programs as they may be stored and shown: without mail addresses."""

import re

from campaigns.transports.address import BadAddress, mailbox
from campaigns.transports.safe_text import one_line

MOST_CHARACTERS = 500
OF_ADDRESSES = r"""[^\s<>()"',;:=\[\]{}]"""
# It begins where one may begin: from each letter of a long text it would be looked for in vain.
ADDRESS_LIKE = re.compile(rf"(?<!{OF_ADDRESSES}){OF_ADDRESSES}+@{OF_ADDRESSES}+")
HIDDEN = "(address)"
# A shorter local part is too often an ordinary word.
LEAST_OF_LOCAL = 4


def remove_addresses(text: str, *, to: str = "") -> str:
    """Return `text` as one line of at most 500 characters, without the addresses in it.

    `to` is the recipient's address: programs also name only the part before the @.
    """
    line = ADDRESS_LIKE.sub(HIDDEN, one_line(text.replace("\n", " ")))
    try:
        local = mailbox(to, "the recipient's address").local
    except BadAddress:
        local = ""
    if len(local) >= LEAST_OF_LOCAL:
        line = re.sub(rf"(?<!\w){re.escape(local)}(?!\w)", HIDDEN, line, flags=re.IGNORECASE)
    return line[:MOST_CHARACTERS]
