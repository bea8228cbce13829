"""Numbers that must not be readable any more and yet be recognised: as hashes with a secret key."""

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings
from django.utils.encoding import force_bytes


def keyed_hash(purpose: str, text: str) -> str:
    """Return the hash of `text` by today's key; another `purpose` has other hashes."""
    return _hash(purpose, text, settings.SECRET_KEY)


def known_hashes(purpose: str, text: str) -> list[str]:
    """Return all hashes that `text` may be stored as: by today's key, and by former ones.

    Those are `SECRET_KEY_FALLBACKS`; what was hashed by a key that is forgotten is not found.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [_hash(purpose, text, key) for key in keys]


def _hash(purpose: str, text: str, key: str | bytes) -> str:
    value = text.encode("utf-8", "surrogatepass")
    return hmac.digest(_salted(purpose, key), value, "sha256").hex()


@lru_cache(maxsize=32)
def _salted(purpose: str, key: str | bytes) -> bytes:
    """Return the key of a purpose, as `django.utils.crypto.salted_hmac` makes it."""
    return hashlib.sha256(force_bytes(f"customers.{purpose}") + force_bytes(key)).digest()
