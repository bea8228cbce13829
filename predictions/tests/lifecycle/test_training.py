"""Trainings make one version or none; what is deployed follows the gate, and goes back."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from conditions.tests.examples.awkward_values import NOW
from core import clock
from core.problems import Invalid
from customers.models import AuditEntry, Customer, CustomerGroup, Order, OrderState, Store
from predictions.kinds import KINDS
from predictions.kinds.trained import Metric, Trained
from predictions.lifecycle import train as training
from predictions.lifecycle.evaluate import evaluate
from predictions.lifecycle.gate import gate_of, rounded_metric
from predictions.lifecycle.train import cancel_training, execute_training, request_training, train
from predictions.models import (
    CustomerPrediction,
    Evaluation,
    Gate,
    ModelVersion,
    PredictionModel,
    TrainingRun,
    VersionState,
)
from predictions.refusals import Refused
from predictions.registry import Unknown, deploy, model_named, rollback, setup, version_of
from predictions.scoring.runs import score
from predictions.signals import model_deployed
from segments.models import RunState

CODE = "next_order"


@pytest.fixture
def many(db):
    """120 customers who buy every so many days, each with a gap of their own."""
    store = Store.objects.get(code="default")
    group = CustomerGroup.objects.get(code="general")
    customers = Customer.objects.bulk_create(
        Customer(external_id=f"C{n:03}", store=store, website_id=store.website_id, group=group)
        for n in range(120)
    )
    Order.objects.bulk_create(
        Order(
            number=f"{number} {step}",
            customer=customer,
            store=store,
            state=OrderState.COMPLETE,
            grand_total=10,
            created_at=at,
            updated_at=at,
        )
        for number, customer in enumerate(customers)
        for step in range(1 + number % 6)
        for at in [NOW - timedelta(days=200 - (5 + number % 40) * step)]
    )


def test_a_training_makes_a_version_that_says_how_good_it_is(many):
    version = train(CODE, as_of=NOW)
    assert (version.number, version.state) == (1, VersionState.CANDIDATE)
    names = [(one["name"], one["baseline"]) for one in version.metrics]
    assert names == [("mae", "shop_median"), ("median_error", "shop_median"), ("coverage", None)]
    assert version.gate == Gate.PASSED
    assert version.parameters == {"holdout_days": 91}
    assert version.fitted["median_gap"] > 0
    assert len(version.data_hash) == 64
    run = TrainingRun.objects.get()
    assert (run.state, run.version, run.phase) == (RunState.COMPLETED, version, "")
    again = train(CODE, as_of=NOW)
    assert again.number == 2
    same = ("metrics", "fitted", "data_hash", "gate")
    assert [getattr(version, name) for name in same] == [getattr(again, name) for name in same]


def test_nothing_that_is_later_changes_a_version(many, make_order):
    before = train(CODE, as_of=NOW - timedelta(days=20))
    later = Order.objects.filter(created_at__gt=NOW - timedelta(days=20))
    assert later.update(grand_total="77777.0001", state="complete", coupon_code="LATER")
    for order in Order.objects.order_by("pk")[:10]:
        make_order(order.customer, NOW - timedelta(days=1), grand_total="999")
    after = train(CODE, as_of=NOW - timedelta(days=20))
    assert (before.metrics, before.fitted, before.data_hash) == (
        after.metrics,
        after.fitted,
        after.data_hash,
    )


def test_a_version_that_is_no_better_than_counting_is_refused(many, monkeypatch):
    kind = KINDS[CODE]
    off = [Metric("mae", 12.0, "shop_median", 11.9999994)]
    monkeypatch.setattr(type(kind), "evaluate", lambda *_: off)
    version = train(CODE, as_of=NOW, deploys=True)
    assert (version.gate, version.state) == (Gate.FAILED, VersionState.REFUSED)
    assert model_named(CODE).deployed is None
    with pytest.raises(Refused) as refusal:
        deploy(version)
    assert refusal.value.code == "gate_failed"
    assert refusal.value.details["metrics"] == version.metrics
    for reason in ("too short", "x" * 501, "ten letters\0"):
        with pytest.raises(Refused, match="10 to 500"):
            deploy(version, reason=reason)
    deploy(version, reason="We want to see it.")
    version.refresh_from_db()
    assert (version.gate, version.state) == (Gate.OVERRIDDEN, VersionState.DEPLOYED)


def test_a_gate_compares_what_is_shown():
    equal = rounded_metric(Metric("mae", 1.0000004, "shop_median", 1.0))
    assert gate_of(CODE, [equal]) == Gate.FAILED
    better = rounded_metric(Metric("mae", 0.999999, "shop_median", 1.0))
    assert gate_of(CODE, [better]) == Gate.PASSED
    assert gate_of(CODE, None) == Gate.NOT_EVALUATED
    clv = [
        rounded_metric(Metric("mae", 1.0, "rate", 2.0)),
        rounded_metric(Metric("top_decile_capture", 0.39, "past_value", 0.40)),
    ]
    assert gate_of("clv", clv) == Gate.PASSED
    clv[1] = rounded_metric(Metric("top_decile_capture", 0.389999, "past_value", 0.40))
    assert gate_of("clv", clv) == Gate.FAILED
    churn = [
        rounded_metric(Metric("brier", 0.2, "base_rate", 0.25)),
        rounded_metric(Metric("brier", 0.2, "recency_only", 0.2)),
    ]
    assert gate_of("churn", churn) == Gate.FAILED


def test_with_little_history_nothing_is_measured(db, make_customer, make_order):
    customer = make_customer("A")
    for days in (90, 60, 20):
        make_order(customer, NOW - timedelta(days=days))
    version = train(CODE, as_of=NOW, deploys=True)
    assert (version.gate, version.metrics) == (Gate.NOT_EVALUATED, [])
    assert model_named(CODE).deployed is None


def test_what_cannot_be_trained_is_refused_and_leaves_no_version(db, make_customer, make_order):
    with pytest.raises(Refused) as refusal:
        train(CODE, as_of=NOW)
    assert refusal.value.code == "no_sales"
    make_order(make_customer("A"), NOW - timedelta(days=5))
    with pytest.raises(Refused) as refusal:
        train(CODE, as_of=NOW)
    assert refusal.value.code == "too_few_repeat_buyers"
    run = TrainingRun.objects.get()
    assert (run.state, run.error_code, run.version) == (
        RunState.FAILED,
        "too_few_repeat_buyers",
        None,
    )
    with pytest.raises(Refused) as refusal:
        train("rfm", as_of=NOW)
    assert refusal.value.code == "nothing_to_train"
    with pytest.raises(Unknown, match="rfm, journey"):
        train("nonsense")
    for value in (0, 3651, "91", True, 91.0, None):
        with pytest.raises(Invalid) as invalid:
            train(CODE, as_of=NOW, parameters={"holdout_days": value})
        assert invalid.value.problems[0].path == "parameters.holdout_days"
    with pytest.raises(ValueError, match="time zone"):
        train(CODE, as_of=NOW.replace(tzinfo=None))
    assert not ModelVersion.objects.filter(model__code=CODE).exists()


def test_a_second_call_joins_the_first(many):
    first = request_training(CODE, as_of=NOW)
    assert request_training(CODE, as_of=NOW - timedelta(days=1)) == first
    execute_training(first.pk)
    execute_training(first.pk)  # the message came twice
    assert ModelVersion.objects.filter(model__code=CODE).count() == 1
    assert request_training(CODE, as_of=NOW) != first


def test_a_cancelled_training_makes_nothing(many, monkeypatch):
    run = cancel_training(request_training(CODE, as_of=NOW))
    assert run.state == RunState.CANCELLED
    execute_training(run.pk)
    assert not ModelVersion.objects.filter(model__code=CODE).exists()
    # One that somebody is at: it ends when its worker looks.
    run = request_training(CODE, as_of=NOW)
    claimed = training._claim(run.pk)
    cancel_training(run)
    training._work(TrainingRun.objects.get(pk=claimed.pk))
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert not ModelVersion.objects.filter(model__code=CODE).exists()


def test_whoever_was_thought_dead_writes_nothing(many, monkeypatch):
    run = request_training(CODE, as_of=NOW)
    first = training._claim(run.pk)
    TrainingRun.objects.filter(pk=run.pk).update(lease_expires_at=clock.now())
    second = training._claim(run.pk)
    training._work(first)
    assert not ModelVersion.objects.filter(model__code=CODE).exists()
    training._work(second)
    assert ModelVersion.objects.get(model__code=CODE).number == 1


def test_a_training_whose_workers_die_fails_in_the_end(many):
    run = request_training(CODE, as_of=NOW)
    for _attempt in range(training.ATTEMPTS):
        assert training._claim(run.pk)
        TrainingRun.objects.filter(pk=run.pk).update(lease_expires_at=clock.now())
    execute_training(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error_code) == (RunState.FAILED, "worker_lost")


def test_who_waits_is_woken_again(many, monkeypatch):
    sent = []
    monkeypatch.setattr(training.current_app, "send_task", lambda *a, **k: sent.append(a))
    run = request_training(CODE, as_of=NOW, wakes=False)
    training._claim(run.pk)
    training.wake_waiting()
    assert not sent
    TrainingRun.objects.filter(pk=run.pk).update(lease_expires_at=clock.now(), woken_at=None)
    with transaction.atomic():
        training.wake_waiting()
    TrainingRun.objects.filter(pk=run.pk).exclude(woken_at=None).get()


def test_an_unexpected_error_is_tried_again_and_told(many, monkeypatch):
    def fails(*_):
        raise RuntimeError("no luck")

    monkeypatch.setattr(type(KINDS[CODE]), "train", fails)
    run = request_training(CODE, as_of=NOW)
    for _attempt in range(training.ATTEMPTS):
        execute_training(run.pk)
        TrainingRun.objects.filter(pk=run.pk).update(not_before=None)
    run.refresh_from_db()
    assert (run.state, run.error_code, run.error) == (RunState.FAILED, "error", "no luck")
    # Here and now it is not tried again: whoever waits for it is told.
    with pytest.raises(Refused, match="no luck"):
        train(CODE, as_of=NOW)


def test_rollback_goes_back_and_never_forward(many, django_capture_on_commit_callbacks):
    told = []
    model_deployed.connect(lambda version, **_: told.append(version.number), weak=False)
    versions = [train(CODE, as_of=NOW) for _ in range(3)]
    by = User.objects.create_user("chief")
    with django_capture_on_commit_callbacks(execute=True):
        for version in versions:
            deploy(version, by=by)
    model = model_named(CODE)
    deploy(versions[2], by=by)  # what is deployed: nothing
    assert rollback(model, by=by).number == 2
    assert rollback(model, by=by).number == 1
    with pytest.raises(Refused) as refusal:
        rollback(model)
    assert refusal.value.code == "nothing_before"
    deploy(version_of(model, 3), by=by)
    assert rollback(model).number == 1
    assert told == [1, 2, 3]
    states = dict(model.versions.values_list("number", "state"))
    assert states == {1: "deployed", 2: "retired", 3: "retired"}
    deeds = AuditEntry.objects.filter(action="model_deployed", name=CODE).order_by("pk")
    assert [deed.after["version"] for deed in deeds] == [1, 2, 3, 2, 1, 3, 1]
    assert deeds[0].username == "chief"
    assert str(deeds[0].get_action_display()) == "model deployed"


def test_only_state_and_gate_ever_change(many):
    version = train(CODE, as_of=NOW)
    version.fitted = {}
    with pytest.raises(ValueError, match="only its state"):
        version.save(update_fields=["fitted"])
    version.save()
    version.refresh_from_db()
    assert version.fitted
    deploy(version)
    other = train(CODE, as_of=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=other.pk).update(state=VersionState.DEPLOYED)


def test_scores_of_the_old_version_stay_until_the_new_one_has_scored(many):
    for version in (train(CODE, as_of=NOW) for _ in range(2)):
        deploy(version)
        assert PredictionModel.objects.get(code=CODE).is_owed
        if version.number == 1:
            score(as_of=NOW)
    row = CustomerPrediction.objects.exclude(next_order_on=None).first()
    assert row.next_order_version == 1
    run = score(as_of=NOW)
    assert run.versions[CODE] == 2
    # The days are the same, their version is not.
    assert run.counts[CODE]["changed"] == run.counts[CODE]["scored"] > 0
    assert not CustomerPrediction.objects.filter(next_order_version=1).exists()
    assert score(as_of=NOW).counts[CODE]["changed"] == 0


def test_a_deploy_while_everybody_is_scored_ends_that_scoring(many, monkeypatch):
    from predictions.scoring import runs as scoring

    first, second = train(CODE, as_of=NOW), train(CODE, as_of=NOW)
    deploy(first)
    in_transaction, done = scoring.in_transaction, []

    def deploying(work):
        if done:
            deploy(second)
        done.append(True)
        return in_transaction(work)

    monkeypatch.setattr(scoring, "BATCH", 50)
    monkeypatch.setattr(scoring, "in_transaction", deploying)
    assert score(as_of=NOW).state == "overtaken"
    monkeypatch.setattr(scoring, "in_transaction", in_transaction)
    assert CustomerPrediction.objects.filter(next_order_version=1).exists()
    score(as_of=NOW)
    versions = CustomerPrediction.objects.exclude(next_order_on=None)
    assert set(versions.values_list("next_order_version", flat=True)) == {2}


def test_evaluating_says_what_the_training_said(many):
    version = train(CODE, as_of=NOW)
    found = evaluate(model_named(CODE), 1, as_of=NOW)
    assert (found.metrics, found.gate) == (version.metrics, version.gate)
    assert evaluate(model_named(CODE), as_of=NOW - timedelta(days=10)).metrics != version.metrics
    assert Evaluation.objects.count() == 2
    with pytest.raises(Refused):
        evaluate(model_named("rfm"))
    with pytest.raises(Unknown):
        evaluate(model_named(CODE), 9)


def test_setting_up_makes_what_is_not_there(db):
    assert setup() == []
    PredictionModel.objects.filter(code=CODE).delete()
    assert setup() == [CODE]
    rules = PredictionModel.objects.get(code="rfm")
    assert (rules.deployed.number, rules.deployed.state) == (1, VersionState.DEPLOYED)


def said(*args, **options):
    out, err = StringIO(), StringIO()
    call_command(*args, **options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_commands_from_training_to_rollback(many):
    at = NOW.isoformat()
    out, _err = said("train_model", CODE, "--as-of", at, "--deploy")
    assert "shop_median" in out
    assert "approval check: passed" in out
    out, _err = said("train_model", CODE, "--as-of", at, "--param", "holdout_days=60", "--json")
    line = json.loads(out)
    assert (line["model"], line["number"], line["parameters"]) == (CODE, 2, {"holdout_days": 60})
    assert said("evaluate_model", CODE, "1", "--as-of", at, "--json")[0].startswith('{"model"')
    assert "version 2 is deployed" in said("deploy_model", CODE, "2")[0]
    assert "version 1 is deployed again" in said("rollback_model", CODE)[0]
    with pytest.raises(CommandError, match="nothing_before"):
        said("rollback_model", CODE)
    with pytest.raises(CommandError, match="no version 9"):
        said("deploy_model", CODE, "9")
    with pytest.raises(CommandError, match="Either"):
        said("train_model")
    with pytest.raises(CommandError, match="Not trained"):
        said("train_model", "rfm")
    with pytest.raises(CommandError, match="name=value"):
        said("train_model", CODE, "--param", "holdout_days")
    said("score_customers", "--as-of", at)
    lines = said("export_scores")[0].splitlines()
    assert lines[0].startswith("id,recency_score,")
    assert lines[0].endswith(",anomaly_score,is_anomaly,cluster,cluster.retail_clusters")
    assert len(lines) == 121
    assert all(line.count(",") == lines[0].count(",") for line in lines)


def test_a_trained_result_is_never_half_stored(many, monkeypatch):
    def broken(self, wanted, step):
        return Trained({"ratios": [[1, 1], [2, 1]], "x": float("nan")}, [], "hash")

    monkeypatch.setattr(type(KINDS[CODE]), "train", broken)
    with pytest.raises(Refused):
        train(CODE, as_of=NOW)
    assert not ModelVersion.objects.filter(model__code=CODE).exists()
