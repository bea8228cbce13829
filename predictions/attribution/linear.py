"""All touches get the same."""

from collections.abc import Sequence

from predictions.attribution.journey import Touch


def linear(touches: Sequence[Touch]) -> list[int]:
    """Return the weights of `touches`, in their order."""
    return [1] * len(touches)
