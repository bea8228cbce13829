"""A carrier that hands mails to an SMTP server and keeps its connection for the next ones."""

import ssl

from campaigns.transports.address import BadAddress
from campaigns.transports.mail import Mail
from campaigns.transports.outcome import Handed, Outcome, make_handed
from campaigns.transports.smtp.connection import Deadline, Wire
from campaigns.transports.smtp.opening import Unready, open_connection
from campaigns.transports.smtp.server import SmtpServer
from campaigns.transports.smtp.transaction import Envelope, Gone, deliver, envelope_of

MAILS_A_CONNECTION = 100


class SmtpCarrier:
    """Hands over one mail after another; not for several threads at once."""

    def __init__(self, server: SmtpServer, *, seconds: float) -> None:
        """Connect with the first mail; each mail has `seconds` for everything together."""
        self._server = server
        self._seconds = seconds
        self._context = ssl.create_default_context()
        self._wire: Wire | None = None

    def hand_over(self, mail: Mail) -> Handed:
        """Hand `mail` over, on the connection that is there or else a new one."""
        try:
            envelope = envelope_of(mail)
        except BadAddress as bad:
            return make_handed(Outcome.ADDRESS, str(bad))
        deadline = Deadline(self._seconds)
        kept, self._wire = self._wire, None
        if kept is not None:
            kept.deadline = deadline
            try:
                return self._hand_over(kept, envelope)
            except Gone:
                # Servers close long idle connections; nothing of this mail has gone out.
                pass
        return self._by_a_new_connection(envelope, deadline)

    def close(self) -> None:
        """Take leave of the server where there is a connection."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.take_leave()

    def _by_a_new_connection(self, envelope: Envelope, deadline: Deadline) -> Handed:
        try:
            return self._hand_over(open_connection(self._server, self._context, deadline), envelope)
        except Unready as unready:
            return make_handed(unready.outcome, str(unready), to=envelope.recipient)
        except Gone as gone:
            return make_handed(Outcome.PASSING, str(gone), to=envelope.recipient)

    def _hand_over(self, wire: Wire, envelope: Envelope) -> Handed:
        """Hand the mail over by `wire`, which is kept where it can serve another one."""
        result = deliver(wire, envelope)
        wire.served += 1
        if wire.is_open:
            self._wire = wire
        if wire.served >= MAILS_A_CONNECTION:
            self.close()
        return result
