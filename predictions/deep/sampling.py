"""Sample of the sequences to fit on, and the tenth that judges when a fit has to stop."""

from collections.abc import Sequence

from core.text.hashes import BUCKETS, bucket

# The most sequences to fit on.
MOST_SEQUENCES = 200_000
SALT = "deep"
# The salt differs from the sample's: otherwise a sample of the lowest buckets would all judge.
STOP_SALT = "deep-stop"


def sampled_places(ids: Sequence[str], most: int = MOST_SEQUENCES) -> list[int]:
    """Return the places, rising, of at most `most` of `ids`: those of the lowest buckets."""
    if len(ids) <= most:
        return list(range(len(ids)))
    order = sorted(range(len(ids)), key=lambda place: (bucket(SALT, ids[place]), ids[place]))
    return sorted(order[:most])


def split_places(ids: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the places to fit on, and those of the tenth that judges; rising."""
    fitted, judging = list[int](), list[int]()
    for place, one in enumerate(ids):
        (judging if bucket(STOP_SALT, one) < BUCKETS // 10 else fitted).append(place)
    return fitted, judging
