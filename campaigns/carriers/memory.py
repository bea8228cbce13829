"""Mails that stay in this process, for tests."""

from email.message import EmailMessage

# Whoever looks into it clears it before.
outbox: list[EmailMessage] = []


def keep(message: EmailMessage) -> None:
    """Put `message` behind those that are there."""
    outbox.append(message)
