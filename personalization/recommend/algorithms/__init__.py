"""The algorithms of personal recommendations, by their public names."""

from collections.abc import Mapping

from personalization.recommend.algorithms.algorithm import Algorithm, Arrays
from personalization.recommend.algorithms.collaborative_filtering import COLLABORATIVE_FILTERING
from personalization.recommend.algorithms.content_based import CONTENT_BASED
from personalization.recommend.algorithms.cosine import COSINE
from personalization.recommend.algorithms.hybrid_neural import HYBRID_NEURAL

_EACH: tuple[Algorithm, ...] = (COSINE, COLLABORATIVE_FILTERING, CONTENT_BASED, HYBRID_NEURAL)
ALGORITHMS: Mapping[str, Algorithm] = {one.name: one for one in _EACH}

__all__ = ["ALGORITHMS", "Algorithm", "Arrays"]
