"""Which variant of an experiment somebody gets: arithmetic of their id, the same everywhere.

Nothing is stored, and nobody is asked: whoever stores an assignment judges consent, hold-out,
audience and state.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Protocol

BUCKETS = 10_000
# So many hex digits of the sum count: 60 bits, which every database has.
DIGITS = 15
TRAFFIC = ":traffic"


class Assigning(Protocol):
    """What an assignment needs of an experiment.

    `traffic` is how many of 10,000 take part; each of `variants`, the control first, has its
    `code` and its `weight`, of 10,000 in all.
    """

    @property
    def salt(self) -> str: ...
    @property
    def traffic(self) -> int: ...
    @property
    def variants(self) -> Sequence[Mapping[str, Any]]: ...


def bucket(salt: str, unit: str) -> int:
    """Return the bucket from 0 to 9,999 of a unit, taken as it is, neither trimmed nor folded.

    The first 15 hex digits of the SHA-256 of "salt:unit" in UTF-8, modulo 10,000; in SQL it is
    `personalization.buckets`. UnicodeEncodeError for half a surrogate pair, which no id has.
    """
    digest = sha256(f"{salt}:{unit}".encode()).hexdigest()
    return int(digest[:DIGITS], 16) % BUCKETS


def assign(experiment: Assigning, unit: str) -> str | None:
    """Return the code of the variant that `unit` gets; None: they do not take part."""
    if bucket(experiment.salt + TRAFFIC, unit) >= experiment.traffic:
        return None
    place, end = bucket(experiment.salt, unit), 0
    for variant in experiment.variants:
        end += variant["weight"]
        if place < end:
            return str(variant["code"])
    return None
