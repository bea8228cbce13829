"""A mail, and the message composed from it (RFC 5322, 2045, 2369, 8058)."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cached_property
from hashlib import sha256

from django.utils.encoding import iri_to_uri

from campaigns.transports import headers
from campaigns.transports.address import BadAddress, Mailbox, domain_of_mail, mailbox
from campaigns.transports.safe_text import body, one_line
from core.clock import now
from core.text.folding import ascii_domain

# Servers without 8BITMIME take 7 bits only; other text is written in base64 or quoted-printable.
PLAIN = policy.SMTP.clone(cte_type="7bit")
UTF8 = policy.SMTPUTF8.clone(cte_type="7bit")
NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9!#$%&'*+/=^_`{|}~.-]")
NOT_IN_A_LABEL = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class Mail:
    """A mail to one address. Characters in texts that a header cannot have are removed.

    `message_id` stands without angle brackets and is the same for every attempt; a test has no
    List-Unsubscribe. `list_id` is the identifier alone (`news.shop.example`).
    """

    message_id: str
    from_name: str
    from_email: str
    reply_to: str
    to: str
    subject: str
    html: str
    text: str
    list_id: str
    unsubscribe_url: str
    feedback_id: str
    is_test: bool = False

    @cached_property
    def sender(self) -> Mailbox:
        """Return the sender's mailbox; raises BadAddress."""
        return mailbox(self.from_email, "the sender's address")

    @cached_property
    def recipient(self) -> Mailbox:
        """Return the recipient's mailbox; raises BadAddress."""
        return mailbox(self.to, "the recipient's address")

    @cached_property
    def answers_to(self) -> Mailbox | None:
        """Return the mailbox for replies, None for the sender's; raises BadAddress."""
        if not self.reply_to.strip():
            return None
        return mailbox(self.reply_to, "the address for answers")

    @cached_property
    def needs_utf8(self) -> bool:
        """Return whether only a server with SMTPUTF8 (RFC 6531) takes it; raises BadAddress."""
        everybody = (self.sender, self.recipient, self.answers_to)
        return any(mailbox.needs_utf8 for mailbox in everybody if mailbox is not None)


def compose_message(mail: Mail, *, clock: Callable[[], datetime] = now) -> EmailMessage:
    """Return the message: its headers, and a multipart/alternative with the text first.

    `clock` gives its Date. Raises BadAddress for an address that is not exactly one, and
    ValueError for an unsubscribe_url that does not fit in a line.
    """
    message = EmailMessage(policy=UTF8 if mail.needs_utf8 else PLAIN)
    for header in _headers(mail, clock().astimezone(UTC)):
        message[header.name] = header
    message.set_content(body(mail.text))
    # The library would search both parts for a boundary that neither has. Nobody who writes a part
    # knows this one: a Message-ID is random.
    message.make_alternative(
        boundary=f"=_{sha256(message['Message-ID'].encode()).hexdigest()[:32]}"
    )
    message.add_alternative(body(mail.html), subtype="html")
    return message


def _headers(mail: Mail, at: datetime) -> list[headers.Written]:
    """Return the headers without the empty ones."""
    found = [
        headers.token("Message-ID", f"<{_message_id(mail.message_id)}>"),
        headers.token("Date", format_datetime(at)),
        headers.address("From", one_line(mail.from_name), mail.sender),
        headers.address("To", "", mail.recipient),
    ]
    if mail.answers_to is not None:
        found.append(headers.address("Reply-To", "", mail.answers_to))
    found.append(headers.text("Subject", one_line(mail.subject)))
    if list_id := _list_id(mail.list_id):
        found.append(headers.token("List-Id", f"<{list_id}>"))
    # Some programs decode what looks like an encoded word wherever it stands.
    url = iri_to_uri(one_line(mail.unsubscribe_url)).replace("=?", "=%3F")
    if url and not mail.is_test:
        found.append(headers.token("List-Unsubscribe", f"<{url}>"))
        found.append(headers.token("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    found.append(headers.token("Auto-Submitted", "auto-generated"))
    if feedback_id := one_line(mail.feedback_id):
        found.append(headers.mark("Feedback-ID", feedback_id))
    return found


def _message_id(text: str) -> str:
    """Return an id that every server leaves as it is: dots and letters on both sides of the @."""
    left, at, domain = one_line(text).strip("<>").rpartition("@")
    if not at:
        raise BadAddress("the Message-ID has no @")
    return f"{NOT_IN_AN_ID.sub('-', left)[:200]}@{domain_of_mail(domain, 'the Message-ID')}"


def _list_id(text: str) -> str:
    """Return the list's identifier (RFC 2919): labels in ASCII; "" without any."""
    labels = (_label(label) for label in one_line(text).strip("<>").split("."))
    return ".".join(label for label in labels if label)[:255]


def _label(label: str) -> str:
    """Return one label in ASCII; a hyphen for what no label has."""
    if not label.isascii():
        with suppress(UnicodeError):
            return ascii_domain(label)
    return NOT_IN_A_LABEL.sub("-", label)
