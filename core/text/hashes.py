"""Hashes of texts: by a secret key, which protects the text, and for buckets of a draw."""

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings
from django.utils.encoding import force_bytes

BUCKETS = 10_000
# So many hex digits of the sum count: 60 bits, which every database has.
DIGITS = 15


def keyed_hash(purpose: str, text: str) -> str:
    """Return the hash of `text` by today's key; another `purpose` has other hashes."""
    return _hash(purpose, text, settings.SECRET_KEY)


def known_hashes(purpose: str, text: str) -> list[str]:
    """Return all hashes that `text` may be stored as: by today's key, and by former ones.

    The former keys are `SECRET_KEY_FALLBACKS`. A hash by a key that is no longer there is missing.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [_hash(purpose, text, key) for key in keys]


def _hash(purpose: str, text: str, key: str | bytes) -> str:
    value = text.encode("utf-8", "surrogatepass")
    return hmac.digest(_salted_key(purpose, key), value, "sha256").hex()


@lru_cache(maxsize=32)
def _salted_key(purpose: str, key: str | bytes) -> bytes:
    """Return the key of a purpose, as `django.utils.crypto.salted_hmac` makes it."""
    return hashlib.sha256(force_bytes(f"customers.{purpose}") + force_bytes(key)).digest()


def bucket(salt: str, unit: str) -> int:
    """Return the bucket of `unit`, from 0 to 9,999, the same in every shop and on every machine.

    The first 15 hex digits of the SHA-256 of "salt:unit" in UTF-8, modulo 10,000; in SQL it is
    `conditions.sql.buckets`. `unit` is neither trimmed nor folded. Raises UnicodeEncodeError for
    half a surrogate pair, which no id has.
    """
    digest = hashlib.sha256(f"{salt}:{unit}".encode()).hexdigest()
    return int(digest[:DIGITS], 16) % BUCKETS
