"""The first and the last touch get 40 % each, those between them share 20 %; two get 50 % each."""

from collections.abc import Sequence

from predictions.attribution.journey import Touch


def position_based(touches: Sequence[Touch]) -> list[int]:
    """Return the weights of `touches`, in their order."""
    between = len(touches) - 2
    if between <= 0:
        return [1] * len(touches)
    # 40 : 20 / between : 40 in whole numbers.
    return [2 * between, *([1] * between), 2 * between]
