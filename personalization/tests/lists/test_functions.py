"""The public functions of lists and of their gate, on the contract's cases."""

import json
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from personalization.gate import paired, passes
from personalization.lists import ease, mix, next_basket

EXPECTED = Path(settings.BASE_DIR).parent / "shared" / "data" / "lists_expected.json"
with_cases = pytest.mark.skipif(not EXPECTED.exists(), reason=f"{EXPECTED} is not there")


@pytest.fixture(scope="module")
def cases():
    return json.loads(EXPECTED.read_text())["functions"]


def test_ease_of_four_customers():
    found = ease(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1]])).toarray()
    expected = [[0, 0.0039722, 0.0019802], [0.0039722, 0, 0.0019802], [0.0019841, 0.0019841, 0]]
    assert found == pytest.approx(np.array(expected), abs=5e-8)


@with_cases
def test_ease_cuts_columns_as_in_the_cases(cases):
    for case in cases["ease"]:
        found = ease(np.array(case["B"]), keep=case["keep"]).toarray()
        assert found == pytest.approx(np.array(case["E"]), abs=1e-9)


def test_ease_in_single_precision_agrees(monkeypatch):
    bought = np.random.default_rng(0).random((60, 12)) < 0.3
    expected = ease(bought).toarray()
    monkeypatch.setattr("personalization.lists.item_weights.DOUBLE_UP_TO", 0)
    # Blocks of columns have to meet without a seam.
    monkeypatch.setattr("personalization.lists.item_weights.TOGETHER", 5)
    assert ease(bought).toarray() == pytest.approx(expected, abs=1e-6)


@with_cases
def test_next_basket_scores_the_cases(cases):
    for case in cases["next_basket"]:
        found = next_basket(case["own"], case["discover"], case["q"], case["beta"])
        assert found == pytest.approx(np.array(case["scores"]), abs=1e-9)


@with_cases
def test_mix_fills_the_places_of_the_cases(cases):
    for case in cases["mix"]:
        found = mix(case["again"], case["discover"], case["share"], case["n"])
        assert found == [tuple(pair) for pair in case["list"]]


def test_a_third_of_ten_places_is_of_again():
    found = mix(list("abcdefghij"), list("ABCDEFGHIJ"), 0.3316, 10)
    assert [place for place, (_sku, wish) in enumerate(found, 1) if wish == "again"] == [2, 5, 8]


@with_cases
def test_paired_intervals_of_the_cases(cases):
    for case in cases["paired"]:
        assert paired(case["a"], case["b"]) == pytest.approx(case["result"], abs=1e-9)


def test_users_without_a_figure_are_left_out():
    nothing = float("nan")
    assert paired([1, nothing, 3], [0, 1, 1]) == paired([1, 3], [0, 1])
    assert not passes([paired([1], [0])])
    assert not passes([])
    assert passes([(0.2, 0.1, 0.3)])
    assert not passes([(0.2, 0.1, 0.3), (0.2, 0.0, 0.4)])
