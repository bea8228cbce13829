"""A carrier that puts mails somewhere on this machine."""

from collections.abc import Callable
from email.message import EmailMessage

from campaigns.carriers.address import BadAddress
from campaigns.carriers.mail import Mail, composed
from campaigns.carriers.outcome import Handed, Outcome, handed


class LocalCarrier:
    """Hands a mail to a function that keeps, shows or writes it."""

    def __init__(self, put: Callable[[EmailMessage], None]) -> None:
        """Use `put`, which raises OSError where it cannot just now."""
        self._put = put

    def hand_over(self, mail: Mail) -> Handed:
        """Put `mail` where it belongs."""
        try:
            self._put(composed(mail))
        except BadAddress as bad:
            return handed(Outcome.ADDRESS, str(bad))
        except OSError as error:
            return handed(Outcome.PASSING, str(error), to=mail.to)
        return handed(Outcome.SENT, "")

    def close(self) -> None:
        """Do nothing: nothing is kept open."""
