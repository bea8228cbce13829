"""What operators watch: calls and their times, drift on pages and in calls, what an alarm does."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.urls import reverse
from redis.exceptions import ConnectionError as NoConnection

from conditions.tests.examples.awkward_values import NOW
from customers.models import AuditEntry
from predictions.lifecycle.train import train
from predictions.models import (
    DriftReading,
    DriftStatus,
    Gate,
    ModelVersion,
    Notice,
    NoticeKind,
    PredictionModel,
)
from predictions.monitoring import call_statistics as counting
from predictions.monitoring.call_statistics import MILLISECONDS, calls, note
from predictions.monitoring.drift import check_drift
from predictions.registry import deploy
from predictions.tests.churning import AS_OF, returning_shop


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()
    yield
    cache.clear()


def test_times_are_upper_ends_of_classes():
    for number in range(1, 101):
        note("predict", NOW, number / 1000, 200)
    (found,) = calls(["predict"], NOW)
    assert (found.requests, found.errors, found.refused) == (100, 0, 0)
    # 50 and 95 ms are the percentiles; 50 and 100 ms end their classes.
    assert (found.p50_ms, found.p95_ms) == (50, 100)
    assert {50, 100} <= set(MILLISECONDS)


def test_what_failed_was_refused_or_took_too_long():
    for status in (200, 404, 429, 500, 503):
        note("predict", NOW, 101, status)
    (found, other) = calls(["predict", "calculate"], NOW)
    assert (found.requests, found.errors, found.refused) == (5, 2, 2)
    assert (found.p50_ms, found.p95_ms) == (None, None)
    assert (other.requests, other.p50_ms) == (0, None)


def test_a_day_is_looked_back_on():
    note("predict", NOW, 0.001, 200)
    at = NOW.replace(minute=59)
    assert calls(["predict"], at + timedelta(hours=23))[0].requests == 1
    assert calls(["predict"], at + timedelta(hours=24))[0].requests == 0


def test_a_cache_that_does_not_answer_keeps_nobody_from_anything(monkeypatch):
    def gone(*_args, **_more):
        raise NoConnection

    for name in ("add", "get_many"):
        monkeypatch.setattr(counting.cache, name, gone)
    note("predict", NOW, 1, 200)
    assert calls(["predict"], NOW) == []


@pytest.fixture(scope="module")
def deployed_for_all(rows_for_all):
    """Store a shop, train on it and deploy the version; return its key."""
    returning_shop()
    version = train("anomaly", as_of=AS_OF)
    deploy(version, reason="" if version.gate == Gate.PASSED else "It is only a test.")
    return version.pk


@pytest.fixture
def deployed(deployed_for_all, db):
    """Return a version in use, whose customers have not moved."""
    return ModelVersion.objects.select_related("model").get(pk=deployed_for_all)


@pytest.fixture
def merchant(client, db):
    """Return what makes the client somebody with permissions."""

    def make(*codenames):
        user = User.objects.create_user("merchant", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(user)
        return user

    return make


def test_models_and_monitoring_tell_the_last_reading(deployed, merchant, client):
    merchant("view_scores")
    assert _model(client)["drift"] == {"status": None, "psi": None}
    DriftReading.objects.create(version=deployed, at=AS_OF, psi=0.2, status=DriftStatus.WATCH)
    (reading,) = check_drift(["anomaly"])
    assert _model(client)["drift"] == {"status": reading.status, "psi": reading.psi}
    found = client.get("/api/v1/ml-engine/monitoring/").json()
    (watched,) = (one for one in found["models"] if one["model"] == "anomaly")
    assert watched["drift"]["features"] == reading.features
    assert [one["feature"] for one in reading.features] == [
        *("recency_days", "frequency", "monetary", "average_order_value", "purchase_days")
    ]
    assert client.post("/api/v1/ml-engine/predict", {}, "application/json").status_code == 400
    again = client.get("/api/v1/ml-engine/monitoring").json()
    assert again["requests"] == found["requests"] + 1
    (predicted,) = (one for one in again["calls"] if one["call"] == "predict")
    assert (predicted["requests"], predicted["refused"], predicted["errors"]) == (1, 1, 0)


def _model(client):
    return client.get("/api/v1/ml-engine/models/anomaly").json()


def page(client, name):
    return client.get(reverse(f"admin:predictions_{name}_changelist")).content.decode()


def test_pages_tell_it_to_who_may_see_scores(deployed, merchant, client):
    merchant("view_scores")
    assert "It has not been looked at yet" in page(client, "driftreading")
    check_drift(["anomaly"])
    Notice.objects.create(model=deployed.model, day=AS_OF.date(), kind=NoticeKind.CONCEPT_DRIFT)
    drift = page(client, "driftreading")
    assert "Days since the last sale" in drift
    assert "predictions have become worse" in drift
    DriftReading.objects.update(features=[], psi=None, status="")
    assert "trained before changes in the data were measured" in page(client, "driftreading")
    assert "Latest scorings" in page(client, "scoringrun")


@pytest.mark.parametrize("name", ["driftreading", "scoringrun"])
def test_others_see_nothing(merchant, client, name):
    merchant("train_model", "view_segment")
    address = reverse(f"admin:predictions_{name}_changelist")
    assert client.get(address).status_code == 403
    assert address not in client.get(reverse("admin:index")).content.decode()


def test_what_an_alarm_does_is_said_on_the_models_page(deployed, merchant, client):
    user = merchant("view_scores", "train_model")
    address = reverse("admin:predictions_predictionmodel_alarm", args=[deployed.model_id])
    assert client.post(address, {"on_alarm": "nonsense"}).status_code == 400
    # To have a version deployed is up to who may deploy one.
    assert client.post(address, {"on_alarm": "deploy"}).status_code == 403
    assert client.post(address, {"on_alarm": "train"}).status_code == 302
    assert _wanted(deployed) == (True, False)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.before["retrain_on_alarm"], entry.after["retrain_on_alarm"]) == (False, True)
    user.user_permissions.add(Permission.objects.get(codename="deploy_model"))
    assert client.post(address, {"on_alarm": "deploy"}).status_code == 302
    assert _wanted(deployed) == (True, True)
    user.user_permissions.remove(Permission.objects.get(codename="deploy_model"))
    assert client.post(address, {"on_alarm": "notice"}).status_code == 403
    assert _wanted(deployed) == (True, True)


def _wanted(version):
    model = PredictionModel.objects.get(pk=version.model_id)
    return model.retrain_on_alarm, model.auto_deploy


def test_metrics_tell_how_far_models_have_drifted(deployed, client):
    check_drift(["anomaly"])
    found = client.get("/metrics").content.decode()
    assert 'tranche_prediction_psi{model="anomaly"}' in found
    assert 'tranche_prediction_psi{model="churn"}' not in found
    DriftReading.objects.update(status=DriftStatus.ALARM)
    found = client.get("/metrics").content.decode()
    assert 'tranche_prediction_drift_alarm{model="anomaly"} 1.0' in found
