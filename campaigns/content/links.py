"""The links of a message, which have no address and cannot be guessed.

A token is 128 bits, made from the random part of the message's Message-ID by a secret key, so that
each attempt has the same; stored is its hash alone.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

TOKEN_BYTES = 16


@dataclass(frozen=True)
class Links:
    """Where a message's recipient goes, as whole addresses."""

    unsubscribe_url: str
    preferences_url: str
    view_url: str


def new_message_id(pk: int, domain: str) -> str:
    """Return the Message-ID of a message, without its brackets: id.random@domain."""
    return f"{pk}.{secrets.token_hex(TOKEN_BYTES)}@{domain}"


def token_of(message_id: str) -> str:
    """Return the token of the message with this Message-ID."""
    secret = settings.MAIL_SECRET
    key = secret.encode() if secret else salted_hmac("campaigns.links", "key").digest()
    digest = hmac.digest(key, message_id.encode(), "sha256")
    return digest[:TOKEN_BYTES].hex()


def hash_of(token: str) -> str:
    """Return the hash of a token, the only part of it that is stored."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def links_of(token: str) -> Links:
    """Return a message's links to unsubscribe, to the preferences and to its view in a browser.

    They begin with `PUBLIC_URL`, since a mail is read outside of the site.
    """
    unsubscribe, preferences, view = (
        settings.PUBLIC_URL.rstrip("/") + reverse(f"mail:{name}", args=[token])
        for name in ("unsubscribe", "preferences", "view")
    )
    return Links(unsubscribe, preferences, view)
