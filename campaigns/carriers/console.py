"""Mails that are shown on the standard output."""

import sys
from email.message import EmailMessage


def show(message: EmailMessage) -> None:
    """Write `message` as it would go out, and a line below it; raises OSError."""
    sys.stdout.write(message.as_bytes().decode("utf-8").replace("\r\n", "\n"))
    sys.stdout.write("\n" + "-" * 79 + "\n")
    sys.stdout.flush()
