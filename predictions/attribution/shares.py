"""Whole amounts cut by weights."""

from collections.abc import Sequence


def divide_by_weights(units: int, weights: Sequence[int]) -> list[int]:
    """Return `units` (at least 0) cut by `weights` (at least 0, one above it), whole and in all.

    By largest remainder: each gets its part rounded down, and of what is left one each get those
    of which most was cut off; of equals the earlier ones.
    """
    whole = sum(weights)
    parts, rests = [], []
    for place, weight in enumerate(weights):
        part, rest = divmod(units * weight, whole)
        parts.append(part)
        rests.append((-rest, place))
    for _rest, place in sorted(rests)[: units - sum(parts)]:
        parts[place] += 1
    return parts
