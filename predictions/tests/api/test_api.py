"""The calls of models and scores: who may, what is wrong with a body, what comes back."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from conditions.tests.examples.awkward_values import NOW
from core import clock
from core.text.sentences import Sentence
from customers.models import AuditEntry, Consent, ConsentState, Purpose
from predictions.api.throttles import one_at_a_time
from predictions.conditions.families import FAMILIES
from predictions.lifecycle.train import execute_training, train
from predictions.models import (
    CustomerPrediction,
    ModelVersion,
    PredictionModel,
    RiskHistory,
    TrainingRun,
)
from predictions.registry import deploy
from predictions.scoring.runs import score
from predictions.tests.admin.test_customer_panel import CLV
from predictions.tests.admin.test_model_pages import make_run, make_version
from predictions.tests.lifecycle.test_training import many

__all__ = ["many"]

SEE, SEE_ALL = ("predictions.view_scores",), ("predictions.view_scores", "segments.view_members")
TRAIN, DEPLOY = ("predictions.train_model",), ("predictions.deploy_model",)


@pytest.fixture(autouse=True)
def no_calls_before():
    cache.clear()


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def bought(db, make_customer, make_order, at):
    """A buyer with a slash in the number, and a visitor; `next_order` is deployed."""
    buyer = make_customer("A/1")
    for days in (90, 60, 20):
        make_order(buyer, at - timedelta(days=days), grand_total="10")
    make_customer("B")
    version = train("next_order")
    deploy(version, reason="So few have bought.")
    score(as_of=at)
    return buyer


def codes(reply):
    return {(one["path"], one["code"]) for one in reply.json()["errors"]}


def test_failed_training_names_its_error(db, client_with):
    model = PredictionModel.objects.get(code="next_order")
    reason = Sentence("At least %(least)s customers", {"least": 1234})
    run = make_run(model, outcome="failed", error=reason.stored(), error_code="too_few")
    reply = client_with(*TRAIN).send("GET", f"ml-engine/runs/{run.pk}/")
    assert reply.json()["error"] == {"code": "too_few", "message": "At least 1,234 customers"}


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_training_from_asking_to_its_version(many, client_with, slash):
    client = client_with(*TRAIN, *SEE)
    body = {"model": "next_order", "parameters": {"holdout_days": 60}}
    reply = client.send("POST", f"ml-engine/train{slash}", body)
    assert reply.status_code == 202
    run = reply.json()
    assert reply.headers["Location"] == f"/api/v1/ml-engine/runs/{run['id']}/"
    assert (run["state"], run["model"], run["requested_by"]) == (
        "queued",
        "next_order",
        client.user.username,
    )
    assert client.send("POST", "ml-engine/train/", {"model": "next_order"}).json() == run
    execute_training(run["id"])
    done = client.send("GET", f"ml-engine/runs/{run['id']}{slash}").json()
    assert (done["state"], done["version"], done["error"]) == ("completed", 1, None)
    found = client.send("GET", f"ml-engine/models/next_order/versions{slash}").json()["results"]
    assert [one["number"] for one in found] == [1]
    assert found[0]["created_by"] == client.user.username
    one = client.send("GET", f"ml-engine/models/next_order/versions/1{slash}").json()
    assert one == found[0]
    models = client.send("GET", f"ml-engine/models{slash}").json()["results"]
    assert [model["code"] for model in models][:2] == ["rfm", "journey"]
    body = {"model": "next_order", "version": 1, "as_of": NOW.isoformat()}
    again = client.send("POST", "ml-engine/evaluate", body)
    assert again.json()["gate"] in ("passed", "failed")


def test_a_training_is_cancelled(many, client_with):
    client = client_with(*TRAIN)
    run = client.send("POST", "ml-engine/train", {"model": "next_order"}).json()
    reply = client.send("POST", f"ml-engine/runs/{run['id']}/cancel/")
    assert (reply.status_code, reply.json()["state"]) == (202, "cancelled")
    assert client.send("GET", "ml-engine/runs/999/").status_code == 404
    assert client.send("GET", f"ml-engine/runs/{2**70}/").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({}, 400, {("model", "required")}),
        ({"model": "nonsense"}, 404, None),
        ({"model": "rfm"}, 400, {("model", "nothing_to_train")}),
        ({"model": "next_order"}, 409, "no_sales"),
        ({"model": "next_order", "as_of": "2020-01-01T00:00:00"}, 400, {("as_of", "no_offset")}),
        (
            {"model": "next_order", "parameters": {"holdout_days": "91", "x": 1}},
            400,
            {("parameters.holdout_days", "bad_parameter"), ("parameters.x", "bad_parameter")},
        ),
        (
            {"model": "next_order", "segment": "none"},
            400,
            {("segment", "unknown_segment")},
        ),
        ({"model": "next_order", "seed": 1}, 400, {("seed", "unknown_field")}),
    ],
)
def test_what_cannot_be_trained_is_refused(db, client_with, body, status, expected):
    reply = client_with(*TRAIN).send("POST", "ml-engine/train", body)
    assert reply.status_code == status
    if isinstance(expected, set):
        assert codes(reply) == expected
    elif expected:
        assert reply.json()["code"] == expected
    assert not TrainingRun.objects.exists()


def test_deploying_and_going_back(many, client_with):
    for _ in range(2):
        train("next_order")
    client = client_with(*DEPLOY)
    failed = ModelVersion.objects.get(model__code="next_order", number=2)
    type(failed).objects.filter(pk=failed.pk).update(gate="failed", state="refused")
    reply = client.send("PUT", "ml-engine/deploy", {"model": "next_order", "version": 2})
    assert (reply.status_code, reply.json()["code"]) == (409, "gate_failed")
    assert reply.json()["metrics"] == failed.metrics
    body = {"model": "next_order", "version": 2, "override_reason": "short"}
    assert codes(client.send("PUT", "ml-engine/deploy/", body)) == {
        ("override_reason", "bad_reason")
    }
    body["override_reason"] = "We know better."
    assert client.send("PUT", "ml-engine/deploy/", body).json()["deployed_version"] == 2
    reply = client.send("PUT", "ml-engine/deploy/", {"model": "next_order", "version": 9})
    assert reply.status_code == 404
    assert "9" in reply.json()["detail"]
    reply = client.send("POST", "ml-engine/rollback", {"model": "next_order"})
    assert (reply.status_code, reply.json()["code"]) == (409, "nothing_before")


@pytest.mark.parametrize("gate", ["passed", "failed", "not_evaluated"])
@pytest.mark.parametrize("reason", ["short", "x" * 501, "   ", "  short   ", "x\0" * 10])
def test_a_bad_reason_is_refused_whatever_the_gate_says(db, client_with, gate, reason):
    client = client_with(*DEPLOY)
    version = make_version(PredictionModel.objects.get(code="next_order"), gate)
    body = {"model": "next_order", "version": 1, "override_reason": reason}
    reply = client.send("PUT", "ml-engine/deploy", body)
    assert reply.status_code == 400
    expected = "null_characters_not_allowed" if "\0" in reason else "bad_reason"
    assert codes(reply) == {("override_reason", expected)}
    with pytest.raises(CommandError, match="bad_reason"):
        call_command("deploy_model", "next_order", "1", "--override-reason", reason)
    version.refresh_from_db()
    assert (version.gate, version.model.deployments.count()) == (gate, 0)
    for good in ("x" * 10, "x" * 500):
        reply = client.send("PUT", "ml-engine/deploy", body | {"override_reason": good})
        assert reply.json()["deployed_version"] == 1
    # As it is said again of what is deployed already.
    reply = client.send("PUT", "ml-engine/deploy", body)
    assert codes(reply) == {("override_reason", expected)}


def test_predicting_for_customers_is_what_is_stored(bought, client_with):
    client = client_with(*SEE_ALL)
    body = {"model": "next_order", "customers": ["A/1", "B", "A/1"]}
    reply = client.send("POST", "ml-engine/predict", body).json()
    row = CustomerPrediction.objects.get(customer=bought)
    assert reply["predictions"] == [
        row.next_order_on.isoformat(),
        None,
        row.next_order_on.isoformat(),
    ]
    assert reply["details"][0]["scores"]["next_order_to"] == row.next_order_to.isoformat()
    assert (reply["model"], reply["version"]) == ("next_order", 1)
    stages = client.send("POST", "ml-engine/predict", body | {"model": "journey"}).json()
    assert stages["predictions"] == [row.journey_stage, "registered", row.journey_stage]
    look = AuditEntry.objects.filter(action="viewed").latest("pk")
    assert look.after["customers"] == ["A/1", "B", "A/1"]
    # Rows of features are nobody's; customers are somebody's.
    less = client_with(*SEE)
    assert less.send("POST", "ml-engine/predict", body).status_code == 403
    body = {"model": "next_order", "instances": [{"recency_days": 20, "gap_days": 35}]}
    assert less.send("POST", "ml-engine/predict", body).status_code == 200


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        ({"recency_days": 1}, {("instances[1].gap_days", "missing_feature")}),
        (
            {"recency_days": 1, "gap_days": 2, "Gap": 3},
            {("instances[1].Gap", "unknown_feature")},
        ),
        ({"recency_days": "1", "gap_days": 2}, {("instances[1].recency_days", "not_a_number")}),
        ({"recency_days": True, "gap_days": 2}, {("instances[1].recency_days", "not_a_number")}),
        ({"recency_days": 1, "gap_days": 1e300}, {("instances[1].gap_days", "not_a_number")}),
        ({"recency_days": [1], "gap_days": 2}, {("instances[1].recency_days", "not_a_number")}),
    ],
)
def test_bad_instances_are_refused_with_their_place(bought, client_with, instance, expected):
    good = {"recency_days": 1, "gap_days": None}
    body = {"model": "next_order", "instances": [good, instance]}
    reply = client_with(*SEE).send("POST", "ml-engine/predict", body)
    assert (reply.status_code, codes(reply)) == (400, expected)


def test_numbers_at_the_ends_of_their_range(bought, client_with):
    client = client_with(*SEE)
    ends = [
        {"recency_days": one, "gap_days": two} for one in (0, 10**9, -(10**9)) for two in (0, 10**9)
    ]
    reply = client.send("POST", "ml-engine/predict", {"model": "next_order", "instances": ends})
    assert reply.status_code == 200
    assert "9999-12-31" in reply.json()["predictions"]
    for text in ("1e99999", "NaN", "Infinity"):
        body = (
            f'{{"model": "next_order", "instances": [{{"recency_days": 1, "gap_days": {text}}}]}}'
        )
        assert client.send("POST", "ml-engine/predict", body).status_code == 400


def test_what_cannot_be_predicted(bought, client_with):
    client = client_with(*SEE_ALL)

    def reply(**body):
        return client.send("POST", "ml-engine/predict", body)

    assert reply(model="nonsense", customers=["B"]).status_code == 404
    assert "Nobody" in reply(model="rfm", customers=["Nobody"]).json()["detail"]
    assert reply(model="clv", customers=["B"]).json()["code"] == "no_deployed_model"
    assert reply(model="next_order", customers=["B"], version=7).status_code == 404
    assert codes(reply(model="rfm", instances=[{}])) == {("instances", "not_for_rules")}
    both = {"customers": ["B"], "instances": [{}]}
    for body in ({}, both, {"customers": []}, {"customers": ["B"] * 1001}):
        assert reply(model="rfm", **body).status_code == 400
    type(bought).objects.filter(pk=bought.pk).update(is_active=False)
    details = reply(model="rfm", customers=["A/1"]).json()["details"]
    assert details[0]["why"] == "not_in_population"


@pytest.mark.parametrize(
    ("path", "body"),
    [("ml-engine/predict", {"model": "rfm"}), ("clv/predict", {})],
)
def test_spaces_are_part_of_a_customers_number(bought, client_with, make_customer, path, body):
    make_customer("lead"), make_customer(" lead")
    deploy(make_version(PredictionModel.objects.get(code="clv"), **CLV))
    client = client_with(*SEE_ALL)
    answer = client.send("POST", path, body | {"customers": [" lead", "lead"]}).json()
    found = answer.get("details", answer["predictions"])
    assert [one["id"] for one in found] == [" lead", "lead"]
    for number in ("lead ", " A/1", " "):
        reply = client.send("POST", path, body | {"customers": ["lead", number]})
        assert (reply.status_code, f"“{number}”" in reply.json()["detail"]) == (404, True)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "ml-engine/train", {}),
        ("POST", "ml-engine/evaluate", {}),
        ("POST", "ml-engine/predict", {"customers": ["B"]}),
        ("PUT", "ml-engine/deploy", {"version": 1}),
        ("POST", "ml-engine/rollback", {}),
    ],
)
def test_a_models_code_with_a_space_is_unknown(bought, client_with, method, path, body):
    client = client_with(*TRAIN, *DEPLOY, *SEE_ALL)
    reply = client.send(method, path, body | {"model": " next_order"})
    assert (reply.status_code, "“ next_order”" in reply.json()["detail"]) == (404, True)


def test_codes_of_segments_and_views_are_not_trimmed(bought, client_with, make_segment):
    make_segment("vip")
    client = client_with(*TRAIN, *SEE)
    body = {"model": "next_order", "segment": "vip "}
    reply = client.send("POST", "ml-engine/train", body)
    assert codes(reply) == {("segment", "unknown_segment")}
    assert client.send("GET", "clv/analytics/?view=%20rfm").status_code == 400


@pytest.mark.both
def test_value_and_scores_of_a_customer(bought, client_with):
    client = client_with(*SEE_ALL)
    RiskHistory.objects.create(
        customer=bought, at=clock.now() - timedelta(days=40), churn_risk="0.25", version=1
    )
    for slash in ("", "/"):
        value = client.send("GET", f"clv/calculate/A/1{slash}").json()
        assert value["id"] == "A/1"
        assert value["rfm"]["segment"]
        assert value["clv"] is None
        assert value["historic"] == {"orders": 3, "sales": "30.0000"}
    live = client.send("GET", "clv/calculate/A/1?live=1").json()
    assert live["next_order_on"] == value["next_order_on"] is not None
    assert live["rfm"] == value["rfm"]
    scores = client.send("GET", "customers/A/1/predictions/").json()
    assert scores["scores"]["next_order_on"]["value"] == value["next_order_on"]
    assert scores["scores"]["next_order_on"]["version"] == 1
    assert not scores["scores"]["next_order_on"]["is_stale"]
    assert scores["scores"]["clv"] is None
    assert [one["churn_risk"] for one in scores["history"]] == ["0.2500"]
    deploy(train("next_order"), reason="So few have bought.")
    scores = client.send("GET", "customers/A/1/predictions/").json()
    assert scores["scores"]["next_order_on"]["is_stale"]
    assert client.send("GET", "clv/calculate/Nobody").status_code == 404
    assert client_with(*SEE).send("GET", "clv/calculate/A/1").status_code == 403


def test_who_refuses_has_nothing(bought, client_with):
    Consent.objects.create(
        customer=bought,
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="api",
        at=clock.now(),
    )
    client = client_with(*SEE_ALL)
    for path in ("clv/calculate/A/1", "clv/calculate/A/1?live=1", "customers/A/1/predictions/"):
        reply = client.send("GET", path)
        assert (reply.status_code, reply.json()["why"]) == (200, "no_consent")
        assert "2026" not in str(reply.json().get("scores", ""))
    body = {"model": "next_order", "customers": ["A/1"]}
    details = client.send("POST", "ml-engine/predict", body).json()["details"]
    assert details == [{"id": "A/1", "scores": None, "reasons": [], "why": "no_consent"}]


def test_too_many_calls_are_held_up(many, client_with, settings):
    settings.ML_TRAIN_RATE = 1
    client = client_with(*TRAIN, *SEE)
    assert client.send("POST", "ml-engine/train", {"model": "next_order"}).status_code == 202
    reply = client.send("POST", "ml-engine/train", {"model": "next_order"})
    assert reply.status_code == 429
    assert int(reply.headers["Retry-After"]) > 0
    assert client.send("GET", "ml-engine/models").status_code == 200


@pytest.mark.parametrize("count", [100, 101])
def test_of_many_one_call_at_a_time_is_answered(bought, client_with, count):
    client = client_with(*SEE_ALL)
    rows = [{"recency_days": 12, "gap_days": 30}] * count
    asked = {"model": "next_order", "instances": rows}
    with one_at_a_time():
        reply = client.send("POST", "ml-engine/predict", asked)
        assert reply.status_code == (200 if count == 100 else 503)
        people = {"customers": ["A/1"] * count}
        reply = client.send("POST", "clv/predict", people)
        assert reply.status_code == (409 if count == 100 else 503)
    if count > 100:
        assert int(reply.headers["Retry-After"]) > 0
        assert reply.json()["code"] == "busy"
    assert client.send("POST", "ml-engine/predict", asked).status_code == 200


def test_values_of_scores_in_an_explanation_are_for_who_may_see_scores(
    bought, client_with, make_segment
):
    may_explain = ("conditions.preview", "segments.view_members", "customers.view_personal_data")
    asked = [
        {"attribute": attribute.code, "operator": "is_not_empty"}
        for family in FAMILIES
        for attribute in family.attributes
    ]
    email = {"attribute": "customer.email", "operator": "is_not_empty"}
    tree = {"match": "any", "conditions": [*asked, email]}
    body = {"conditions": tree, "customer": "A/1"}
    without = client_with(*may_explain).send("POST", "segments/preview/explain/", body).json()
    *scores, email = without["explanation"]["conditions"]
    assert {"actual", "because"} <= set(email)
    assert not [one for one in scores if {"actual", "because"} & set(one)]
    client = client_with(*may_explain, *SEE)
    seen = client.send("POST", "segments/preview/explain/", body).json()["explanation"]
    assert all({"actual", "because"} <= set(one) for one in seen["conditions"])


def test_a_cursor_that_says_nothing_is_none(bought, client_with):
    client = client_with(*SEE)
    for cursor in ("AAAA", "xx"):
        reply = client.send("GET", f"ml-engine/models/next_order/versions/?cursor={cursor}")
        assert reply.status_code == 400
        assert codes(reply) == {("cursor", "invalid_cursor")}
