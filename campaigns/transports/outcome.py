"""Outcomes of handing a mail over."""

from dataclasses import dataclass
from enum import Enum

from campaigns.transports.server_texts import remove_addresses


class Outcome(Enum):
    """The outcome of handing a mail over; only SENT is a success."""

    SENT = "sent"
    # Worth another attempt.
    PASSING = "passing"
    # 5xx for the recipient: a hard bounce.
    REJECTED = "rejected"
    # 5xx for the sender or the content.
    REFUSED = "refused"
    # The log-in is wrong or missing.
    LOGIN = "login"
    # The address cannot be written, or needs SMTPUTF8 and the server lacks it.
    ADDRESS = "address"
    # The end of the data has gone out, the reply has not come: perhaps delivered.
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Handed:
    """An outcome with the server's reply: one line of at most 500 characters."""

    outcome: Outcome
    detail: str


def make_handed(outcome: Outcome, detail: str, *, to: str = "") -> Handed:
    """Return the outcome with `detail` as its detail, truncated and without the addresses in it.

    `to` is the recipient's address.
    """
    return Handed(outcome, remove_addresses(detail, to=to))
