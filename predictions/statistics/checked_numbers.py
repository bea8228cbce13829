"""Numbers that statistics are computed of, refused where they cannot be."""

from math import isfinite


def finite(given: float, what: str) -> float:
    """Return `given` as a float; ValueError, which names `what` it should be, for nan, infinity."""
    number = float(given)
    if not isfinite(number):
        raise ValueError(f"{given!r} is no {what}")
    return number


def checked_level(given: float) -> float:
    """Return a level of significance or a power; ValueError unless it lies between 0 and 1."""
    level = finite(given, "level")
    if not 0 < level < 1:
        raise ValueError(f"{given!r} is no level: between 0 and 1")
    return level
