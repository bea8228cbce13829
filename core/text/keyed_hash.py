"""Numbers that must not be readable any more and yet be recognised: as hashes with a secret key."""

from django.conf import settings
from django.utils.crypto import salted_hmac


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
    return salted_hmac(f"customers.{purpose}", value, secret=key, algorithm="sha256").hexdigest()
