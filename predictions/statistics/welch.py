"""Statistics of samples: pure functions, known by their counts and sums alone."""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import TypeVar

TWO_SIDED_95 = 0.975
# Exact, or as a machine counts.
Number = TypeVar("Number", Fraction, float)


@dataclass
class Sample:
    """A sample of whole numbers: how many, their sum, the sum of their squares; all exact."""

    count: int = 0
    sum: int = 0
    squares: int = 0

    def add(self, value: int) -> None:
        """Take in a value."""
        self.count += 1
        self.sum += value
        self.squares += value * value

    @property
    def mean(self) -> Fraction:
        """The mean; ZeroDivisionError of nothing."""
        return Fraction(self.sum, self.count)

    @property
    def variance(self) -> Fraction:
        """The sample variance (n - 1); of two values or more."""
        return (self.squares - self.sum * self.mean) / (self.count - 1)


def welch_interval(one: Sample, other: Sample) -> tuple[float, float] | None:
    """Return the 95 % interval of the difference of two means, `one` minus `other`, by Welch.

    Both have two values or more; None where neither varies.
    """
    parts = one.variance / one.count, other.variance / other.count
    whole = sum(parts, Fraction())
    if not whole:
        return None
    degrees = welch_degrees(*parts, one.count, other.count)
    from scipy.special import stdtrit

    reach = float(stdtrit(float(degrees), TWO_SIDED_95)) * sqrt(whole)
    middle = float(one.mean - other.mean)
    return middle - reach, middle + reach


def welch_degrees(part: Number, other_part: Number, count: int, other_count: int) -> Number:
    """Return the degrees of freedom of a difference of means, by Welch and Satterthwaite.

    A part is the variance of a sample over its count, p = v / n; of both not 0, and n >= 2:
    (p1 + p2)^2 / (p1^2 / (n1 - 1) + p2^2 / (n2 - 1)).
    """
    whole = part + other_part
    spread = part * part / (count - 1) + other_part * other_part / (other_count - 1)
    return whole * whole / spread
