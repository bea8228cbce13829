"""The algorithms of personal recommendations, by their public names."""

from collections.abc import Callable, Mapping
from typing import Any

from personalization.recommend.algorithms.algorithm import Algorithm, Arrays, Parameters, Parts
from personalization.recommend.algorithms.collaborative_filtering import COLLABORATIVE_FILTERING
from personalization.recommend.algorithms.content_based import CONTENT_BASED
from personalization.recommend.algorithms.cosine import COSINE
from personalization.recommend.algorithms.discover import DISCOVER
from personalization.recommend.algorithms.next_basket import NEXT_BASKET
from personalization.recommend.algorithms.personal_frequency import PERSONAL_FREQUENCY

_EACH: tuple[Algorithm, ...] = (
    *(NEXT_BASKET, PERSONAL_FREQUENCY),
    *(DISCOVER, COLLABORATIVE_FILTERING, COSINE, CONTENT_BASED),
)
ALGORITHMS: Mapping[str, Algorithm] = {one.name: one for one in _EACH}
# The parts of a fit: each is fitted once, whichever algorithms read it.
PARTS: Parts = {name: fit for one in _EACH for name, fit in one.parts.items()}
# Names that old callers send, and the algorithm that answers in their place.
REPLACED: Mapping[str, str] = {"hybrid_neural": DISCOVER.name}
NAMES = (*ALGORITHMS, *REPLACED)


def current_name(name: str) -> str:
    """Return the algorithm that answers for a name of `NAMES`."""
    return REPLACED.get(name, name)


def joined_parts(algorithm: str, part: Callable[[str], Arrays]) -> Arrays:
    """Return the arrays of all parts that an algorithm reads; `part` returns those of one."""
    found: dict[str, Any] = {}
    for name in ALGORITHMS[algorithm].parts:
        found |= part(name)
    return found


__all__ = [
    "ALGORITHMS",
    "NAMES",
    "PARTS",
    "REPLACED",
    "Algorithm",
    "Arrays",
    "Parameters",
    "Parts",
    "current_name",
    "joined_parts",
]
