"""The pure functions of goals and significance: the contract's examples and further cases."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from personalization.goals import goal_scores
from personalization.goals.scores import InvalidWeights, UnknownGoal
from personalization.significance import shift

CASES = Path(settings.BASE_DIR).parent / "shared" / "data" / "lists_expected.json"
OF_THOUSAND = {
    "a": {"exposures": 1000, "clicks": 60, "conversions": 40},
    "b": {"exposures": 1000, "clicks": 90, "conversions": 30},
}
IN, OUT = {"tea"}, {"shoes"}


@pytest.fixture(scope="module")
def cases():
    if not CASES.exists():
        pytest.skip("the cases are not there")
    return json.loads(CASES.read_text())["functions"]


@pytest.mark.parametrize(
    "weights, scores",
    [((0.4, 0.6), (1.005195, 0.994805)), ((8, 2), (0.880519, 1.119481))],
)
def test_scores_of_the_example(weights, scores):
    named = dict(zip(("increase_engagement", "drive_conversions"), weights, strict=True))
    found = goal_scores(OF_THOUSAND, named)
    assert found == pytest.approx(dict(zip("ab", scores, strict=True)), abs=5e-7)


def test_shared_cases_hold(cases):
    for one in cases["goal_scores"]:
        found = goal_scores(one["evidence"], one["weights"])
        assert found == pytest.approx(one["scores"], abs=1e-8)
    for one in cases["shift"]:
        views = [set(codes) for codes in one["views"]]
        assert shift(views, set(one["interests"])) == pytest.approx(one["shift"])


@pytest.mark.parametrize(
    "weights, error",
    [
        ({"sell_more": 1}, UnknownGoal),
        ({"drive_conversions": 0}, InvalidWeights),
        ({"drive_conversions": -1, "increase_engagement": 2}, InvalidWeights),
        ({"drive_conversions": float("nan")}, InvalidWeights),
        ({"drive_conversions": 10**400}, InvalidWeights),
        ({}, InvalidWeights),
    ],
)
def test_wrong_weights_are_refused(weights, error):
    with pytest.raises(error):
        goal_scores(OF_THOUSAND, weights)


@pytest.mark.parametrize(
    "views, expected",
    [([OUT] * 5, 1.0), ([IN] + [OUT] * 4, 0.8), ([OUT] * 3, 0.6), ([OUT] * 2, 0.0)],
)
def test_shift_of_the_examples(views, expected):
    assert shift(views, {"tea", "coffee"}) == expected
    # Of a longer session only the last five views count.
    assert shift([OUT, OUT, *[IN] * 5], {"tea"}) == 0.0
    assert shift(views, set()) == 0.0
