"""Mails for tests."""

from dataclasses import replace
from typing import Any

from campaigns.transports.mail import Mail

PLAIN = Mail(
    message_id="7.k3jx9@shop.example",
    from_name="The Shop",
    from_email="news@shop.example",
    reply_to="help@shop.example",
    to="jane.doe@customer.example",
    subject="Spring is here",
    html="<p>Hello Jane</p>",
    text="Hello Jane",
    list_id="news.shop.example",
    unsubscribe_url="https://shop.example/m/u/AbC-123_x/",
    feedback_id="spring:campaign:shop",
)
HEADERS = [
    "Message-ID",
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
    "Feedback-ID",
    "MIME-Version",
    "Content-Type",
]


def a_mail(**changes: Any) -> Mail:
    """Return a plain mail but for `changes`."""
    return replace(PLAIN, **changes)


def numbered(number: int) -> Mail:
    """Return the plain mail with an id of its own."""
    return a_mail(message_id=f"{number}.k3jx9@shop.example")
