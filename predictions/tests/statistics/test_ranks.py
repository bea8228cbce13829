"""Ranks and percentiles are what their definitions say."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from predictions.statistics.ranks import limits, nearest_rank, scores


def score(value, found):
    return scores(np.array([value]), found)[0]


NUMBERS = st.lists(st.integers(-5, 40), max_size=60)


@given(NUMBERS)
def test_a_score_counts_who_is_strictly_worse(values):
    found = limits(sorted(values))
    for value in values:
        worse = sum(other < value for other in values)
        assert score(value, found) == 1 + 5 * worse // len(values)


@given(NUMBERS)
def test_who_comes_later_has_the_score_of_the_next_worse_one(values):
    found = limits(sorted(values))
    for value in range(-6, 42):
        expected = max((score(one, found) for one in values if one <= value), default=1)
        assert score(value, found) == expected


@given(NUMBERS, st.integers(1, 100))
def test_a_percentile_is_a_value_that_is_there(values, percent):
    found = nearest_rank(Counter(values), percent)
    place = (percent * len(values) + 99) // 100
    assert found == (sorted(values)[place - 1] if values else None)
