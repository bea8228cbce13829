"""An uplift from end to end: learned of a campaign, scored, asked of, and used by plans."""

from datetime import timedelta
from decimal import Decimal

import pytest

from conditions.matching import matching_customers
from conditions.parse import parse_tree
from customers.models import Consent, ConsentState, Customer, DirtyCustomer, Purpose
from predictions.analytics.parts.selection import all_of
from predictions.kinds.uplift.declaration import UPLIFT
from predictions.lifecycle.evaluate import evaluate
from predictions.lifecycle.train import request_training, train
from predictions.models import Gate, PredictionModel, Touch, UpliftScore, WaitingCustomer
from predictions.refusals import Refused
from predictions.registry import Unknown, deploy, model_named
from predictions.scores import scores_of
from predictions.scoring.customer_panel import reasons_of
from predictions.scoring.live import rescore_changed
from predictions.scoring.runs import score
from predictions.strategies.strategy import BUYERS, asks
from predictions.tests.touching import client_with, make_campaign
from predictions.tests.uplift.trial_shop import AS_OF, CHANCES, TOUCHED, trial_shop

CODE, CONDITION = "uplift.win_back", "prediction.uplift.win_back"
OPTIMIZE, TRAIN = "/api/v1/clv/optimize/", "/api/v1/ml-engine/train/"
PLANNER = ("predictions.optimize", "predictions.view_scores", "segments.view_members")


@pytest.fixture(scope="module")
def learned_for_all(rows_for_all):
    """A campaign `win_back`, its deployed model, and everybody scored by it."""
    trial_shop()
    refusing = Customer.objects.get(external_id="T0")
    Consent.objects.create(
        customer=refusing,
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="test",
        at=TOUCHED,
    )
    version = train(CODE, as_of=AS_OF)
    deploy(version)
    score(as_of=AS_OF)
    return version


@pytest.fixture
def learned(learned_for_all, db):
    return learned_for_all


def numbers_where(operator, value):
    tree = all_of([asks(CONDITION, operator, value)])
    found = matching_customers(tree, as_of=AS_OF, applies_to="both")
    return {int(one.removeprefix("T")) for one in found.values_list("external_id", flat=True)}


def test_planted_uplift_passes_and_is_stored(learned):
    assert learned.gate == Gate.PASSED
    metrics = {one["name"]: one for one in learned.metrics}
    assert metrics["qini"]["value"] > metrics["qini_low"]["value"] > 0
    first = metrics["uplift_first_30"]
    assert first["value"] == pytest.approx(0.3, abs=0.08) and first["baseline_value"] < 0.1
    assert learned.fitted["contacted"] + learned.fitted["held_out"] == 2_199
    rows = UpliftScore.objects.values_list("customer__external_id", "uplift")
    uplifts = {int(number.removeprefix("T")): uplift for number, uplift in rows}
    # Whoever refuses personalization is in no fit and has no score.
    assert set(uplifts) == set(range(1, 2_200))
    assert all(uplift > 0 for n, uplift in uplifts.items() if n % 2 == 0)
    before = [n for n in uplifts if n % 2 and uplifts[n] < 0]
    assert len(before) > 800


def test_conditions_read_the_stored_uplift(learned):
    uplifts = {
        int(number.removeprefix("T")): uplift
        for number, uplift in UpliftScore.objects.values_list("customer__external_id", "uplift")
    }
    expected = {n for n, uplift in uplifts.items() if uplift >= Decimal("0.2")}
    assert expected and numbers_where("gte", "0.2") == expected
    assert numbers_where("lt", "0.2") == set(uplifts) - expected
    # No quotes within quotes, which a sentence would have to escape.
    sentence = parse_tree(all_of([asks(CONDITION, "gte", "0.2")])).sentence()
    assert sentence == "Customers whose “Uplift: win_back” is at least 0.2."


def test_a_second_scoring_writes_nothing_and_an_order_moves_one_customer(
    learned, make_segment, make_order, monkeypatch
):
    """Only the customer whose uplift crosses what a segment asks is looked at again."""
    run = score(as_of=AS_OF)
    assert run.counts[CODE] == {"scored": 2_199, "changed": 0, "removed": 0, "marked": 0}
    make_segment("won", [asks(CONDITION, "gt", "0")])
    DirtyCustomer.objects.all().delete()
    customer = (
        Customer.objects.exclude(orders__isnull=False).filter(uplift_scores__uplift__lt=0).first()
    )
    monkeypatch.setattr("predictions.scoring.live.now", lambda: AS_OF)
    make_order(customer, AS_OF - timedelta(days=40))
    WaitingCustomer.objects.all().delete()
    WaitingCustomer.objects.create(customer_id=customer.pk, at=AS_OF)
    DirtyCustomer.objects.all().delete()
    rescore_changed()
    assert customer.uplift_scores.get().uplift > 0
    table = UpliftScore._meta.db_table
    marked = DirtyCustomer.objects.filter(source_table=table)
    assert list(marked.values_list("customer_id", flat=True)) == [customer.pk]


def test_a_customer_who_refuses_later_loses_the_uplift(learned, make_segment):
    make_segment("won", [asks(CONDITION, "gt", "0")])
    customer = Customer.objects.get(external_id="T2")
    Consent.objects.create(
        customer=customer,
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="test",
        at=AS_OF,
    )
    score(as_of=AS_OF)
    assert not customer.uplift_scores.exists()
    table = UpliftScore._meta.db_table
    assert DirtyCustomer.objects.filter(source_table=table, customer_id=customer.pk).exists()


def test_scores_and_reasons_of_a_customer_name_the_model(learned):
    customer = Customer.objects.get(external_id="T2")
    found = scores_of(customer)[CODE]
    assert (found["model"], found["version"], found["is_stale"]) == (CODE, 1, False)
    assert Decimal(found["value"]) == customer.uplift_scores.get().uplift
    reasons = reasons_of(customer)[CODE]
    assert any(one.effect for one in reasons) and "uplift" in str(reasons[0].sentence)


def test_plans_take_the_own_uplift_and_contact_nobody_below_zero(learned):
    """The value of a contact is own uplift x margin x average order value, less the cost."""
    client = client_with(*PLANNER)
    body = {"strategy": "win_back", "cost_per_contact": "1", "budget": "100000", "limit": 1000}
    found = client.post(OPTIMIZE, body, content_type="application/json").json()
    assert found["assumptions"]["uplift"] == {"value": None, "source": "model", "is_used": True}
    assert "uplift_unknown" not in found["warnings"]
    stages = ("lapsing", "lost")
    rows = UpliftScore.objects.filter(
        customer__prediction__journey_stage__in=stages, uplift__gt=Decimal("0.05")
    )
    uplifts = dict(rows.values_list("customer__external_id", "uplift"))
    expected = {number: f"{uplift * 20 - 1:.4f}" for number, uplift in uplifts.items()}
    assert expected and found["selected_count"] == len(expected)
    assert {one["id"]: one["expected_value"] for one in found["customers"]} == expected
    given = body | {"assumptions": {"uplift": "0.1"}}
    told = client.post(OPTIMIZE, given, content_type="application/json").json()
    assert told["assumptions"]["uplift"]["source"] == "given"


def test_a_budget_takes_each_campaigns_own_uplift(learned, make_segment):
    """Ranked by own value per cost, beside a campaign whose uplift is one number."""
    code = make_segment("All", [BUYERS]).code
    campaigns = [
        {"code": "win_back", "segment": code, "cost_per_contact": "1", "value": "order"},
        {
            "code": "other",
            "segment": code,
            "cost_per_contact": "1",
            "uplift": "0.3",
            "value": "order",
        },
    ]
    body = {"strategy": "budget", "budget": "2000", "campaigns": campaigns, "limit": 1000}
    client = client_with(*PLANNER)
    found = client.post(OPTIMIZE, body, content_type="application/json").json()
    lines = {one["code"]: one for one in found["campaigns"]}
    assert lines["win_back"]["uplift"] == {"value": None, "source": "model"}
    buyers = matching_customers(all_of([BUYERS]), as_of=AS_OF, applies_to="both")
    rows = UpliftScore.objects.filter(customer__in=buyers, uplift__gte=Decimal("0.3"))
    assert lines["win_back"]["count"] == rows.count() > 0
    assert lines["other"]["count"] > 0


def test_trainings_without_a_control_are_refused(db, make_customer):
    """A campaign that held nobody out: 409 `no_control`; one that nobody knows: 404."""
    make_campaign("plain")
    client = client_with("predictions.train_model")
    for model, parameters in (("uplift.plain", {}), ("uplift", {"campaign": "plain"})):
        body = {"model": model, "parameters": parameters}
        found = client.post(TRAIN, body, content_type="application/json")
        assert (found.status_code, found.json()["code"]) == (409, "no_control")
    for body in ({"model": "uplift.none"}, {"model": "uplift", "parameters": {"campaign": "none"}}):
        assert client.post(TRAIN, body, content_type="application/json").status_code == 404
    for body in (
        {"model": "uplift"},
        {"model": "uplift.plain", "parameters": {"campaign": "other"}},
        {"model": "uplift.plain", "parameters": {"outcome": "profit"}},
    ):
        assert client.post(TRAIN, body, content_type="application/json").status_code == 400
    assert not PredictionModel.objects.filter(kind=UPLIFT.code).exists()


def test_too_few_customers_or_successes_are_refused(db):
    trial_shop(people=300)
    with pytest.raises(Refused) as refused:
        train(CODE, as_of=AS_OF)
    assert refused.value.code == "too_few"


def test_a_group_in_which_everybody_bought_is_refused(db):
    """No regression can be fitted on one outcome: a sentence instead of the library's error."""
    always = {key: 1.0 if key[1] else 0.2 for key in CHANCES}
    trial_shop(chances=always)
    with pytest.raises(Refused) as refused:
        train(CODE, as_of=AS_OF)
    assert refused.value.code == "one_outcome_only"


def test_only_a_finished_window_counts(learned):
    """Of touches of the last three days before the window's end two days are left out."""
    from predictions.kinds.uplift.training import _day_before

    with pytest.raises(Refused) as refused:
        evaluate(model_named(CODE), as_of=TOUCHED + timedelta(days=30, hours=1))
    assert refused.value.code == "too_few"
    assert _day_before(TOUCHED, "UTC").isoformat() == "2026-03-01T23:59:59.999999+00:00"
    # At 23:30 UTC, the next day has begun in Berlin.
    late = TOUCHED.replace(hour=23, minute=30)
    assert _day_before(late, "Europe/Berlin").isoformat() == "2026-03-02T22:59:59.999999+00:00"


def test_a_request_makes_the_model_once(learned):
    Touch.objects.filter(customer__external_id="T1").delete()
    run = request_training("uplift", as_of=AS_OF, parameters={"campaign": "win_back"})
    assert run.model.code == CODE and request_training(CODE).pk == run.pk
    with pytest.raises(Unknown):
        request_training("uplift.none")
