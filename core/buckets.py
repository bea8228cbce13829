"""Buckets: where an id lies in a draw, the same in every shop and on every machine."""

from hashlib import sha256

BUCKETS = 10_000
# So many hex digits of the sum count: 60 bits, which every database has.
DIGITS = 15


def bucket(salt: str, unit: str) -> int:
    """Return the bucket from 0 to 9,999 of a unit, taken as it is, neither trimmed nor folded.

    The first 15 hex digits of the SHA-256 of "salt:unit" in UTF-8, modulo 10,000; in SQL it is
    `conditions.sql.buckets`. UnicodeEncodeError for half a surrogate pair, which no id has.
    """
    digest = sha256(f"{salt}:{unit}".encode()).hexdigest()
    return int(digest[:DIGITS], 16) % BUCKETS
