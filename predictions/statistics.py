"""Statistics of samples: pure functions, known by their counts and sums alone."""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

TWO_SIDED_95 = 0.975


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

    Both have two values or more; None where neither varies. Degrees of freedom by Welch and
    Satterthwaite: (v1/n1 + v2/n2)^2 / ((v1/n1)^2 / (n1 - 1) + (v2/n2)^2 / (n2 - 1)).
    """
    parts = [sample.variance / sample.count for sample in (one, other)]
    whole = sum(parts, Fraction())
    if not whole:
        return None
    degrees = (
        whole
        * whole
        / sum(
            part * part / (sample.count - 1)
            for part, sample in zip(parts, (one, other), strict=True)
        )
    )
    from scipy.special import stdtrit

    reach = float(stdtrit(float(degrees), TWO_SIDED_95)) * sqrt(whole)
    middle = float(one.mean - other.mean)
    return middle - reach, middle + reach
