"""A carrier that hands mails to a provider's HTTP API through Anymail (optional extra)."""

from email.message import EmailMessage
from importlib import import_module
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives

from campaigns.transports.address import BadAddress
from campaigns.transports.esp_failures import outcome_of_error
from campaigns.transports.headers import quote_display_name
from campaigns.transports.mail import Mail, compose_message
from campaigns.transports.outcome import Handed, Outcome, make_handed
from campaigns.transports.safe_text import body, one_line

# Amazon SES is missing: its client asks again by itself after a time-out, and mails twice.
ESPS = (
    "brevo",
    "mailersend",
    "mailgun",
    "mailjet",
    "mailtrap",
    "mandrill",
    "postal",
    "postmark",
    "resend",
    "scaleway",
    "sendgrid",
    "sparkpost",
    "unisender-go",
)
# The name of our reference in a provider's reports; some providers only have tags.
REFERENCE = "tranche_message"
BY_TAG = ("mailersend", "postal")
CONNECT_SECONDS = 10.0
# Django makes these from the mail itself; the date is the provider's.
MADE_ELSEWHERE = {
    "from",
    "to",
    "reply-to",
    "subject",
    "date",
    "mime-version",
    "content-type",
}


class EspCarrier:
    """Hands mails to one provider, whose keys stand in Django's setting ANYMAIL."""

    def __init__(self, esp: str, *, seconds: float) -> None:
        """Use the provider `esp`, waiting at most `seconds` for it to say something.

        Raises ValueError where it is none of ESPS, Anymail is missing, or a key of it is.
        """
        self._esp = esp = esp.replace("_", "-")
        if esp not in ESPS:
            raise ValueError(f"anymail+<esp>:// knows these providers: {', '.join(ESPS)}.")
        connecting = min(CONNECT_SECONDS, seconds / 2)
        timeout = (connecting, seconds - connecting)
        try:
            module = import_module(f"anymail.backends.{esp.replace('-', '_')}")
            self._backend: Any = module.EmailBackend(timeout=timeout)
        except ImportError:
            raise ValueError(
                "anymail+<esp>:// needs the optional extra: pip install django-anymail."
            ) from None
        except ImproperlyConfigured as error:
            raise ValueError(f"Anymail is not set up for {esp}: {error}") from error

    def hand_over(self, mail: Mail) -> Handed:
        """Give `mail` to the provider in one request."""
        try:
            message = _as_django_has_it(mail, compose_message(mail))
            self._refer(message, reference_of(mail.message_id))
        except BadAddress as bad:
            return make_handed(Outcome.ADDRESS, str(bad))
        # Opened once, it keeps its connection from mail to mail.
        self._backend.open()
        try:
            count = self._backend.send_messages([message])
        except Exception as error:
            outcome = outcome_of_error(error)
            if outcome is None:
                raise
            return make_handed(outcome, str(error), to=mail.to)
        if not count:
            return make_handed(
                Outcome.REFUSED, "a receiver of Anymail's signal pre_send cancelled it"
            )
        return make_handed(Outcome.SENT, "")

    def _refer(self, message: Any, reference: str) -> None:
        """Have the provider name `reference` in its reports of `message`.

        The provider's own id only comes in its reply: a report may arrive before the id is stored.
        """
        if self._esp in BY_TAG:
            message.tags = [reference]
        else:
            message.metadata = {REFERENCE: reference}

    def close(self) -> None:
        """Close the connection to the provider."""
        self._backend.close()


def reference_of(message_id: str) -> str:
    """Return the unique part of a Message-ID, before the @: short enough for every provider."""
    return message_id.partition("@")[0]


def _as_django_has_it(mail: Mail, message: EmailMessage) -> EmailMultiAlternatives:
    """Return the mail as Anymail takes it, with the headers that `message` has."""
    name = one_line(mail.from_name)
    sender = mail.sender.spelt
    answers_to = mail.answers_to
    django = EmailMultiAlternatives(
        subject=one_line(mail.subject),
        body=body(mail.text),
        from_email=f"{quote_display_name(name)} <{sender}>" if name else sender,
        to=[mail.recipient.spelt],
        reply_to=[answers_to.spelt] if answers_to else None,
        headers={
            name: str(value)
            for name, value in message.items()
            if name.lower() not in MADE_ELSEWHERE
        },
    )
    django.attach_alternative(body(mail.html), "text/html")
    return django
