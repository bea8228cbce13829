"""Scoring: what is stored is what is computed, written once, and in whole batches."""

import json
from dataclasses import asdict
from datetime import timedelta
from fractions import Fraction
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conditions.tests.examples.awkward_values import NOW
from core.database.fields import AMOUNT_LIMIT
from customers.models import Customer, Order
from predictions.features.shop import shop_figures
from predictions.features.subjects import Subjects
from predictions.features.table import SETS
from predictions.history.batches import batch_of, batches
from predictions.history.population import population
from predictions.history.values import rounded
from predictions.kinds import KINDS
from predictions.kinds.kind import Limits
from predictions.models import (
    CustomerPrediction,
    PredictionModel,
    ScoringRun,
    ScoringState,
    Weekday,
)
from predictions.registry import Unknown
from predictions.scoring import runs as scoring
from predictions.scoring.runs import score
from predictions.scoring.writing import COLUMNS

MOST = AMOUNT_LIMIT


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """Let a shop of forty have several batches."""
    monkeypatch.setattr(scoring, "BATCH", 7)


def rows():
    """Return all that is stored, by the customer's key."""
    return {row.pk: [getattr(row, name) for name in COLUMNS] for row in _all()}


def values():
    """Return the same without as of when each was written."""
    names = [name for name in COLUMNS if not name.endswith("as_of")]
    return {row.pk: [getattr(row, name) for name in names] for row in _all()}


def _all():
    return CustomerPrediction.objects.order_by("pk")


def computed(as_of):
    """Return by key the values that features give, for the columns that are named as they are."""
    found = {}
    figures = shop_figures(batches(population(as_of), as_of))
    batch = batch_of(population(as_of), as_of)
    them = Subjects(batch, figures)
    for name in ("rfm", "activity"):
        for feature in SETS[name].features:
            for key, value in zip(batch.keys.tolist(), feature.of(them).values(), strict=True):
                found.setdefault(key, {})[feature.name] = _stored(value)
    return found


def _stored(value):
    if not isinstance(value, Fraction):
        return value
    return max(-MOST, min(rounded(value, 4), MOST))


def test_what_is_stored_are_the_features(shop):
    run = score(as_of=NOW)
    assert run.state == ScoringState.COMPLETED
    expected = computed(NOW)
    stored_rows = {row.pk: row for row in _all()}
    assert set(stored_rows) == set(expected)
    buyers = 0
    for key, values in expected.items():
        row = stored_rows[key]
        assert row.journey_stage
        if not values["frequency"]:
            # Of who is not a buyer nothing is known.
            assert {getattr(row, name) or None for name in KINDS["rfm"].columns} == {None}
            continue
        buyers += 1
        for name in ("recency_score", "frequency_score", "monetary_score", "rfm_segment"):
            assert getattr(row, name) == values[name]
        for name in ("orders_trend", "gap_days", "overdue_ratio", "discount_share", "refund_share"):
            assert getattr(row, name) == values[name], name
        assert row.favourite_hour == values["favourite_hour"]
        assert row.favourite_weekday == list(Weekday)[values["favourite_weekday"]]
    assert buyers
    assert run.counts["rfm"] == {"scored": buyers, "changed": buyers, "removed": 0, "marked": 0}
    model = PredictionModel.objects.get(code="rfm")
    assert (model.as_of, model.customers_scored) == (NOW, buyers)


def test_again_nothing_is_written(shop):
    score(as_of=NOW)
    before = rows()
    run = score(as_of=NOW)
    assert rows() == before
    assert {code: (one["changed"], one["marked"]) for code, one in run.counts.items()} == {
        "rfm": (0, 0),
        "journey": (0, 0),
    }


def test_the_size_of_batches_does_not_matter(shop, monkeypatch):
    score(as_of=NOW)
    before = rows()
    CustomerPrediction.objects.all().delete()
    monkeypatch.setattr(scoring, "BATCH", 1_000)
    score(as_of=NOW)
    assert rows() == before


def test_one_model_alone_leaves_the_others_as_they_are(shop):
    score("journey", as_of=NOW)
    assert set(_all().values_list("rfm_segment", "rfm_as_of")) == {("", None)}
    assert PredictionModel.objects.get(code="rfm").limits is None
    score("rfm", as_of=NOW)
    assert set(_all().values_list("journey_as_of", flat=True)) == {NOW}


def test_as_of_in_the_past_looks_at_nothing_later(shop):
    earlier = NOW - timedelta(days=3)
    score(as_of=earlier)
    before = rows()
    CustomerPrediction.objects.all().delete()
    Order.objects.filter(created_at__gt=earlier).update(grand_total=77)
    score(as_of=earlier)
    assert rows() == before


def test_who_leaves_the_population_loses_their_scores(shop):
    score(as_of=NOW)
    first, last = _all().first(), _all().last()
    Customer.objects.filter(pk__in=[first.pk, last.pk]).update(is_active=False)
    run = score(as_of=NOW)
    assert not _all().filter(pk__in=[first.pk, last.pk]).exists()
    assert run.counts["journey"]["removed"] == 2
    Customer.objects.update(is_active=False)
    assert score(as_of=NOW).counts["rfm"]["scored"] == 0
    assert not _all().exists()


def test_a_run_that_breaks_off_leaves_whole_batches_and_the_next_one_ends_it(shop, monkeypatch):
    write, calls = scoring.write_scores, []

    def breaking(batch, *rest):
        write(batch, *rest)
        calls.append(len(batch))
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(scoring, "write_scores", breaking)
    with pytest.raises(KeyboardInterrupt):
        score(as_of=NOW)
    assert ScoringRun.objects.get().state == ScoringState.FAILED
    # The third batch was undone as a whole.
    assert _all().count() == sum(calls[:2])
    assert PredictionModel.objects.get(code="rfm").as_of is None

    monkeypatch.setattr(scoring, "write_scores", write)
    score(as_of=NOW)
    half = rows()
    CustomerPrediction.objects.all().delete()
    score(as_of=NOW)
    assert rows() == half


def test_a_later_run_overtakes_an_earlier_one(shop, monkeypatch):
    write, later = scoring.write_scores, []

    def overtaken(*of):
        write(*of)
        if not later:
            later.append(None)
            later[0] = score(as_of=NOW)

    monkeypatch.setattr(scoring, "write_scores", overtaken)
    run = score(as_of=NOW - timedelta(days=3))
    assert run.state == ScoringState.OVERTAKEN
    assert later[0].state == ScoringState.COMPLETED
    assert PredictionModel.objects.get(code="rfm").run == later[0].pk
    found = values()
    CustomerPrediction.objects.all().delete()
    monkeypatch.setattr(scoring, "write_scores", write)
    score(as_of=NOW)
    assert values() == found


def test_of_nobody_there_is_nothing_to_score(db):
    run = score()
    assert run.counts["journey"] == {"scored": 0, "changed": 0, "removed": 0, "marked": 0}
    assert not _all().exists()


def test_a_number_too_large_for_conditions_is_the_largest(db, make_customer, make_order):
    customer = make_customer("A")
    order = make_order(customer, NOW, grand_total="0.0001")
    order.refunds.create(number="R", customer=customer, created_at=NOW, amount=1_000_000_000)
    score(as_of=NOW)
    assert _all().get().refund_share == MOST


def test_models_that_there_are_not_are_refused(db):
    with pytest.raises(Unknown, match="rfm, journey"):
        score("nonsense")
    with pytest.raises(ValueError, match="time zone"):
        score(as_of=NOW.replace(tzinfo=None))
    assert not ScoringRun.objects.exists()
    with pytest.raises(CommandError, match="unknown_model"):
        call_command("score_customers", "nonsense")


def test_the_command_says_what_it_did(shop):
    out = StringIO()
    call_command("score_customers", "journey", as_of=NOW, stdout=out)
    there = population(NOW).count()
    assert out.getvalue() == f"journey: {there} scored, {there} changed, 0 removed, 0 marked\n"
    out = StringIO()
    call_command("score_customers", as_of=NOW, json=True, stdout=out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line.get("model") for line in lines] == ["rfm", "journey", None]
    assert lines[1] == {
        "model": "journey",
        "version": 1,
        "scored": there,
        "changed": 0,
        "removed": 0,
        "marked": 0,
    }


@pytest.mark.parametrize(
    ("days", "orders", "stage"),
    [
        # Nobody has come back: the window is 365 days.
        (0, 1, "first_order"),
        (365, 1, "first_order"),
        (366, 1, "lapsing"),
        (730, 1, "lapsing"),
        (731, 1, "lost"),
        (731, 9, "lost"),
        (10, 2, "repeat"),
        (10, 4, "repeat"),
        (10, 5, "loyal"),
    ],
)
def test_stages_of_the_journey(db, make_customer, make_order, days, orders, stage):
    customer = make_customer("A")
    for _n in range(orders):
        make_order(customer, NOW - timedelta(days=days))
    score("journey", as_of=NOW)
    assert _all().get().journey_stage == stage


def test_a_visitor_has_done_something(db, make_customer):
    make_customer("A")
    visitor = make_customer("B")
    visitor.logins.create(logged_in_at=NOW)
    score("journey", as_of=NOW)
    assert list(_all().values_list("journey_stage", flat=True)) == ["registered", "visitor"]
    score("journey", as_of=NOW - timedelta(microseconds=1))
    assert set(_all().values_list("journey_stage", flat=True)) == {"registered"}


def test_limits_come_back_from_the_database_as_they_went(shop):
    score(as_of=NOW)
    figures = shop_figures(batches(population(NOW), NOW))
    stored = PredictionModel.objects.get(code="rfm").limits
    assert Limits.of_json(stored) == Limits(figures)
    assert stored["version"] == 1
    assert asdict(figures)["buyers"]
