"""Churn by a network of events: where it wins, where it is refused, and what is left without it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from core.text.hashes import bucket
from customers.models import (
    Customer,
    CustomerGroup,
    Login,
    Order,
    OrderState,
    Product,
    ProductView,
    Store,
)
from predictions.deep.availability import is_installed
from predictions.deep.fitting import Deadline, Schedule
from predictions.deep.network_files import Networks, dump_networks
from predictions.history.batches import batch_of
from predictions.history.events import MOST_EVENTS, TODAY, events_of
from predictions.history.population import population
from predictions.kinds.artifacts import loaded_networks
from predictions.kinds.churn.network import CHURN_GRU
from predictions.kinds.trained import Metric
from predictions.lifecycle.evaluate import evaluate
from predictions.lifecycle.gate import gate_of
from predictions.lifecycle.retrain import request_retraining
from predictions.lifecycle.train import request_training, train
from predictions.models import (
    CustomerPrediction,
    Gate,
    ModelVersion,
    PredictionModel,
    ScoringRun,
    TrainingRun,
)
from predictions.monitoring.backlogs import WAITING
from predictions.refusals import Refused
from predictions.registry import deploy
from predictions.scores import scores_of
from predictions.scoring.on_demand import predicted_from, predicted_of
from predictions.scoring.runs import score
from predictions.tests.churning import returning_shop
from tests.lazy import LazyModule

gru = LazyModule("predictions.kinds.churn.gru")
scoring = LazyModule("predictions.kinds.churn.scoring")

needs_torch = pytest.mark.skipif(not is_installed(), reason="torch is not installed")
AS_OF = datetime(2026, 4, 1, 9, tzinfo=UTC)
W = 30
PEOPLE = 160
CYCLES = range(5, -1, -1)


def nothing(done, most):
    """Watch nothing."""


def orderly_shop():
    """Store a shop where who viewed last comes back, and who logged in last does not.

    What is counted, and when anything was bought, is the same for everybody.
    """
    store = Store.objects.get(code="default")
    group = CustomerGroup.objects.get(code="general")
    product = Product.objects.create(sku="A", name="A")
    customers = Customer.objects.bulk_create(
        Customer(external_id=f"P{n}", store=store, website_id=store.website_id, group=group)
        for n in range(PEOPLE)
    )
    orders, views, logins = [], [], []

    def sale(customer, days_ago):
        at = AS_OF - timedelta(days=days_ago)
        orders.append(
            Order(
                customer=customer,
                number=f"{customer.external_id} {days_ago}",
                created_at=at,
                updated_at=at,
                store=store,
                state=OrderState.COMPLETE,
                grand_total=10,
            )
        )

    for customer in customers:
        sale(customer, 6 * W)
        for cut in (W * ago for ago in CYCLES):
            returns = bucket(f"returns {cut}", customer.external_id) < 5_000
            early, late = (AS_OF - timedelta(days=cut, hours=hours) for hours in (6, 3))
            views.append(
                ProductView(
                    customer=customer, product=product, viewed_at=late if returns else early
                )
            )
            logins.append(Login(customer=customer, logged_in_at=early if returns else late))
            if cut and returns:
                sale(customer, cut - W // 2)
    for model, rows in ((Order, orders), (ProductView, views), (Login, logins)):
        model.objects.bulk_create(rows)


def trained(**parameters):
    return train("churn", as_of=AS_OF, parameters={"window_days": W} | parameters)


@pytest.fixture
def without_torch(monkeypatch):
    monkeypatch.setattr("predictions.deep.availability.find_spec", lambda name: None)


@pytest.mark.django_db
def test_events_end_with_today_and_keep_the_newest():
    returning_shop(20)
    customer = Customer.objects.get(external_id="P3")
    Login.objects.bulk_create(
        Login(customer=customer, logged_in_at=AS_OF - timedelta(days=150 - n)) for n in range(150)
    )
    batch = batch_of(population(AS_OF), AS_OF)
    events = events_of(batch)
    own = events.sequence_at(batch.numbers.index("P3"))
    assert len(own) == MOST_EVENTS + 1
    assert own[-1].tolist() == [TODAY, 1, 0] and own[0, 1] == 0
    assert set(own[1:, 1].tolist()) <= {0, 1}
    sums = [int(events.sequence_at(place)[1:, 1].sum()) for place in range(len(batch))]
    for place, days in enumerate(sums):
        times = batch.sales.first_days[place]
        if times and batch.numbers[place] != "P3":
            # Log-ins are an hour before orders, and belong to the day before at midnight.
            assert 0 <= days - (batch.todays[place] - times) <= 1


@pytest.mark.django_db
def test_events_after_the_cut_change_nothing():
    returning_shop(20)
    whole = events_of(batch_of(population(AS_OF), AS_OF))
    Order.objects.filter(created_at__gt=AS_OF).delete()
    Login.objects.filter(logged_in_at__gt=AS_OF).delete()
    again = events_of(batch_of(population(AS_OF), AS_OF))
    for name in ("starts", "types", "days", "units"):
        assert np.array_equal(getattr(whole, name), getattr(again, name))


@pytest.mark.once
@pytest.mark.django_db
def test_network_is_refused_without_torch(without_torch, client, admin_user):
    returning_shop(20)
    with pytest.raises(Refused, match="requirements-deep.txt") as refused:
        request_training("churn", as_of=AS_OF, parameters={"algorithm": "gru"})
    assert refused.value.code == "not_installed"
    assert not TrainingRun.objects.exists()
    client.force_login(admin_user)
    body = {"model": "churn", "parameters": {"algorithm": "gru"}}
    response = client.post("/api/v1/ml-engine/train/", body, "application/json")
    assert response.status_code == 400, response.content
    assert response.json()["code"] == "not_installed"
    assert "requirements-deep.txt" in response.json()["detail"]


@pytest.mark.once
@pytest.mark.django_db
def test_auto_leaves_the_network_out_without_torch(without_torch):
    returning_shop()
    version = trained(algorithm="auto")
    assert version.fitted["algorithm"] != "gru" and "gru" not in version.fitted["briers"]
    assert "torch" not in version.libraries


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("fits", [0, 1])
def test_diverging_network_leaves_the_best_of_the_others(monkeypatch, fits):
    """It diverges in the evaluation, or in the fit after an evaluation that it has won."""
    returning_shop()
    expected = trained(algorithm="logistic")
    left = [fits]

    def fit_networks(*args, deadline, report):
        if not left[0]:
            raise Refused("diverged", "The loss is no finite number.")
        left[0] -= 1
        return None, {"device": "cpu", "epochs": [1], "time_limit": False}

    monkeypatch.setattr("predictions.deep.availability.find_spec", lambda name: name)
    monkeypatch.setattr("predictions.kinds.churn.gru.fit_networks", fit_networks)
    risks = "predictions.kinds.churn.gru.risks_of"
    monkeypatch.setattr(risks, lambda found, events: np.zeros(len(events)))
    monkeypatch.setattr("predictions.kinds.churn.deep_candidate.DeepCandidate.is_better", True)
    version = trained(algorithm="auto")
    assert version.warnings == ["diverged"]
    best = min(version.fitted["briers"], key=version.fitted["briers"].get)
    assert version.fitted["algorithm"] == best != "gru"
    assert {one["baseline"] for one in version.metrics} == {
        one["baseline"] for one in expected.metrics
    }
    assert scoring.scorer_of(version)
    left[0] = fits
    with pytest.raises(Refused) as refused:
        trained(algorithm="gru")
    assert refused.value.code == "diverged"


def deep_version(algorithm="gru", **values):
    """Store a version of a network, as another machine trained it; nothing is fitted."""
    model = PredictionModel.objects.get(code="churn")
    return ModelVersion.objects.create(
        model=model,
        number=1,
        gate=Gate.PASSED,
        as_of=AS_OF,
        parameters={"algorithm": algorithm, "window_days": W, "seed": 0},
        fitted={"algorithm": "gru", "window_days": W},
        artifact=b"not read",
        created_at=AS_OF,
        **values,
    )


@pytest.mark.django_db
def test_scoring_without_torch_skips_the_model_and_exits_1(without_torch):
    returning_shop(20)
    deploy(deep_version())
    customer = Customer.objects.get(external_id="P3")
    CustomerPrediction.objects.create(
        customer=customer, churn_risk="0.5", churn_version=1, churn_as_of=AS_OF
    )
    PredictionModel.objects.filter(code="rfm").update(is_active=True)
    with pytest.raises(CommandError, match="requirements-deep.txt"):
        call_command(
            "score_customers", "churn", "rfm", "--as-of", AS_OF.isoformat(), stdout=StringIO()
        )
    run = ScoringRun.objects.get()
    assert run.problems["churn"]["code"] == "not_installed"
    assert run.counts["rfm"]["scored"] > 0
    row = CustomerPrediction.objects.get(customer=customer)
    assert row.churn_version == 1 and str(row.churn_risk) == "0.5000"
    scores = scores_of(customer)
    assert scores["churn_risk"]["is_stale"] and scores["churn_risk"]["value"] == "0.5000"
    assert not scores["rfm_segment"]["is_stale"]


@pytest.mark.once
@pytest.mark.django_db
def test_web_processes_are_refused_a_network():
    returning_shop(20)
    version = deep_version()
    for ask in (
        lambda: predicted_from([[]], version, today=1),
        lambda: evaluate(version.model, 1, as_of=AS_OF, is_on_demand=True),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.code == "workers_only"


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("algorithm", "task"), [("gru", "train_deep_run"), ("mlp", "train_run")])
def test_networks_have_their_own_queue(algorithm, task, settings, monkeypatch):
    settings.DEEP_WORKERS = True
    sent = []
    monkeypatch.setattr(
        "predictions.lifecycle.train.current_app.send_task",
        lambda name, args: sent.append((name, args)),
    )
    returning_shop(20)
    run = request_training("churn", as_of=AS_OF, parameters={"algorithm": algorithm})
    assert sent == [(f"predictions.{task}", [run.pk])]
    assert settings.CELERY_TASK_ROUTES["predictions.train_deep_run"] == {"queue": "tranche-deep"}


@pytest.mark.both
@pytest.mark.django_db
@pytest.mark.parametrize("offered", [True, False])
def test_each_training_waits_in_its_own_queue(offered, settings, without_torch):
    settings.DEEP_WORKERS = offered
    models = PredictionModel.objects.in_bulk(field_name="code")
    for code, parameters in (
        ("churn", {"algorithm": "auto"}),
        ("clusters", {"algorithm": "embedding"}),
        ("next_order", {"holdout_days": 91}),
    ):
        TrainingRun.objects.create(
            model=models[code], as_of=AS_OF, parameters=parameters, created_at=AS_OF
        )
    backlogs = {one.name: one for one in WAITING}
    items = [backlogs[name].rows(AS_OF).count() for name in ("deep_trainings", "trainings")]
    assert items == ([2, 1] if offered else [1, 2])


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("offered", [True, False])
def test_alarm_without_torch_replaces_no_network(offered, settings, without_torch):
    settings.DEEP_WORKERS = offered
    returning_shop(20)
    deploy(deep_version(algorithm="auto"))
    model = PredictionModel.objects.get(code="churn")
    assert request_retraining(model, AS_OF, deploys=True).deploys is offered


@pytest.mark.once
@pytest.mark.parametrize(
    ("high", "gate"),
    [(-0.01, Gate.PASSED), (0.0, Gate.FAILED), (0.01, Gate.FAILED), (None, Gate.FAILED)],
)
def test_gate_asks_a_network_to_be_better_beyond_chance(high, gate):
    found = [Metric("brier", 0.1, name, 0.2) for name in ("base_rate", "recency_only")]
    assert gate_of("churn", found) == Gate.PASSED
    found.append(Metric("brier_difference_high", high, "best_of_others", 0.0))
    assert gate_of("churn", found) == gate


@needs_torch
@pytest.mark.once
@pytest.mark.django_db
def test_network_wins_where_the_order_of_events_says_it_all():
    orderly_shop()
    version = trained(algorithm="auto")
    assert version.fitted["algorithm"] == "gru" and version.gate == Gate.PASSED
    deep = version.fitted["deep"]
    assert deep["device"] == "cpu" and deep["interval"][1] < 0 and deep["against"] != "gru"
    assert {"torch", "safetensors"} <= set(version.libraries)
    brier = {one["name"]: one["value"] for one in version.metrics}["brier"]
    assert brier < 0.05 < 0.15 < version.fitted["briers"][deep["against"]]
    assert len(loaded_networks(version, CHURN_GRU.name).networks) == 5
    deploy(version)
    score("churn", as_of=AS_OF)
    risks = dict(CustomerPrediction.objects.values_list("customer__external_id", "churn_risk"))
    assert len(risks) == PEOPLE
    right = [
        (risk < 0.5) == (bucket("returns 0", number) < 5_000) for number, risk in risks.items()
    ]
    assert sum(right) > 0.95 * PEOPLE
    assert score("churn", as_of=AS_OF).counts["churn"]["changed"] == 0
    customer = Customer.objects.get(external_id="P3")
    with pytest.raises(Refused) as refused:
        predicted_of([customer], version, as_of=AS_OF)
    assert refused.value.code == "workers_only"


@needs_torch
def test_two_trainings_of_networks_are_equal_bytes(monkeypatch):
    monkeypatch.setattr("predictions.kinds.churn.gru.SCHEDULE", Schedule(epochs=2))
    ids = [f"P{number}" for number in range(60)]
    churned = np.array([bucket("churned", one) < 5_000 for one in ids])
    events = [np.array([[1, 0, 10_000 * n], [TODAY, n % 40, 0]]) for n in range(60)]

    def content():
        deadline = Deadline(600)
        found, _how = gru.fit_networks(events, churned, ids, 0, deadline=deadline, report=nothing)
        return found, dump_networks(found)

    found, first = content()
    assert first == content()[1]
    # Alone or among others, a customer has the same risk.
    together = gru.risks_of(found, events)
    assert [gru.risks_of(found, [one])[0] for one in events[:5]] == together[:5].tolist()


@pytest.mark.once
@pytest.mark.parametrize(
    "changes",
    [
        {"sizes": {"types": TODAY - 1, "embedding": 8, "hidden": 32}},
        {"arrays": {}},
        {"arrays": {"logits.0": np.zeros(2), "risks.0": np.zeros(3)}},
        {"arrays": {"logits.0": np.zeros(0), "risks.0": np.zeros(0)}},
    ],
)
def test_network_without_its_parts_is_refused(changes):
    whole = {"logits.0": np.zeros(2), "risks.0": np.zeros(2)}
    found = Networks(CHURN_GRU.name, gru.SIZES, [None], "cpu", arrays=whole)
    gru.check_shapes(found)
    with pytest.raises(Refused) as refused:
        gru.check_shapes(replace(found, **changes))
    assert refused.value.code == "artifact_invalid"
