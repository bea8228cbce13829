"""The architecture of `sequence`, as artefacts of networks name it; known in every process."""

from typing import Any

from personalization.recommend.algorithms import SEQUENCE
from predictions.deep.architectures import Architecture, Sizes


def _build(sizes: Sizes) -> Any:
    from personalization.recommend.sequence.network import SequenceNetwork

    return SequenceNetwork(sizes["skus"], sizes["width"])


ARCHITECTURE = Architecture(SEQUENCE, _build)
