"""Columns are what Python's exact numbers are, however large."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.database.fields import quotient
from predictions.history.columns import (
    Counts,
    Given,
    Quotients,
    float_units,
    quotients,
    starts_of,
    sums,
    times,
    whole,
)
from predictions.history.values import value_as_text

SMALL = st.integers(-(10**6), 10**6)
# Around what int64 and floats hold, and far beyond.
LARGE = st.one_of(
    st.integers(-(2**200), 2**200),
    *(st.integers(2**bits - 3, 2**bits + 3) for bits in (53, 60, 61, 62, 63, 64)),
)
NUMBERS = st.one_of(SMALL, LARGE)
ABOVE_0 = NUMBERS.map(lambda number: abs(number) + 1)


@given(st.lists(st.tuples(NUMBERS, ABOVE_0, st.booleans()), max_size=8), st.sampled_from([0, 4, 6]))
def test_quotients_are_fractions(parts, places):
    known = np.array([is_known for *_part, is_known in parts], dtype=np.bool_)
    column = Quotients(
        whole([one for one, *_rest in parts]), whole([other for _one, other, _is in parts]), known
    )
    values = [Fraction(one, other) if is_known else None for one, other, is_known in parts]
    assert column.values() == values
    assert column.units(places) == [
        None if value is None else quotient(value.numerator * 10**places, value.denominator)
        for value in values
    ]
    assert column.cells() == [value_as_text(value) for value in values]
    same = Given(values)
    assert same.units(places) == column.units(places)
    assert np.array_equal(column.floats(), same.floats(), equal_nan=True)


@given(st.lists(st.tuples(NUMBERS, st.booleans()), max_size=8))
def test_counts_are_whole_numbers(parts):
    known = np.array([is_known for _number, is_known in parts], dtype=np.bool_)
    column = Counts(whole([number for number, _is in parts]), known)
    values = [number if is_known else None for number, is_known in parts]
    assert column.values() == column.units(0) == values
    assert column.units(4) == [None if value is None else value * 10_000 for value in values]
    assert column.cells() == [value_as_text(value) for value in values]
    assert np.array_equal(column.floats(), Given(values).floats(), equal_nan=True)


@given(st.lists(st.tuples(NUMBERS, ABOVE_0), max_size=8))
def test_nothing_overflows(pairs):
    ones, others = ([pair[place] for pair in pairs] for place in (0, 1))
    assert times(whole(ones), whole(others)).tolist() == [one * other for one, other in pairs]
    assert quotients(whole(ones), whole(others)).tolist() == [quotient(*pair) for pair in pairs]


@given(st.lists(st.lists(NUMBERS, max_size=4), max_size=6))
def test_sums_of_stretches(stretches):
    starts = starts_of(whole([len(one) for one in stretches]))
    values = whole([value for one in stretches for value in one])
    assert sums(values, starts).tolist() == [sum(one) for one in stretches]


# Halves of the last digit, and the floats beside them.
HALVES = st.builds(
    lambda half, other: math.nextafter(half, other),
    st.integers(-(10**17), 10**17).map(lambda halves: halves / 20_000),
    st.sampled_from([-math.inf, 0.0, math.inf]),
) | st.integers(-(10**17), 10**17).map(lambda halves: halves / 20_000)


@given(st.lists(HALVES | st.floats(allow_nan=False, allow_infinity=False), max_size=8))
def test_floats_are_taken_for_what_they_are(values):
    ratios = [value.as_integer_ratio() for value in values]
    expected = [quotient(10**4 * one, other) for one, other in ratios]
    assert float_units(np.array(values), 4) == expected


@pytest.mark.parametrize("value", [Fraction(1, 2), Fraction(-1, 2), Fraction(5, 2)])
def test_halves_go_away_from_zero(value):
    column = Quotients(whole([value.numerator]), whole([2]), np.array([True]))
    assert column.units(0) == [quotient(value.numerator, 2)]
