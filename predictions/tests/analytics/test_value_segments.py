"""Value bands and RFM segments: the numbers of the views, each with the rule of its customers."""

import json
import re
from fractions import Fraction

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conditions.matching import matching_customers
from conditions.tests.examples.awkward_values import NOW
from core.access.tokens import create_token
from customers.models import Order
from predictions.analytics.answers import view_of
from predictions.models import AnalyticsTable, CustomerPrediction, ModelVersion, PredictionModel
from predictions.scoring.runs import score
from predictions.tests.analytics.test_analytics import BANDS, clv, deploy_new, four
from predictions.tests.plainly import Plain
from segments.models import Segment
from segments.refresh import refresh_segment
from tests.factories.clients import new_user

__all__ = ["clv"]

ADDRESS = "/api/v1/clv/segments/"
KEYS = ["clv", "rfm", "warnings", "applies_to", "value_bands", "rfm_segments"]


def key_with(*names):
    return create_token(new_user(*names), author=None).key


@pytest.fixture
def ask(db):
    """Return a function that asks as somebody who may see scores, and nothing else."""
    key = key_with("predictions.view_scores")

    def answer(address=ADDRESS, **headers):
        return Client().get(address, headers={"Authorization": f"Token {key}", **headers})

    return answer


def body_of(reply):
    assert reply.status_code == 200
    return reply.json()


def parts_of(body):
    return [*body["value_bands"], *body["rfm_segments"]]


# Numbers ----------------------------------------------------------------------------------------


def test_each_number_is_what_its_word_says(shop, clv, ask):
    score(as_of=NOW)
    plain, body = Plain(NOW), body_of(ask())
    assert list(body) == KEYS
    # The model of the test: a lifetime value is what somebody has spent.
    worth = {one.pk: Fraction(plain.spent(one)) for one in plain.buyers}
    band = {one.pk: BANDS[len(plain.sales[one.pk]) % 4] for one in plain.buyers}
    segment = {one.pk: plain.rfm(one)[-1] for one in plain.buyers}
    for found, places in ((body["value_bands"], band), (body["rfm_segments"], segment)):
        for one in found:
            inside = [worth[key] for key in worth if places[key] == one["code"]]
            assert one | {"label": "", "conditions": {}} == {
                "code": one["code"],
                "label": "",
                "count": len(inside),
                "sales": four(Fraction(sum(inside))),
                "mean_clv": four(sum(inside) / len(inside)) if inside else None,
                "share": four(Fraction(len(inside), len(worth))),
                "conditions": {},
            }
    assert [one["code"] for one in body["value_bands"]] == list(BANDS)
    assert len(body["rfm_segments"]) == 10
    at = NOW.isoformat().replace("+00:00", "Z")
    head = {"as_of": at, "version": 1, "is_stale": False, "reason": None, "count": len(worth)}
    assert (body["clv"], body["rfm"]) == (head, head)


def test_the_numbers_are_those_of_the_views(shop, clv, ask):
    score(as_of=NOW)
    body, worth, rfm = body_of(ask()), view_of("clv"), view_of("rfm")
    assert [(one["code"], one["count"], one["mean_clv"]) for one in body["value_bands"]] == [
        (one["band"], one["count"], one["mean"]) for one in worth["bands"]
    ]
    assert [(one["code"], one["count"], one["sales"]) for one in body["rfm_segments"]] == [
        (one["segment"], one["customers"], one["sales"]) for one in rfm["segments"]
    ]


def test_what_happens_later_changes_nothing_until_the_next_scoring(shop, clv, ask):
    score(as_of=NOW)
    before = ask().json()
    Order.objects.all().delete()
    CustomerPrediction.objects.all().delete()
    assert ask().json() == before
    score(as_of=NOW)
    body = body_of(ask())
    assert {
        (one["count"], one["sales"], one["mean_clv"], one["share"]) for one in parts_of(body)
    } == {(0, "0.0000", None, None)}
    assert (body["clv"]["count"], body["rfm"]["count"]) == (0, 0)


def test_the_value_of_a_segment_follows_whichever_model_has_scored(shop, clv, ask):
    score("rfm", as_of=NOW)
    body = body_of(ask())
    assert (body["value_bands"], body["clv"]["reason"]) == ([], "not_scored")
    assert {one["mean_clv"] for one in body["rfm_segments"]} == {None}
    alone = [one["count"] for one in body["rfm_segments"]]
    score("clv", as_of=NOW)
    body = body_of(ask())
    assert [one["count"] for one in body["rfm_segments"]] == alone
    for one in body["rfm_segments"]:
        assert (one["mean_clv"] is None) == (not one["count"])
    score(as_of=NOW)
    assert body_of(ask()) == body


def test_what_was_stored_before_there_were_such_figures_lacks_them(shop, clv, ask):
    score(as_of=NOW)
    AnalyticsTable.objects.filter(view="parts").delete()
    body = body_of(ask())
    assert {one["sales"] for one in body["value_bands"]} == {None}
    assert {one["mean_clv"] for one in body["rfm_segments"]} == {None}


@pytest.mark.once
def test_no_customer_is_read_to_answer(shop, clv, ask):
    score(as_of=NOW)
    with CaptureQueriesContext(connection) as asked:
        assert ask().status_code == 200
    tables = {
        table
        for query in asked.captured_queries
        for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])
    }
    assert "predictions_analyticstable" in tables
    assert not [one for one in tables if re.match("customers_(customer|order)|.*prediction$", one)]


# Rules ------------------------------------------------------------------------------------------


def test_each_rule_chooses_just_the_customers_that_were_counted(shop, clv, ask):
    score(as_of=NOW)
    body = body_of(ask())
    for one in parts_of(body):
        assert one["conditions"]["match"] == "all"
        chosen = matching_customers(one["conditions"], as_of=NOW, applies_to=body["applies_to"])
        assert chosen.count() == one["count"], one["code"]


@pytest.mark.once
def test_a_segment_of_a_rule_has_just_these_customers(shop, clv, ask, member_numbers):
    score(as_of=NOW)
    body = body_of(ask())
    key = key_with("segments.add_segment")
    for number, one in enumerate(parts_of(body)):
        sent = {
            "code": f"made_{number}",
            "name": one["label"],
            "conditions": one["conditions"],
            "applies_to": body["applies_to"],
        }
        reply = Client().post(
            "/api/v1/segments/",
            json.dumps(sent),
            content_type="application/json",
            headers={"Authorization": f"Token {key}"},
        )
        assert reply.status_code == 201, reply.content
        segment = Segment.objects.get(code=sent["code"])
        refresh_segment(segment)
        assert len(member_numbers(segment)) == one["count"]
    bands = CustomerPrediction.objects.filter(value_band="top")
    top = member_numbers(Segment.objects.get(code="made_0"))
    assert sorted(top) == sorted(bands.values_list("customer__external_id", flat=True))


# Answers ----------------------------------------------------------------------------------------


@pytest.mark.once
def test_labels_are_in_the_language_of_the_request(shop, clv, ask):
    score(as_of=NOW)
    labels = [one["label"] for one in body_of(ask())["value_bands"]]
    assert labels == ["Top", "High", "Middle", "Low"]
    german = body_of(ask(**{"Accept-Language": "de"}))
    assert [one["label"] for one in german["value_bands"]] == [
        "Spitze",
        "Hoch",
        "Mittel",
        "Niedrig",
    ]
    codes = [one["code"] for one in german["rfm_segments"]]
    assert codes == [one["code"] for one in body_of(ask())["rfm_segments"]]


@pytest.mark.once
def test_the_slash_at_the_end_may_be_left_out(shop, clv, ask):
    score(as_of=NOW)
    assert body_of(ask(ADDRESS.rstrip("/"))) == body_of(ask())


def test_before_anything_is_scored_there_is_nothing_and_no_error(ask, db):
    AnalyticsTable.objects.all().delete()
    nothing = {"as_of": None, "version": None, "is_stale": False, "count": None}
    assert body_of(ask()) == {
        "clv": nothing | {"reason": "no_deployed_model"},
        "rfm": nothing | {"reason": "not_scored"},
        "warnings": [],
        "applies_to": "both",
        "value_bands": [],
        "rfm_segments": [],
    }


@pytest.mark.once
def test_another_version_and_a_margin_of_one_are_said(shop, clv, ask):
    deploy_new(clv, parameters={"margin": 1.0})
    score(as_of=NOW)
    body = body_of(ask())
    assert (body["warnings"], body["clv"]["is_stale"]) == (["margin_unknown"], False)
    deploy_new(clv, parameters={"margin": 0.4})
    body = body_of(ask())
    assert (body["warnings"], body["clv"]["is_stale"]) == (["margin_unknown"], True)
    assert (body["clv"]["version"], body["rfm"]["is_stale"]) == (2, False)


@pytest.mark.once
def test_a_model_whose_version_is_gone_says_so(shop, clv, ask):
    PredictionModel.objects.filter(code="clv").update(deployed=None)
    score(as_of=NOW)
    body = body_of(ask())
    assert (body["clv"]["reason"], body["value_bands"]) == ("no_deployed_model", [])
    assert body["rfm"]["count"] > 0
    assert ModelVersion.objects.filter(model__code="clv").exists()


@pytest.mark.once
def test_it_takes_no_parameters(ask):
    reply = ask(f"{ADDRESS}?as_of=2026-01-01T00:00:00Z")
    assert reply.status_code == 400
    (problem,) = reply.json()["errors"]
    assert (problem["path"], problem["code"]) == ("as_of", "unknown_field")


@pytest.mark.once
def test_who_may_not_see_scores_is_refused(db):
    assert Client().get(ADDRESS).status_code == 401
    headers = {"Authorization": f"Token {key_with('segments.view_members')}"}
    assert Client().get(ADDRESS, headers=headers).status_code == 403
