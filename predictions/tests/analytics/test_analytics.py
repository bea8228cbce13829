"""Analytics: computed as their words say, stored with a scoring, answered as stored."""

import json
import re
from collections import Counter
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from conditions.tests.examples.awkward_values import NOW
from core.access.tokens import create_token
from core.clock import now
from customers.models import Order
from predictions import registry
from predictions.analytics.answers import view_of
from predictions.analytics.computation.stored import store_views
from predictions.analytics.parameters import VIEWS, Asked, all_view_requests
from predictions.analytics.parts.figures import PARTS
from predictions.analytics.views.distribution import distribution
from predictions.api.throttles import one_at_a_time
from predictions.history.columns import Counts
from predictions.kinds import KINDS
from predictions.kinds.kind import Rules
from predictions.models import (
    AnalyticsTable,
    CustomerPrediction,
    ModelVersion,
    PredictionModel,
    ScoringRun,
    ValueBand,
)
from predictions.scoring.population_pass import Look
from predictions.scoring.runs import score
from predictions.tests.plainly import Plain

ADDRESS = "/api/v1/clv/analytics/"
BANDS = tuple(ValueBand.values)
# What somebody has spent; a band by how often.
FAKE_CLV = Rules(
    "clv",
    "Worth",
    "clv",
    {
        "clv": lambda them: Counts(them.sales.totals, them.buyers).units(0),
        "value_band": lambda them: [BANDS[n % 4] if n else "" for n in them.sales.counts.tolist()],
    },
)


def four(value):
    """Return a fraction as the API writes it."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{exact.quantize(Decimal('0.0001'), rounding=ROUND_HALF_UP) + 0:f}"


@pytest.fixture
def clv(monkeypatch, db):
    """A model of lifetime values, deployed; return it."""
    monkeypatch.setitem(KINDS, "clv", FAKE_CLV)
    PredictionModel.objects.filter(code="clv").delete()
    registry.setup()
    return PredictionModel.objects.select_related("deployed").get(code="clv")


@pytest.fixture
def ask(db):
    """Return a function that asks the API as somebody who may see scores, and nothing else."""
    user = User.objects.create_user("merchant")
    user.user_permissions.set([Permission.objects.get(codename="view_scores")])
    key = create_token(user, author=None).key

    def answer(**parameters):
        return Client().get(ADDRESS, parameters, headers={"Authorization": f"Token {key}"})

    return answer


# Spread -----------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=50))
def test_deciles_gini_and_bins_are_what_their_words_say(amounts):
    amounts.sort()
    found = distribution(amounts)
    count = len(amounts)
    assert found.total == sum(amounts)
    assert list(found.deciles) == [amounts[-(-part * count // 10) - 1] for part in range(1, 10)]
    if found.total:
        differences = sum(abs(one - other) for one in amounts for other in amounts)
        assert found.gini == Fraction(differences, 2 * count * found.total)
    else:
        assert found.gini is None
    assert len(found.bins) == 20
    assert found.bins[0].low <= amounts[0] and amounts[-1] <= found.bins[-1].high
    assert all(one.high == other.low for one, other in pairwise(found.bins))
    # Of one round width; nineteen in twenty are not in the last, which may be wider.
    width = found.bins[0].high - found.bins[0].low
    assert str(width).rstrip("0") in {"1", "2", "25", "5"} and width >= 1000
    assert {one.high - one.low for one in found.bins[:-1]} == {width}
    last = found.bins[-1]
    assert last.high == max(amounts[-1], last.low + width)
    assert amounts[-(-95 * count // 100) - 1] <= last.low
    for number, one in enumerate(found.bins):
        last = number == 19
        inside = [x for x in amounts if one.low <= x < one.high or (last and x == one.high)]
        assert one.count == len(inside)


def test_of_nothing_and_of_the_same_there_is_no_spread():
    assert distribution([]) == distribution(())
    assert (distribution([]).bins, distribution([]).gini) == ((), None)
    same = distribution([5, 5, 5])
    assert (same.gini, [one.count for one in same.bins]) == (0, [3, *[0] * 19])
    assert distribution([-1, 2]).gini is None


def test_a_few_large_amounts_leave_the_others_apart():
    usual, large = range(100_0000, 1_000_0000, 5_0000), (50_000_0000, 90_000_0000)
    found = distribution([*usual, *large])
    assert [one.count for one in found.bins][:18] == [10] * 18
    last = found.bins[-1]
    assert (last.low, last.high, last.count) == (1_050_0000, 90_000_0000, 2)


# Computed ---------------------------------------------------------------------------------------


def test_the_grid_of_rfm_counts_buyers_by_their_scores(shop):
    plain = Plain(NOW)
    customers, sales, segments = Counter(), Counter(), Counter()
    for one in plain.buyers:
        *_figures, recency, frequency, _monetary, segment = plain.rfm(one)
        place = int(recency), int(frequency)
        customers[place] += 1
        sales[place] += Fraction(plain.spent(one))
        segments[segment] += 1
    whole = sum(sales.values())
    found = view_of("rfm", as_of=NOW)
    assert (found["as_of"], found["reason"], found["version"]) == (NOW, None, 1)
    assert (found["customers"], found["sales"]) == (len(plain.buyers), four(whole))
    places = [(cell["recency_score"], cell["frequency_score"]) for cell in found["cells"]]
    assert places == [(r, f) for r in range(5, 0, -1) for f in range(5, 0, -1)]
    for place, cell in zip(places, found["cells"], strict=True):
        share = four(sales[place] / whole)
        shown = cell["customers"], cell["sales"], cell["sales_share"]
        assert shown == (customers[place], four(Fraction(sales[place])), share)
        assert cell["segment"] == Plain.segment(*place)
    assert {one["segment"]: one["customers"] for one in found["segments"]} == {
        segment: segments[segment] for segment in (one["segment"] for one in found["segments"])
    }
    assert sum(one["customers"] for one in found["segments"]) == len(plain.buyers)


def test_lifetime_values_are_those_of_the_deployed_version(shop, clv):
    plain = Plain(NOW)
    worth = {one.pk: Fraction(plain.spent(one)) for one in plain.buyers}
    bands = {one.pk: BANDS[len(plain.sales[one.pk]) % 4] for one in plain.buyers}
    found, whole = view_of("clv", as_of=NOW), sum(worth.values())
    values = sorted(worth.values())
    assert (found["count"], found["sum"]) == (len(values), four(whole))
    assert found["mean"] == four(whole / len(values))
    assert found["deciles"][4] == four(values[-(-len(values) // 2) - 1])
    assert sum(one["count"] for one in found["histogram"]) == len(values)
    for band, shown in zip(BANDS, found["bands"], strict=True):
        inside = [worth[key] for key in worth if bands[key] == band]
        assert shown == {
            "band": band,
            "count": len(inside),
            "sum": four(Fraction(sum(inside))),
            "mean": four(sum(inside) / len(inside)) if inside else None,
            "share": four(sum(inside) / whole),
        }


def test_totals_are_those_of_the_population(shop):
    plain, found = Plain(NOW), view_of("summary", as_of=NOW)
    orders = [order for one in plain.buyers for order in plain.sales[one.pk]]
    assert (found["customers"], found["buyers"]) == (len(plain.people), len(plain.buyers))
    assert found["orders"] == len(orders)
    assert found["sales"] == four(Fraction(sum(order.grand_total for order in orders)))


# Stored -----------------------------------------------------------------------------------------


def test_what_is_stored_with_a_scoring_is_what_is_computed_as_of_it(shop, clv):
    score(as_of=NOW)
    wanted = [one for view in VIEWS for one in all_view_requests(view)]
    assert len(wanted) == 14
    for asked in wanted:
        kept = view_of(asked.view, asked.parameters)
        assert kept == view_of(asked.view, asked.parameters, as_of=NOW)
        assert (kept["as_of"], asked.view) == (NOW, kept["view"])
    assert AnalyticsTable.objects.exclude(view=PARTS).count() == len(wanted)


def test_what_happens_later_changes_nothing_until_the_next_scoring(shop, clv):
    score(as_of=NOW)
    before = [view_of(view) for view in VIEWS]
    Order.objects.all().delete()
    assert [view_of(view) for view in VIEWS] == before
    score(as_of=NOW + timedelta(days=1))
    after = [view_of(view) for view in VIEWS]
    assert all(one["as_of"] == NOW + timedelta(days=1) for one in after)
    assert view_of("summary")["buyers"] == 0
    assert view_of("cohorts")["rows"] == []
    lifetime = view_of("clv")
    assert (lifetime["count"], lifetime["sum"], lifetime["mean"]) == (0, "0.0000", None)
    assert [one["count"] for one in lifetime["bands"]] == [0] * 4
    assert [cell["customers"] for cell in view_of("rfm")["cells"]] == [0] * 25


def test_a_model_that_scores_alone_stores_its_own_view_alone(shop, clv):
    score(as_of=NOW)
    later = NOW + timedelta(hours=1)
    score("clv", as_of=later)
    assert {view: view_of(view)["as_of"] for view in VIEWS} == {
        **dict.fromkeys(VIEWS, NOW),
        "clv": later,
    }
    assert view_of("summary")["clv"]["as_of"] == later
    score("journey", as_of=later + timedelta(hours=1))
    assert view_of("rfm")["as_of"] == NOW


def test_a_run_that_another_has_overtaken_stores_nothing(shop):
    earlier = score(as_of=NOW)
    later = score(as_of=NOW + timedelta(days=1))
    look = Look([], NOW, with_overview=True)
    look.see()
    ScoringRun.objects.filter(pk=earlier.pk).update(overview=look.overview().as_json())
    store_views(run=earlier)
    assert view_of("summary")["as_of"] == later.as_of


def test_a_fault_in_them_does_not_undo_the_scoring(shop, monkeypatch, caplog):
    monkeypatch.setattr("predictions.analytics.computation.stored.store", lambda *_given: 1 / 0)
    run = score(as_of=NOW)
    assert run.state == "completed"
    assert CustomerPrediction.objects.exclude(rfm_segment="").exists()
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.once
def test_no_customer_is_read_to_answer_what_is_stored(shop, clv, ask):
    score(as_of=NOW)
    for view in VIEWS:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert ask(view=view).status_code == 200
        tables = {
            table
            for query in asked.captured_queries
            for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])
        }
        mine = {"predictions_analyticstable", "predictions_predictionmodel"}
        assert mine & tables
        assert not {
            table for table in tables if re.match("customers_(customer|order)|.*prediction$", table)
        }


# Answered ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    [
        {"by": by, "value": value}
        for by in ("month", "week")
        for value in ("customers", "retention", "orders", "sales", "cumulative_sales")
    ]
    + [{"view": view} for view in VIEWS if view != "cohorts"],
    ids=lambda one: "-".join(one.values()),
)
def test_the_api_answers_what_is_stored_and_what_is_computed(shop, clv, ask, parameters):
    Order.objects.filter(created_at__year__lt=1900).delete()
    score(as_of=NOW)
    asked = {"view": "cohorts"} | parameters
    given = {name: value for name, value in asked.items() if name != "view"}
    for as_of in (None, NOW):
        more = {} if as_of is None else {"as_of": as_of.isoformat()}
        answer = ask(**asked, **more)
        assert answer.status_code == 200
        expected = view_of(asked["view"], given, as_of=as_of)
        assert answer.json() == json.loads(json.dumps(expected, default=_written))


def _written(at):
    return at.isoformat().replace("+00:00", "Z")


@pytest.mark.once
def test_what_is_usual_need_not_be_said(shop, ask):
    score(as_of=NOW)
    said = ask(view="cohorts", by="month", value="customers").json()
    assert ask(view="cohorts").json() == said
    assert len(said["labels"]) == len(said["rows"]) == said["count"] - said["left_out"]
    assert said["incomplete"] == ["2024-03"]
    assert all(type(cell) is int for row in said["rows"] for cell in row)
    shares = ask(view="cohorts", value="retention").json()["rows"]
    assert {row[0] for row in shares} == {"1.0000"}


@pytest.mark.once
def test_one_is_computed_at_a_time_and_nobody_else_waits(shop, ask):
    score(as_of=NOW)
    with one_at_a_time():
        refused = ask(view="rfm", as_of=NOW.isoformat())
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert int(refused.headers["Retry-After"]) > 0
        assert ask(view="rfm").status_code == 200
        assert ask(view="rfm", by="day", as_of=NOW.isoformat()).status_code == 400
    assert ask(view="rfm", as_of=NOW.isoformat()).status_code == 200


@pytest.mark.once
def test_the_slash_at_the_end_may_be_left_out(shop, ask, monkeypatch):
    score(as_of=NOW)
    with_slash = ask(view="rfm")
    monkeypatch.setattr(f"{__name__}.ADDRESS", ADDRESS.rstrip("/"))
    without = ask(view="rfm")
    assert (without.status_code, without.json()) == (200, with_slash.json())
    assert ask(view="rfm", by="month").status_code == 400


@pytest.mark.once
@pytest.mark.parametrize(
    ("parameters", "path", "code", "right"),
    [
        ({}, "view", "required", ""),
        ({"view": "nothing"}, "view", "unknown_choice", "cohorts, seasonality, clv, rfm, summary"),
        ({"view": "cohorts", "by": "day"}, "by", "unknown_choice", "month, week"),
        ({"view": "cohorts", "value": "Sales"}, "value", "unknown_choice", "sales, cumulative_s"),
        ({"view": "rfm", "by": "month"}, "by", "unknown_field", "as_of"),
        ({"view": "cohorts", "month": "1"}, "month", "unknown_field", ""),
        ({"view": "clv", "as_of": "2024-03-10T12:00:00"}, "as_of", "no_offset", "offset"),
        ({"view": "clv", "as_of": "2024-03-10"}, "as_of", "no_offset", "offset"),
        ({"view": "clv", "as_of": "0099-03-10T12:00:00Z"}, "as_of", "out_of_range", ""),
        ({"view": "clv", "as_of": "9900-01-01T00:00:00Z"}, "as_of", "out_of_range", ""),
        (
            {"view": "cohorts", "as_of": "2899-01-01T00:00:00Z"},
            "as_of",
            "out_of_range",
            "ten years",
        ),
        ({"view": "clv", "as_of": "soon"}, "as_of", "invalid", ""),
    ],
    ids=str,
)
def test_what_there_is_not_is_refused_by_its_place(ask, parameters, path, code, right):
    answer = ask(**parameters)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    (problem,) = answer.json()["errors"]
    assert (problem["path"], problem["code"]) == (path, code)
    assert right in problem["message"]


def test_before_anything_is_scored_each_view_says_so(ask, db):
    AnalyticsTable.objects.all().delete()
    empty = {name: ask(view=name).json() for name in VIEWS}
    reasons = {name: body["reason"] for name, body in empty.items()}
    assert reasons == dict.fromkeys(VIEWS, "not_scored") | {"clv": "no_deployed_model"}
    assert {body["as_of"] for body in empty.values()} == {None}
    assert empty["summary"]["customers"] is None
    assert empty["summary"]["clv"]["reason"] == "no_deployed_model"
    assert [one["index"] for one in empty["seasonality"]["months"]] == [None] * 12
    assert empty["rfm"]["cells"] == empty["clv"]["histogram"] == empty["cohorts"]["rows"] == []


def test_without_a_deployed_version_nothing_can_be_computed(ask, clv, shop):
    assert ask(view="clv").json()["reason"] == "not_scored"
    PredictionModel.objects.filter(code="clv").update(deployed=None)
    body = ask(view="clv", as_of=NOW.isoformat()).json()
    assert (body["reason"], body["count"], body["version"]) == ("no_deployed_model", None, None)


@pytest.mark.once
def test_a_version_that_cannot_be_read_is_a_conflict(ask, clv, monkeypatch):
    from predictions.refusals import Refused

    def scorer(self, version):
        raise Refused("artifact_invalid", "Another scikit-learn.")

    monkeypatch.setattr(Rules, "scorer", scorer)
    answer = ask(view="clv", as_of=NOW.isoformat())
    assert (answer.status_code, answer.json()["code"]) == (409, "artifact_invalid")


def deploy_new(model, **values):
    """Deploy a new version past its gate, without scoring anybody."""
    versions = ModelVersion.objects.filter(model=model)
    versions.update(state="retired")
    version = ModelVersion.objects.create(
        model=model, number=versions.count() + 1, state="deployed", created_at=now(), **values
    )
    PredictionModel.objects.filter(pk=model.pk).update(deployed=version)
    return version


@pytest.mark.once
def test_while_the_margin_is_one_that_is_said_wherever_values_are(ask, clv, shop):
    deploy_new(clv, parameters={"margin": 0.4})
    score(as_of=NOW)
    for more in ({}, {"as_of": NOW.isoformat()}):
        for view in ("clv", "summary"):
            assert ask(view=view, **more).json()["warnings"] == []
    deploy_new(clv, parameters={"margin": 1.0})
    # Those that are shown are of the version before.
    assert ask(view="clv").json()["warnings"] == ["margin_unknown"]
    score(as_of=NOW)
    for view in ("clv", "summary"):
        assert ask(view=view).json()["warnings"] == ["margin_unknown"]
    # Deployed is another; those that are shown were made with the margin of 1.
    deploy_new(clv, parameters={"margin": 0.4})
    assert ask(view="clv").json()["warnings"] == ["margin_unknown"]


@pytest.mark.once
def test_that_order_values_have_no_mean_is_said_wherever_values_are(ask, clv, shop):
    deploy_new(clv, parameters={"margin": 1}, warnings=["no_mean_value", "total_error"])
    score(as_of=NOW)
    for more in ({}, {"as_of": NOW.isoformat()}):
        for view in ("clv", "summary"):
            assert ask(view=view, **more).json()["warnings"] == ["margin_unknown", "no_mean_value"]


@pytest.mark.once
def test_scores_of_another_version_than_the_deployed_one_are_stale(ask, clv, shop):
    score(as_of=NOW)
    shown = ask(view="clv").json()
    assert (shown["version"], shown["is_stale"]) == (1, False)
    deploy_new(clv)
    shown = ask(view="clv").json()
    assert (shown["version"], shown["is_stale"]) == (1, True)
    assert ask(view="summary").json()["clv"]["is_stale"]
    score("clv", as_of=NOW)
    shown = ask(view="clv").json()
    assert (shown["version"], shown["is_stale"]) == (2, False)
    # The next scoring leaves the model out: the figures shown are of an earlier night.
    ScoringRun.objects.update(problems={"clv": {"code": "artifact_invalid", "message": "Broken."}})
    assert ask(view="clv").json()["is_stale"]
    assert not ask(view="clv", as_of=NOW.isoformat()).json()["is_stale"]


@pytest.mark.once
def test_who_may_not_see_scores_is_refused(db):
    user = User.objects.create_user("nobody")
    key = create_token(user, author=None).key
    address = f"{ADDRESS}?view=summary"
    assert Client().get(address).status_code == 401
    headers = {"Authorization": f"Token {key}"}
    assert Client().get(address, headers=headers).status_code == 403


def test_asked_is_written_as_in_an_address():
    assert Asked("cohorts", ("week", "sales")).text == "by=week&value=sales"
    assert Asked("rfm").text == ""


def test_a_run_without_our_models_stores_nothing(db):
    store_views(run=ScoringRun(versions={"churn": 3}, as_of=NOW))
    assert not AnalyticsTable.objects.exists()
