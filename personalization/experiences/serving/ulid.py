"""Numbers of answers: ULIDs, which sort by time and are made by anybody without asking."""

import secrets
from datetime import datetime

# Crockford's base 32: without I, L, O and U.
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, RANDOM_BITS = 26, 80


def new_ulid(at: datetime) -> str:
    """Return a ULID of an aware instant: 48 bits of milliseconds since 1970, and 80 random ones."""
    number = (round(at.timestamp() * 1000) << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
    return "".join(DIGITS[(number >> 5 * place) & 31] for place in reversed(range(LENGTH)))
