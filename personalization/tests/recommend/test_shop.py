"""Recommendations of a real shop, whose figures the contract gives."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from personalization.models import ListInUse, RecommendationUse
from personalization.recommend import complementary, popular, similar, trending
from personalization.recommend.nightly import fit_recommendations
from tests.factories.shops import DATA

SPLIT = datetime(2011, 9, 9, tzinfo=UTC)
# The gate's window [T, T + 28 days) from 2011-10-01 on.
UNTIL = datetime(2011, 10, 29, tzinfo=UTC)
# Contract, section 5: NDCG@10 and hit, of repeats and of what is new.
EXPECTED = {
    "popular": (0.1114, 0.551, 0.0503, 0.323),
    "popular_30d": (0.1200, 0.488, 0.0559, 0.305),
    "cosine": (0.2727, 0.721, 0.0894, 0.427),
    "collaborative_filtering": (0.3422, 0.773, 0.1098, 0.467),
}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.exhaustive,
    pytest.mark.once,
    pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there"),
]


@pytest.fixture(scope="module")
def measured(online_retail):
    out = StringIO()
    call_command("evaluate_recommendations", "--split", "2011-09-09", "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def fit(online_retail):
    return fit_recommendations(UNTIL)


def test_sizes_are_those_of_the_contract(measured):
    names = ("customers", "skus", "users", "new_users", "k", "until")
    assert [measured[name] for name in names] == [3360, 3431, 1919, 1860, 10, None]


def test_figures_are_those_of_the_contract(measured):
    found = {one["algorithm"]: one for one in measured["results"]}
    for name, expected in EXPECTED.items():
        one = found[name]
        figures = [one[part][figure] for part in ("repeats", "new") for figure in ("ndcg", "hit")]
        assert figures == pytest.approx(expected, abs=0.001), name


def test_personal_lists_have_the_figures_of_the_contract(measured):
    """With the parameters that the last 28 days choose, against the counters."""
    expected = json.loads((DATA / "lists_expected.json").read_text())["retail"]
    assert measured["chosen"] == {name: expected["chosen"][name] for name in ("e", "beta")}
    found = {one["algorithm"]: one for one in measured["results"]}
    for name, figures in expected["results"].items():
        for mode, pair in figures.items():
            assert found[name][mode] == pytest.approx(pair, abs=0.001), (name, mode)
    for text, (difference, low, high) in expected["against"].items():
        pair, mode = text.split(", ")
        name, baseline = pair.split(" - ")
        (one,) = (
            one
            for one in found[name]["against"]
            if (one["baseline"], one["mode"]) == (baseline, mode)
        )
        assert one["difference"] == pytest.approx(difference, abs=0.001)
        assert one["interval"] == pytest.approx([low, high], abs=0.001)


def test_what_trended_on_a_day(online_retail):
    found = [(sku, f"{score:.4f}") for sku, score in trending(n=4, as_of=SPLIT)]
    assert found == [
        ("21181", "27.0000"),
        ("21166", "18.0000"),
        ("21169", "11.0000"),
        ("23355", "10.5300"),
    ]


def test_the_nightly_fit_answers_as_the_history_does(fit):
    for ask in (
        lambda **at: similar("21181", n=50, **at),
        lambda **at: complementary("21181", n=50, **at),
        lambda **at: complementary(["21181", "21166", "none"], n=50, **at),
        lambda **at: trending(n=50, **at),
        lambda **at: popular(n=50, **at),
    ):
        assert ask() == ask(as_of=UNTIL)
        assert len(ask()) > 10


def test_lists_that_beat_the_counters_are_promoted(fit):
    """By the figures of the contract's window, with e and beta of the 28 days before it."""
    assert RecommendationUse.objects.get().fit == fit
    again, discover = ListInUse.objects.select_related("version").order_by("wish")
    versions = {one.algorithm: one for one in fit.versions.all()}
    assert {one.scope for one in versions.values()} == {""}
    next_basket = versions["next_basket"]
    assert (again.version, discover.version) == (next_basket, versions["discover"])
    for name in ("next_basket", "discover", "collaborative_filtering"):
        assert versions[name].gate == "passed", name
    assert next_basket.figures["difference"] == pytest.approx(0.0142, abs=0.001)
    assert next_basket.figures["interval"] == pytest.approx([0.0063, 0.0221], abs=0.001)
