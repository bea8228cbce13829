"""Signatures of webhooks by Standard Webhooks (standardwebhooks.com)."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

PREFIX = "whsec_"
# The headers of every request, signed or not.
PLAIN_HEADERS = {"Content-Type": "application/json", "User-Agent": "Tranche"}


def new_secret() -> str:
    """Return a new secret in the form that receivers get."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of the header `webhook-signature`."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def signed_headers(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return all headers of a request that is sent at an aware instant."""
    timestamp = int(at.timestamp())
    return {
        **PLAIN_HEADERS,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
