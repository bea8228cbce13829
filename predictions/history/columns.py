"""Columns: one value for each of many customers, exact, and worked out all at once.

Whole numbers are int64 arrays; where a product could leave that range it is one of Python's own
whole numbers (dtype object) instead. So nothing overflows, and nothing is rounded before the end.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.database.fields import quotient
from predictions.history.values import PLACES, Value, value_as_text

# Whole numbers: int64, or objects where they may be larger.
Whole = NDArray[Any]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
# Sums of two numbers below ROOM are int64; quotients of numbers below EXACT are right to the bit.
ROOM, EXACT = 2**61, 2**53
# The format of the digits before and after the decimal point.
AS_TEXT = f"{{}}.{{:0{PLACES}}}".format
# Products below CLEAR differ from the exact products by at most 2^-13.
CLEAR = 2**40


def whole(values: ArrayLike) -> Whole:
    """Return whole numbers as an array: int64 where all fit."""
    found = np.array(values, dtype=object)
    fits = _size(found) < ROOM
    return np.array(values, dtype=np.int64) if fits else found


def concatenate(arrays: Iterable[Whole]) -> Whole:
    """Return arrays as one, the first one's numbers first."""
    return np.concatenate([np.zeros(0, dtype=np.int64), *arrays])


def times(one: Whole, other: Any) -> Whole:
    """Return one x other, whole numbers or arrays of them, exactly."""
    other = np.asarray(other)
    if _size(one) * _size(other) < ROOM:
        return np.asarray(one * other)
    return np.asarray(one.astype(object) * other)


def quotients(numerators: Whole, denominators: Whole) -> Whole:
    """Return numerators / denominators (above 0), rounded half away from zero."""
    if max(_size(numerators), _size(denominators)) >= ROOM:
        numerators, denominators = numerators.astype(object), denominators.astype(object)
    size = (abs(numerators) * 2 + denominators) // (denominators * 2)
    return np.asarray(np.where(numerators < 0, -size, size))


def starts_of(counts: Whole) -> Whole:
    """Return the start of each of consecutive stretches of these lengths, and the end of all."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def sums(values: Whole, starts: Whole) -> Whole:
    """Return the sum of each stretch of `values`; 0 for an empty one."""
    if _size(values) * max(len(values), 1) >= ROOM:
        values = values.astype(object)
    added = np.concatenate([np.zeros(1, dtype=values.dtype), np.cumsum(values)])
    return whole(added[starts[1:]] - added[starts[:-1]])


def _size(values: Whole) -> int:
    return max(int(values.max(initial=0)), -int(values.min(initial=0)))


class Column(Protocol):
    """Values of customers, in the customers' order; `known` is false for a missing value."""

    @property
    def known(self) -> Mask:
        """Whether each customer has a value."""

    def values(self) -> list[Value]:
        """Return the values as they are."""

    def units(self, places: int) -> list[int | None]:
        """Return the values in whole units of the last of `places` decimals."""

    def parts(self) -> tuple[Whole, Whole]:
        """Return numerators and denominators (above 0); any number for a missing value."""

    def floats(self) -> Floats:
        """Return the nearest floats; NaN for a missing value, the largest float for larger ones."""

    def cells(self) -> list[str]:
        """Return the values as written in files: whole numbers bare, others with 6 decimals."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Whole numbers."""

    numbers: Whole
    known: Mask

    def values(self) -> list[Value]:
        """Return whole numbers, None for a missing one."""
        return _mask_values(self.numbers, self.known)

    def units(self, places: int) -> list[int | None]:
        """Return the numbers times 10 ** `places`; None for a missing one."""
        return _mask_values(times(self.numbers, 10**places), self.known)

    def parts(self) -> tuple[Whole, Whole]:
        """Return the numbers themselves, and ones."""
        return self.numbers, np.ones(len(self.numbers), dtype=np.int64)

    def floats(self) -> Floats:
        """Return the nearest floats."""
        if self.numbers.dtype == object:
            return np.array([as_float(value) for value in self.values()])
        return np.where(self.known, self.numbers.astype(np.float64), np.nan)

    def cells(self) -> list[str]:
        """Return digits."""
        return _texts(map(str, self.numbers.tolist()), self.known)


@dataclass(frozen=True, eq=False)
class Quotients:
    """Fractions; denominators are above 0, also where the value is missing."""

    numerators: Whole
    denominators: Whole
    known: Mask

    def values(self) -> list[Value]:
        """Return fractions, None for a missing one."""
        parts = zip(self.numerators.tolist(), self.denominators.tolist(), strict=True)
        return [
            Fraction(*part) if known else None
            for part, known in zip(parts, self.known.tolist(), strict=True)
        ]

    def units(self, places: int) -> list[int | None]:
        """Return the fractions times 10 ** `places`, rounded half away from zero."""
        return _mask_values(
            quotients(times(self.numerators, 10**places), self.denominators), self.known
        )

    def parts(self) -> tuple[Whole, Whole]:
        """Return the numerators and the denominators."""
        return self.numerators, self.denominators

    def floats(self) -> Floats:
        """Return the nearest floats: of what is exact before, the quotient is the nearest."""
        if max(_size(self.numerators), _size(self.denominators)) >= EXACT:
            return np.array([as_float(value) for value in self.values()], dtype=np.float64)
        found = self.numerators.astype(np.float64) / self.denominators.astype(np.float64)
        return np.where(self.known, found, np.nan)

    def cells(self) -> list[str]:
        """Return digits with 6 decimals."""
        units = quotients(times(self.numerators, 10**PLACES), self.denominators)
        heads, tails = abs(units) // 10**PLACES, abs(units) % 10**PLACES
        found = _texts(map(AS_TEXT, heads.tolist(), tails.tolist()), self.known)
        for place in np.flatnonzero(self.known & (units < 0)).tolist():
            found[place] = f"-{found[place]}"
        return found


@dataclass(frozen=True, eq=False)
class Given:
    """Values of any kind, as given or as computed one by one."""

    given: Sequence[Value]

    @cached_property
    def known(self) -> Mask:
        """Whether each customer has a value."""
        return np.array([value is not None for value in self.given], dtype=np.bool_)

    def values(self) -> list[Value]:
        """Return the values."""
        return list(self.given)

    def units(self, places: int) -> list[int | None]:
        """Return the values rounded half away from zero; no value may be a code."""
        return Quotients(*self.parts(), self.known).units(places)

    def parts(self) -> tuple[Whole, Whole]:
        """Return the numerators and denominators of the values; no value may be a code."""
        found = [(0, 1) if one is None else one.as_integer_ratio() for one in self._numbers()]
        return whole([one for one, _other in found]), whole([other for _one, other in found])

    def floats(self) -> Floats:
        """Return the nearest floats; none may be a code."""
        return np.array([as_float(value) for value in self.given], dtype=np.float64)

    def cells(self) -> list[str]:
        """Return the values as text."""
        return [value_as_text(value) for value in self.given]

    def _numbers(self) -> list[int | Fraction | None]:
        return [value for value in self.given if not isinstance(value, str)]


def float_units(values: Floats, places: int) -> list[int]:
    """Return finite floats in whole units of the last of `places` decimals.

    The exact value of each float is rounded half away from zero.
    """
    power = 10**places
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.abs(values) * power
        # As far from a half as this the product's own rounding changes nothing.
        is_clear = (scaled < CLEAR) & (np.abs(scaled % 1 - 0.5) > 2**-12)
    rounded = np.copysign(np.rint(np.where(is_clear, scaled, 0)), values)
    found: list[int] = rounded.astype(np.int64).tolist()
    for place in np.flatnonzero(~is_clear).tolist():
        numerator, denominator = float(values[place]).as_integer_ratio()
        found[place] = quotient(numerator * power, denominator)
    return found


def as_float(value: Any) -> float:
    """Return the nearest float; NaN for None, the largest float for larger values."""
    if value is None:
        return float("nan")
    try:
        return float(value)
    except OverflowError:
        return sys.float_info.max if value > 0 else -sys.float_info.max


def _texts(texts: Iterable[str], known: Mask) -> list[str]:
    found = list(texts)
    for place in np.flatnonzero(~known).tolist():
        found[place] = ""
    return found


def _mask_values(numbers: Whole, known: Mask) -> list[Any]:
    found: list[Any] = numbers.tolist()
    if known.all():
        return found
    return [
        number if is_known else None for number, is_known in zip(found, known.tolist(), strict=True)
    ]
