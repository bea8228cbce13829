"""One mail over an open connection, step by step, so that it is known where it failed."""

import re
from dataclasses import dataclass

from campaigns.transports.mail import Mail, compose_message
from campaigns.transports.outcome import Handed, Outcome, make_handed
from campaigns.transports.smtp.connection import Wire
from campaigns.transports.smtp.replies import GOODBYE, Reply, Step, outcome_of_reply

START_OF_DATA = 354
# RFC 5321, 4.5.2: a dot at a line's beginning is doubled.
DOT_FIRST = re.compile(rb"^\.", re.MULTILINE)
END_OF_DATA = b".\r\n"


class Gone(Exception):
    """The connection turned out to be closed before any command of the mail was sent."""


@dataclass(frozen=True)
class Envelope:
    """A mail as the server gets it: `data` is dot-stuffed, ends in CRLF, lacks the last dot."""

    sender: str
    recipient: str
    data: bytes
    needs_utf8: bool


def envelope_of(mail: Mail) -> Envelope:
    """Return `mail` in its envelope; raises BadAddress."""
    data = DOT_FIRST.sub(b"..", compose_message(mail).as_bytes())
    return Envelope(mail.sender.spelt, mail.recipient.spelt, data, mail.needs_utf8)


def deliver(wire: Wire, envelope: Envelope) -> Handed:
    """Hand one mail over; afterwards `wire` is closed, or ready for the next one.

    Raises Gone where the server is away or goes away at the first command.
    """
    try:
        return _deliver_recipient(wire, envelope)
    except BaseException:
        # After any exception in here, the server's step is unknown.
        wire.close()
        raise


def _deliver_recipient(wire: Wire, envelope: Envelope) -> Handed:
    if envelope.needs_utf8 and not wire.has_extn("smtputf8"):
        return make_handed(Outcome.ADDRESS, "the address needs SMTPUTF8, which the server lacks")
    try:
        reply = wire.asked(f"MAIL FROM:<{envelope.sender}>{_options(wire, envelope)}")
    except OSError as error:
        raise Gone(str(error)) from error
    if reply.code == GOODBYE:
        raise Gone(str(reply))
    if not reply.is_yes:
        return _handle_refusal(wire, envelope, Step.SENDER, reply)
    try:
        reply = wire.asked(f"RCPT TO:<{envelope.recipient}>")
        if not reply.is_yes:
            return _handle_refusal(wire, envelope, Step.RECIPIENT, reply)
        reply = wire.asked("DATA")
        if reply.code != START_OF_DATA:
            return _handle_refusal(wire, envelope, Step.DATA, reply)
        wire.send(envelope.data)
        if wire.is_interrupted():
            raise ConnectionAbortedError("the server broke off before the end of the data")
    except OSError as error:
        # Without the last dot the server has no whole mail, and must not take it.
        wire.close()
        return make_handed(Outcome.PASSING, str(error), to=envelope.recipient)
    return _ended(wire, envelope)


def _ended(wire: Wire, envelope: Envelope) -> Handed:
    """Send the end of the data: from here on the server may have the mail."""
    try:
        wire.send(END_OF_DATA)
        reply = wire.reply()
    except OSError as error:
        wire.close()
        said = f"no reply after the end of the data: {error}"
        return make_handed(Outcome.UNCERTAIN, said, to=envelope.recipient)
    if reply.is_yes:
        return make_handed(Outcome.SENT, str(reply), to=envelope.recipient)
    return _handle_refusal(wire, envelope, Step.CONTENT, reply)


def _handle_refusal(wire: Wire, envelope: Envelope, step: Step, reply: Reply) -> Handed:
    """Return the outcome of a refusal; reset the connection for the next mail, or close it."""
    if reply.is_no and reply.code != GOODBYE:
        _reset_connection(wire)
    else:
        wire.close()
    return make_handed(outcome_of_reply(step, reply), str(reply), to=envelope.recipient)


def _reset_connection(wire: Wire) -> None:
    try:
        is_reset = wire.asked("RSET").is_yes
    except OSError:
        is_reset = False
    if not is_reset:
        wire.close()


def _options(wire: Wire, envelope: Envelope) -> str:
    """Return what MAIL says of the message: its bytes (RFC 1870), and that it is UTF-8."""
    options = f" SIZE={len(envelope.data)}" if wire.has_extn("size") else ""
    return f"{options} SMTPUTF8 BODY=8BITMIME" if envelope.needs_utf8 else options
