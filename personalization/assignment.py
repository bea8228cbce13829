"""Which variant of an experiment somebody gets: arithmetic of their id, the same everywhere.

Nothing is stored, and nobody is asked: whoever stores an assignment judges consent, hold-out,
audience and state.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from core.buckets import BUCKETS, bucket

__all__ = ["BUCKETS", "TRAFFIC", "Assigning", "assign", "bucket"]

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
