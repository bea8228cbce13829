"""A carrier that keeps mails on this machine: in this process, on the output, in a file."""

import sys
from collections.abc import Callable
from email.message import EmailMessage

from campaigns.transports.address import BadAddress
from campaigns.transports.mail import Mail, compose_message
from campaigns.transports.outcome import Handed, Outcome, make_handed

# Readers clear the list before the mail that they expect.
outbox: list[EmailMessage] = []


def keep(message: EmailMessage) -> None:
    """Append `message` to the outbox."""
    outbox.append(message)


def show(message: EmailMessage) -> None:
    """Write `message` as it would go out, and a line below it; raises OSError."""
    sys.stdout.write(message.as_bytes().decode("utf-8").replace("\r\n", "\n"))
    sys.stdout.write("\n" + "-" * 79 + "\n")
    sys.stdout.flush()


class LocalCarrier:
    """Hands a mail to a function that keeps, shows or writes it."""

    def __init__(self, put: Callable[[EmailMessage], None]) -> None:
        """Use `put`, which raises OSError for a temporary failure."""
        self._put = put

    def hand_over(self, mail: Mail) -> Handed:
        """Pass `mail` to the function, and return the outcome."""
        try:
            self._put(compose_message(mail))
        except BadAddress as bad:
            return make_handed(Outcome.ADDRESS, str(bad))
        except OSError as error:
            return make_handed(Outcome.PASSING, str(error), to=mail.to)
        return make_handed(Outcome.SENT, "")

    def close(self) -> None:
        """Do nothing: nothing is kept open."""
