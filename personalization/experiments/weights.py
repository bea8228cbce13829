"""Weights of variants, of 10,000 in all."""

from personalization.assignment import BUCKETS


def equal_weights(count: int) -> list[int]:
    """Return `count` weights as equal as whole numbers can be, the first ones the larger."""
    share, rest = divmod(BUCKETS, count)
    return [share + (place < rest) for place in range(count)]
