"""Moves on the journey: counted once more in plain Python, asked by the API, kept."""

import json
from collections import Counter
from datetime import timedelta
from functools import cache

import pytest

from conditions.tests.examples.awkward_values import NOW
from core.clock import now
from customers.models import Cart, Consent, ConsentState, Login, ProductView, Purpose, WishlistItem
from predictions.analytics.computation.defaults import keep, usual
from predictions.analytics.computation.views import COMPUTED_VIEWS
from predictions.api.throttles import one_at_a_time
from predictions.figures.stage_moves import NOT_THERE, STAGES, moves
from predictions.models import AnalyticsTable, JourneyStage, ScoringRun
from predictions.scoring.runs import score
from predictions.tasks import keep_views
from predictions.tests.analytics.test_analytics import ask
from predictions.tests.plainly import Plain

__all__ = ["ask"]

MONTH = timedelta(days=30)
JOURNEY = COMPUTED_VIEWS["journey"]


def stages_at(at):
    """Return the stage of each customer of the population, by key, as the contract words them."""
    plain = Plain(at)
    place = -(-len(plain.gaps) * 90 // 100) - 1
    window = min(max(plain.gaps[place], 14), 365) if plain.gaps else 365
    found = {}
    for one in plain.people:
        count, days = len(plain.sales[one.pk]), plain.days[one.pk]
        seen = (
            ProductView.objects.filter(customer=one, viewed_at__lte=at).exists()
            or Cart.objects.filter(customer=one, created_at__lte=at).exists()
            or Login.objects.filter(customer=one, logged_in_at__lte=at).exists()
            or WishlistItem.objects.filter(wishlist__customer=one, added_at__lte=at).exists()
        )
        recency = (plain.clock(one).today - days[-1]).days if days else None
        if recency is None:
            found[one.pk] = "visitor" if seen else "registered"
        elif recency > window:
            found[one.pk] = "lost" if recency > 2 * window else "lapsing"
        else:
            found[one.pk] = "loyal" if count >= 5 else "repeat" if count > 1 else "first_order"
    return found, window


@pytest.fixture(scope="module")
def stages_of(shop_for_all):
    """Return `stages_at` of the stored shop; the stages of a moment are found once."""
    return cache(stages_at)


def by_hand(start, end, stages_of=stages_at):
    before, after = stages_of(start)[0], stages_of(end)[0]
    return Counter((before.get(pk, "not_there"), stage) for pk, stage in after.items())


def counted(body):
    found = {(one["from"], one["to"]): one["customers"] for one in body["moves"]}
    assert len(found) == len(body["moves"]) == 8 * 7
    return Counter({cell: count for cell, count in found.items() if count})


@pytest.mark.parametrize("days", [0, 1, 30, 365, 4_000])
def test_moves_are_those_that_counting_by_hand_finds(shop, stages_of, days):
    start = NOW - timedelta(days=days)
    found = moves(start, NOW)
    counts = Counter({cell[:2]: cell[2] for cell in found.cells() if cell[2]})
    assert counts == by_hand(start, NOW, stages_of)
    assert found.windows == (stages_of(start)[1], stages_of(NOW)[1])


def test_they_are_the_same_in_small_batches(shop, monkeypatch):
    expected = list(moves(NOW - MONTH, NOW).cells())
    monkeypatch.setattr("predictions.history.batches.BATCH", 3)
    assert list(moves(NOW - MONTH, NOW).cells()) == expected


def test_all_sums_are_the_population(shop, ask):
    body = ask(view="journey", to=NOW.isoformat()).json()
    people = len(Plain(NOW).people)
    assert body["customers"] == people > 0
    assert sum(one["customers"] for one in body["moves"]) == people
    for end in ("from", "to"):
        stages = {one["stage"]: one[end] for one in body["stages"]}
        assert list(stages) == [NOT_THERE, *JourneyStage.values]
        assert sum(stages.values()) == people
        moved = Counter()
        for one in body["moves"]:
            moved[one[end]] += one["customers"]
        assert +moved == +Counter(stages)
    assert {one["stage"]: one["to"] for one in body["stages"]}[NOT_THERE] == 0


def test_stages_are_those_that_a_scoring_stores(shop, ask):
    score(as_of=NOW)
    from predictions.models import CustomerPrediction

    stored = Counter(CustomerPrediction.objects.values_list("journey_stage", flat=True))
    body = ask(view="journey", to=NOW.isoformat(), **{"from": "2010-01-01"}).json()
    assert {one["stage"]: one["to"] for one in body["stages"] if one["to"]} == stored


def test_who_refuses_is_nowhere(db, make_customer, make_order):
    buyer, refusing = make_customer("A"), make_customer("B")
    for one in (buyer, refusing):
        make_order(one, NOW - timedelta(days=1))
    values = {"purpose": Purpose.PERSONALIZATION, "state": ConsentState.REFUSED}
    Consent.objects.create(customer=refusing, source="test", at=now(), **values)
    found = {cell[:2]: cell[2] for cell in moves(NOW - MONTH, NOW).cells() if cell[2]}
    assert found == {("registered", "first_order"): 1}


def test_of_nobody_nobody_moves(db):
    assert not any(count for _before, _after, count in moves(NOW, NOW).cells())


# Asked ------------------------------------------------------------------------------------------


def test_ends_may_be_dates_of_the_default_website(shop, ask):
    given = {"from": "2023-06-01", "to": "2024-01-01T00:00:00Z"}
    body = ask(view="journey", **given).json()
    assert (body["from"], body["to"]) == ("2023-06-01T00:00:00Z", "2024-01-01T00:00:00Z")
    assert body["as_of"] == body["to"]


def test_without_a_beginning_it_is_thirty_days(shop, ask):
    body = ask(view="journey", as_of=NOW.isoformat()).json()
    assert (body["to"], body["as_of"]) == (_written(NOW), _written(NOW))
    assert body["from"] == _written(NOW - MONTH)
    assert counted(body) == by_hand(NOW - MONTH, NOW)


def _written(at):
    return at.isoformat().replace("+00:00", "Z")


@pytest.mark.once
@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({"from": "2024-01-02", "to": "2024-01-01"}, "from", "out_of_range"),
        ({"to": "2024-02-01", "as_of": "2024-01-01T00:00:00Z"}, "to", "out_of_range"),
        ({"from": "2024-13-01"}, "from", "not_a_moment"),
        ({"from": "yesterday"}, "from", "invalid"),
        ({"from": ""}, "from", "blank"),
        ({"from": "2024-01-01T00:00:00"}, "from", "no_offset"),
        ({"from": "0001-01-01"}, "from", "out_of_range"),
        ({"to": "9999-12-31"}, "to", "out_of_range"),
        ({"to": "9899-12-31"}, "to", "out_of_range"),
        ({"to": "9" * 400}, "to", "invalid"),
        ({"months": "3"}, "months", "unknown_field"),
    ],
    ids=str,
)
def test_what_is_no_period_is_refused_by_its_place(ask, given, path, code):
    answer = ask(view="journey", **given)
    assert answer.status_code == 400
    (problem,) = answer.json()["errors"]
    assert (problem["path"], problem["code"]) == (path, code)


@pytest.mark.once
def test_the_end_may_be_now_and_no_later(ask, clock):
    at = clock()
    assert ask(view="journey", to=_written(at)).status_code == 200
    answer = ask(view="journey", to=_written(at + timedelta(seconds=1)))
    assert answer.status_code == 400
    (problem,) = answer.json()["errors"]
    assert problem["message"].startswith("The end may not be in the future")


@pytest.mark.parametrize("to", ["0101-01-02", "2024-02-29"])
def test_far_away_there_is_an_answer_too(shop, ask, to):
    assert ask(view="journey", to=to).status_code == 200


@pytest.mark.once
def test_it_takes_its_turn(shop, ask):
    with one_at_a_time():
        assert ask(view="journey").json()["code"] == "busy"
    assert ask(view="journey").status_code == 200


# Kept -------------------------------------------------------------------------------------------


def test_after_a_scoring_it_is_kept_and_nobody_is_counted_again(shop, ask, monkeypatch):
    run = score(as_of=NOW)
    computed = ask(view="journey").json()
    assert computed["to"] == computed["as_of"] == _written(NOW)
    keep_views(run.pk)
    keep_views(run.pk)
    monkeypatch.setattr("predictions.analytics.views.journey.moves", None)
    with one_at_a_time():
        assert ask(view="journey").json() == computed
    assert AnalyticsTable.objects.get(view="journey").data["customers"] == computed["customers"]


def test_a_scoring_asks_a_worker_to_keep_it(shop, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(
        "celery.current_app.send_task", lambda name, *_given, **more: sent.append((name, more))
    )
    with django_capture_on_commit_callbacks(execute=True):
        run = score("journey", as_of=NOW)
        score("churn", as_of=NOW)
    assert [one for one in sent if one[0] == "predictions.keep_views"] == [
        ("predictions.keep_views", {"args": [run.pk]})
    ]


def test_what_is_kept_of_an_earlier_scoring_does_not_count(shop, ask):
    earlier = score(as_of=NOW - MONTH)
    keep(earlier.pk)
    score(as_of=NOW)
    assert usual(JOURNEY) is None
    assert ask(view="journey").json()["to"] == _written(NOW)
    # A message that comes late keeps nothing either.
    AnalyticsTable.objects.filter(view="journey").delete()
    keep(earlier.pk)
    keep(0)
    assert not AnalyticsTable.objects.filter(view="journey").exists()


def test_a_run_of_other_models_keeps_nothing(db):
    keep(
        ScoringRun.objects.create(codes=["rfm"], versions={"rfm": 1}, as_of=NOW, started_at=NOW).pk
    )
    assert not AnalyticsTable.objects.filter(view="journey").exists()


def test_an_answer_is_json(shop):
    body = JOURNEY.answer({}, NOW)
    assert body.pop("as_of") == NOW
    assert json.loads(json.dumps(body)) == body
    assert [one["stage"] for one in body["stages"][1:]] == list(STAGES)
