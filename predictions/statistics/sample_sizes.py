"""Sample sizes: the units per arm that a test needs to detect a difference of rates or means."""

from math import ceil, inf, isfinite, sqrt

PRECISION = 1e-6


def sample_size(p1: float, p2: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return the units per arm to detect the difference of rates `p1` and `p2`, rounded up.

    ((z_{1-a/2} sqrt(2 p (1 - p)) + z_power sqrt(p1 (1 - p1) + p2 (1 - p2))) / (p2 - p1))^2, where p
    is the mean of the rates (Fleiss, Levin, Paik, Statistical Methods for Rates and Proportions,
    2003). Raises ValueError where a rate is not between 0 and 1, or where the rates are equal or so
    close that the number would be infinite.
    """
    first, second = (finite(p, "rate") for p in (p1, p2))
    if not (0 <= first <= 1 and 0 <= second <= 1):
        raise ValueError("a rate lies from 0 to 1")
    mean = (first + second) / 2
    confident, powerful = _quantiles(alpha, power)
    varies = sqrt(first * (1 - first) + second * (1 - second))
    return _squared_ratio(
        confident * sqrt(2 * mean * (1 - mean)) + powerful * varies, second - first
    )


def sample_size_of_means(
    deviation: float, difference: float, alpha: float = 0.05, power: float = 0.8
) -> int:
    """Return the units per arm to detect a `difference` of means, rounded up.

    2 (sd (z_{1-a/2} + z_power) / d)^2, where sd is `deviation` and d is `difference`. Raises
    ValueError where the deviation is negative or the difference is 0.
    """
    sd = finite(deviation, "deviation")
    if sd < 0:
        raise ValueError(f"{deviation!r} is no deviation")
    return _squared_ratio(
        sqrt(2) * sd * sum(_quantiles(alpha, power)), finite(difference, "difference")
    )


def smallest_rise(p: float, size: int, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """Return the smallest rise of the rate `p` that `size` units per arm detect; None for none.

    The inverse of `sample_size`, to 1e-6. Raises ValueError where `p` is not between 0 and 1.
    """
    low, high = 0.0, 1 - p
    if high <= 0 or sample_size(p, 1, alpha, power) > size:
        return None
    while high - low > PRECISION:
        middle = (low + high) / 2
        if sample_size(p, p + middle, alpha, power) > size:
            low = middle
        else:
            high = middle
    return high


def smallest_difference(
    deviation: float, size: int, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Return the smallest difference of means that `size` units per arm detect.

    The inverse of `sample_size_of_means`; `deviation` is the standard deviation of a unit.
    """
    return deviation * sqrt(2 / size) * sum(_quantiles(alpha, power))


def _quantiles(alpha: float, power: float) -> tuple[float, float]:
    from scipy.special import ndtri

    return -float(ndtri(checked_level(alpha) / 2)), float(ndtri(checked_level(power)))


def _squared_ratio(wide: float, apart: float) -> int:
    """Return (wide / apart)^2, rounded up, at least 1."""
    ratio = wide / apart if apart else inf
    if not isfinite(ratio * ratio):
        raise ValueError("there is no difference to find")
    return max(1, ceil(ratio * ratio))


def finite(given: float, expected: str) -> float:
    """Return `given` as a float.

    Raises ValueError for nan and infinity; its message names what was `expected`.
    """
    number = float(given)
    if not isfinite(number):
        raise ValueError(f"{given!r} is no {expected}")
    return number


def checked_level(given: float) -> float:
    """Return a level of significance or a power; ValueError unless it lies between 0 and 1."""
    level = finite(given, "level")
    if not 0 < level < 1:
        raise ValueError(f"{given!r} is no level: between 0 and 1")
    return level
