"""Signed tokens: by them a shop's server says in the storefront which customer is logged in."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode
from binascii import Error
from datetime import datetime

from django.utils.crypto import constant_time_compare

VERSION = "v1"
_IS_TOKEN = re.compile(
    rf"(?P<signed>{VERSION}\.(?P<id>[A-Za-z0-9_-]{{1,1000}})=*\.(?P<expires>[0-9]{{1,12}}))"
    r"\.(?P<signature>[0-9a-f]{64})"
).fullmatch


def signature_of(signed: str, secret: str) -> str:
    """Return the HMAC-SHA256, in hexadecimal digits, of the first three parts of a token."""
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()


def customer_named(token: object, secret: str, at: datetime) -> str | None:
    """Return the customer's number in a token of the site with this secret.

    None for an invalid token, a foreign signature, or a token that has expired at `at` (aware).
    """
    parts = _IS_TOKEN(token) if isinstance(token, str) else None
    if parts is None:
        return None
    if not constant_time_compare(parts["signature"], signature_of(parts["signed"], secret)):
        return None
    if int(parts["expires"]) <= at.timestamp():
        return None
    try:
        number = urlsafe_b64decode(parts["id"] + "=" * (-len(parts["id"]) % 4)).decode()
    except (Error, UnicodeDecodeError):
        return None
    return None if "\0" in number else number
