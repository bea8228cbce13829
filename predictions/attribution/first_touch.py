"""The first touch gets all."""

from collections.abc import Sequence

from predictions.attribution.journey import Touch


def first_touch(touches: Sequence[Touch]) -> list[int]:
    """Return the weights of `touches`, in their order."""
    return [1] + [0] * (len(touches) - 1)
