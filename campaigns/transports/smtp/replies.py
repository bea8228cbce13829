"""Outcomes of a mail server's refusal at each step (RFC 5321, 4.2; enhanced codes: RFC 3463)."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from campaigns.transports.outcome import Outcome

ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}\b")
GOODBYE = 421
# RFC 4954, 6: any command may be answered so where the server wants a log-in.
LOGIN_WANTED = 530
# RFC 3463, X.1.7 and X.1.8: the sender's address; many servers say so only after RCPT.
SENDERS_ADDRESS = {"5.1.7", "5.1.8"}
# RFC 6531, 3.5 with the registry of RFC 5248: SMTPUTF8 is missing further on.
UTF8_MISSING = {"5.6.7", "5.6.9"}


class Step(Enum):
    """The step that the server replies to."""

    LOG_IN = auto()
    SENDER = auto()
    RECIPIENT = auto()
    DATA = auto()
    CONTENT = auto()


@dataclass(frozen=True)
class Reply:
    """A server's code and its text, the lines joined; code -1: none could be read."""

    code: int
    text: str

    @property
    def is_yes(self) -> bool:
        """Return whether the server has carried out the command."""
        return 200 <= self.code < 300

    @property
    def is_no(self) -> bool:
        """Return whether the reply is a clear refusal, temporary or permanent."""
        return 400 <= self.code < 600

    @property
    def enhanced(self) -> str:
        """Return the enhanced code of a permanent refusal; "" without a code."""
        found = ENHANCED.match(self.text)
        return found[0] if found else ""

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


def outcome_of_reply(step: Step, reply: Reply) -> Outcome:
    """Return the outcome of a `reply` at `step` that is not the expected one."""
    if 400 <= reply.code < 500:
        return Outcome.PASSING
    if not reply.is_no:
        # After the end of the data the server may have meant yes.
        return Outcome.UNCERTAIN if step is Step.CONTENT else Outcome.PASSING
    if step is Step.LOG_IN or reply.code == LOGIN_WANTED:
        return Outcome.LOGIN
    if reply.enhanced in UTF8_MISSING:
        return Outcome.ADDRESS
    if _is_about_the_recipient(step, reply.enhanced):
        return Outcome.REJECTED
    return Outcome.REFUSED


def _is_about_the_recipient(step: Step, enhanced: str) -> bool:
    if enhanced in SENDERS_ADDRESS:
        return False
    if step is Step.RECIPIENT:
        # X.7: a policy, which says more of the sender than of the mailbox.
        return not enhanced.startswith("5.7.")
    return step is Step.CONTENT and enhanced.startswith("5.1.")
