"""A connection from nothing to the point where it takes mails."""

import base64
import ssl

from campaigns.transports.outcome import Outcome
from campaigns.transports.smtp.connection import Deadline, Wire
from campaigns.transports.smtp.replies import Reply, Step, outcome_of_reply
from campaigns.transports.smtp.server import SmtpServer

READY, GO_ON, LOGGED_IN = 220, 334, 235


class Unready(Exception):
    """The server takes no mail from us now: the outcome, and the server's words."""

    def __init__(self, outcome: Outcome, said: str) -> None:
        super().__init__(said)
        self.outcome = outcome


def open_connection(server: SmtpServer, context: ssl.SSLContext, deadline: Deadline) -> Wire:
    """Return a connection that is greeted, encrypted as `server` wants it, and logged in.

    Raises Unready; nothing stays open then, and nothing went out unencrypted that should not.
    """
    wire = Wire(deadline)
    try:
        wire.reach(server.host, server.port)
        if server.ssl:
            wire.encrypt(context, server.host)
        _expect(wire.reply(), READY)
        wire.ehlo_or_helo_if_needed()
        if server.tls:
            _start_tls(wire, server, context)
        if server.user:
            _log_in(wire, server)
    except ssl.SSLCertVerificationError as error:
        wire.close()
        said = f"the server's certificate is not accepted: {error.verify_message}"
        raise Unready(Outcome.PASSING, said) from error
    except OSError as error:
        wire.close()
        raise Unready(Outcome.PASSING, str(error)) from error
    except BaseException:
        wire.close()
        raise
    return wire


def _expect(reply: Reply, code: int) -> None:
    if reply.code != code:
        raise Unready(Outcome.PASSING, str(reply))


def _start_tls(wire: Wire, server: SmtpServer, context: ssl.SSLContext) -> None:
    """Encrypt by STARTTLS (RFC 3207)."""
    if not wire.has_extn("starttls"):
        raise Unready(Outcome.PASSING, "the server does not offer STARTTLS")
    _expect(wire.asked("STARTTLS"), READY)
    wire.encrypt(context, server.host)
    wire.ehlo_or_helo_if_needed()


def _log_in(wire: Wire, server: SmtpServer) -> None:
    """Log in by PLAIN (RFC 4616) or LOGIN, in UTF-8, which smtplib's own log-in cannot."""
    ways = wire.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in ways:
        both = _base64(f"\0{server.user}\0{server.password}")
        reply = wire.asked(f"AUTH PLAIN {both}")
    elif "LOGIN" in ways:
        reply = wire.asked("AUTH LOGIN")
        for word in (server.user, server.password):
            if reply.code == GO_ON:
                reply = wire.asked(_base64(word))
    else:
        raise Unready(Outcome.LOGIN, "the server offers no log-in by PLAIN or LOGIN")
    if reply.code != LOGGED_IN:
        raise Unready(outcome_of_reply(Step.LOG_IN, reply), str(reply))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
