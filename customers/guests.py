"""Numbers of guests who have only an e-mail address: equal in every import and source."""

import hashlib
import unicodedata

PREFIX = "guest-"
DIGITS = 20


def normalized_email(email: str) -> str:
    """Return `email` as it is compared: trimmed, in NFC, in lower case."""
    return unicodedata.normalize("NFC", email.strip()).lower()


def email_digits(email: str) -> str:
    """Return the first 20 hexadecimal digits of SHA-256 of the normalized e-mail address."""
    return hashlib.sha256(normalized_email(email).encode()).hexdigest()[:DIGITS]


def guest_number(email: str) -> str:
    """Return the `external_id` of the guest with this e-mail address."""
    return f"{PREFIX}{email_digits(email)}"
