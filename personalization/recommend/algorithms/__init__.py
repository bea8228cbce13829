"""The algorithms of personal recommendations, by their public names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from personalization.lists.mixture import AGAIN
from personalization.lists.mixture import DISCOVER as DISCOVERED
from personalization.recommend.algorithms.algorithm import Algorithm, Arrays, Parameters, Parts
from personalization.recommend.algorithms.collaborative_filtering import COLLABORATIVE_FILTERING
from personalization.recommend.algorithms.content_based import CONTENT_BASED
from personalization.recommend.algorithms.cosine import COSINE
from personalization.recommend.algorithms.discover import DISCOVER
from personalization.recommend.algorithms.next_basket import NEXT_BASKET
from personalization.recommend.algorithms.personal_frequency import PERSONAL_FREQUENCY
from personalization.recommend.algorithms.popular_lately import POPULAR_LATELY

_EACH: tuple[Algorithm, ...] = (
    *(NEXT_BASKET, PERSONAL_FREQUENCY),
    *(DISCOVER, COLLABORATIVE_FILTERING, COSINE, CONTENT_BASED),
)
ALGORITHMS: Mapping[str, Algorithm] = {one.name: one for one in _EACH}
# The parts of a fit: each is fitted once, whichever algorithms read it.
PARTS: Parts = {name: fit for one in _EACH for name, fit in one.parts.items()}
# The algorithm that serves a list while no other one is promoted.
COUNTERS: Mapping[str, Algorithm] = {AGAIN: PERSONAL_FREQUENCY, DISCOVERED: POPULAR_LATELY}
SERVING: Mapping[str, Algorithm] = {**ALGORITHMS, POPULAR_LATELY.name: POPULAR_LATELY}
# Names that old callers send; the promoted algorithm of a list answers in their place.
REPLACED: Mapping[str, str] = {"hybrid_neural": DISCOVERED}
# The network over baskets: a worker writes its candidates for each customer, for both lists.
SEQUENCE = "sequence"
NAMES = (*ALGORITHMS, SEQUENCE, *REPLACED)


def wishes_of(name: str) -> Sequence[str]:
    """Return the lists whose candidate an algorithm is, of `NAMES`."""
    if name == SEQUENCE:
        return AGAIN, DISCOVERED
    return (REPLACED[name] if name in REPLACED else ALGORITHMS[name].wish,)


def joined_parts(algorithm: str, part: Callable[[str], Arrays]) -> Arrays:
    """Return the arrays of all parts that an algorithm reads; `part` returns those of one."""
    found: dict[str, Any] = {}
    for name in SERVING[algorithm].parts:
        found |= part(name)
    return found


__all__ = [
    "ALGORITHMS",
    "COUNTERS",
    "NAMES",
    "PARTS",
    "REPLACED",
    "SEQUENCE",
    "SERVING",
    "Algorithm",
    "Arrays",
    "Parameters",
    "Parts",
    "joined_parts",
    "wishes_of",
]
