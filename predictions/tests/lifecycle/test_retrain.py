"""Weekly trainings: asked for once a week, of the models of which that is wanted."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.urls import reverse

from conditions.tests.examples.awkward_values import NOW
from customers.models import AuditEntry
from predictions.lifecycle import retrain as weekly
from predictions.lifecycle import train as training
from predictions.lifecycle.retrain import last_sunday, retrain_weekly, set_retrain
from predictions.lifecycle.train import cancel_training, execute_training, request_training, train
from predictions.models import Gate, ModelVersion, PredictionModel, Retrain, TrainingRun
from predictions.refusals import Refused
from predictions.registry import deploy
from predictions.tasks import retrain as task
from predictions.tests.admin.test_model_pages import (
    DEPLOY,
    TRAIN,
    VIEW,
    address,
    boss,
    make_version,
    words_of,
)
from predictions.tests.admin.test_pages import client_with
from predictions.tests.lifecycle.test_training import many
from segments.editing.saving import create_segment
from segments.models import RunState
from segments.rules.definition import Definition

__all__ = ["many"]

pytestmark = pytest.mark.django_db

CODE = "next_order"
# NOW is a Sunday at noon.
SUNDAY = NOW.replace(hour=2)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Return a function that sets the clock of both modules; at first it is NOW."""

    def at(moment):
        monkeypatch.setattr(weekly, "now", lambda: moment)
        monkeypatch.setattr(training, "now", lambda: moment)

    at(NOW)
    return at


@pytest.fixture
def model(many):
    """A model of which weekly trainings are wanted."""
    wants(CODE)
    return PredictionModel.objects.get(code=CODE)


def wants(*codes, **values):
    values = {"retrain": Retrain.WEEKLY} | values
    PredictionModel.objects.filter(code__in=codes).update(**values)


# The task ---------------------------------------------------------------------------------------


def test_one_training_is_asked_for_of_each_model_that_wants_it(model):
    wants("clv", "churn")
    wants("churn", is_active=False)
    wants("rfm", "journey")  # Rules: there is nothing to train.
    assert [run.model.code for run in retrain_weekly()] == ["clv", CODE]
    run = TrainingRun.objects.get(model=model)
    assert (run.state, run.as_of, run.requested_by) == (RunState.QUEUED, SUNDAY, None)
    assert (run.parameters, run.segment, run.deploys) == ({"holdout_days": 91}, None, False)


def test_nobody_wants_it_until_somebody_says_so(many):
    assert set(PredictionModel.objects.values_list("retrain", flat=True)) == {"never"}
    task()
    assert not TrainingRun.objects.exists()


def test_a_worker_is_woken_for_it(model, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(training.current_app, "send_task", lambda *a, **k: sent.append((a, k)))
    with django_capture_on_commit_callbacks(execute=True):
        task()
    run = TrainingRun.objects.get()
    assert sent == [(("predictions.train_run",), {"args": [run.pk]})]


def test_a_task_that_comes_twice_does_no_more(model, clock):
    task()
    task()
    run = TrainingRun.objects.get()
    execute_training(run.pk)
    task()  # That one came when the training had ended.
    clock(NOW + timedelta(days=5))
    task()
    assert TrainingRun.objects.get().version.number == 1
    clock(NOW + timedelta(days=7))
    task()
    assert list(TrainingRun.objects.order_by("pk").values_list("as_of", flat=True)) == [
        SUNDAY,
        SUNDAY + timedelta(days=7),
    ]


def test_neither_a_failed_nor_a_cancelled_one_is_asked_for_again(model):
    task()
    cancel_training(TrainingRun.objects.get())
    task()
    assert TrainingRun.objects.count() == 1


def test_one_that_is_under_way_is_joined(model):
    first = request_training(CODE, as_of=NOW - timedelta(days=3))
    assert retrain_weekly() == [first]
    assert TrainingRun.objects.count() == 1


def test_one_that_somebody_asked_for_before_is_no_reason_to_leave_it_out(model):
    train(CODE, as_of=NOW)
    (run,) = retrain_weekly()
    assert run.as_of == SUNDAY


def test_a_late_task_looks_at_nothing_later_than_the_sunday(model, clock):
    clock(NOW + timedelta(days=2))
    (run,) = retrain_weekly()
    assert (run.as_of, run.created_at) == (SUNDAY, NOW + timedelta(days=2))


def test_it_is_told_what_the_version_in_use_was_told(model):
    segment = create_segment(
        Definition("All", conditions={"match": "all", "conditions": []}), author=None
    ).segment
    first = train(CODE, as_of=NOW, parameters={"holdout_days": 60})
    ModelVersion.objects.filter(pk=first.pk).update(segment=segment)
    train(CODE, as_of=NOW, parameters={"holdout_days": 30})
    # None is deployed: the newest.
    (run,) = retrain_weekly()
    assert (run.parameters, run.segment) == ({"holdout_days": 30}, None)
    TrainingRun.objects.all().delete()
    deploy(first)
    (run,) = retrain_weekly()
    assert (run.parameters, run.segment) == ({"holdout_days": 60}, segment)


def test_what_a_training_works_out_for_itself_it_works_out_anew(model):
    wants("churn")
    churn = PredictionModel.objects.get(code="churn")
    parameters = {"window_days": None, "algorithm": "logistic", "seed": 0}
    make_version(churn, metrics=[], parameters=parameters, fitted={"window_days": 44})
    run = next(run for run in retrain_weekly() if run.model == churn)
    assert run.parameters == parameters


def test_it_deploys_nothing_by_itself(model):
    task()
    execute_training(TrainingRun.objects.get().pk)
    model.refresh_from_db()
    version = model.versions.get()
    assert (version.gate, version.state, model.deployed) == (Gate.PASSED, "candidate", None)


def test_what_is_refused_keeps_no_other_from_its_training(model, caplog):
    wants("clv")
    clv = PredictionModel.objects.get(code="clv")
    make_version(clv, metrics=[], parameters={"margin": 7, "gone": 1})
    assert [run.model.code for run in retrain_weekly()] == [CODE]
    assert "“clv” is not trained anew" in caplog.text


def test_without_a_sale_nothing_is_asked_for(db, caplog):
    wants(CODE)
    task()
    assert not TrainingRun.objects.exists()
    assert "There is no sale up to" in caplog.text


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        ("UTC", "2026-03-01T02:00:00", "2026-03-01T02:00:00"),
        ("UTC", "2026-03-01T01:59:59", "2026-02-22T02:00:00"),
        ("UTC", "2026-03-07T23:00:00", "2026-03-01T02:00:00"),
        ("Pacific/Apia", "2026-02-28T13:00:00", "2026-02-28T13:00:00"),
        ("America/New_York", "2026-03-01T06:59:00", "2026-02-22T07:00:00"),
        # 02:00 is left out on that Sunday, or comes twice.
        ("Europe/Berlin", "2026-03-29T01:00:00", "2026-03-29T01:00:00"),
        ("Europe/Berlin", "2026-10-25T00:30:00", "2026-10-25T00:00:00"),
        ("Europe/Berlin", "2026-10-25T01:30:00", "2026-10-25T00:00:00"),
    ],
)
def test_the_latest_sunday_is_that_of_the_shop(settings, zone, at, expected):
    settings.TIME_ZONE = zone
    found = last_sunday(datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_beat_has_it_on_sundays_at_two():
    entry = settings.CELERY_BEAT_SCHEDULE["predictions-retrain"]
    schedule = entry["schedule"]
    assert entry["task"] == task.name
    assert entry["task"] in current_app.tasks
    assert (schedule.day_of_week, schedule.hour, schedule.minute) == ({0}, {2}, {0})
    assert len(schedule.day_of_month) == 31
    assert settings.CELERY_TASK_ROUTES[task.name] == {"queue": "tranche-predictions"}


# The page ---------------------------------------------------------------------------------------


def said_of(client, model):
    words = words_of(client.get(address("change", model)))
    return words.partition("It was never trained.")[2].partition("How this is computed")[0].strip()


@pytest.mark.once
def test_it_is_switched_on_and_off_on_the_page_of_the_model(db):
    model, client = PredictionModel.objects.get(code=CODE), boss()
    assert said_of(client, model) == (
        "Trained when somebody asks for it, never by itself. Train anew every Sunday"
    )
    page = address("retrain", model)
    response = client.post(page, {"retrain": "weekly"})
    assert response["Location"] == address("change", model)
    model.refresh_from_db()
    assert model.retrain == "weekly"
    assert said_of(client, model) == (
        "Trained anew every Sunday at 02:00. With the usual parameters. "
        "The new version waits for somebody to deploy it. Train no longer by itself"
    )
    # Sent once more it is as wanted.
    words = words_of(client.post(page, {"retrain": "weekly"}, follow=True))
    assert words.count("Trained anew every Sunday at 02:00.") == 2
    client.post(page, {"retrain": "never"})
    model.refresh_from_db()
    assert model.retrain == "never"
    entries = AuditEntry.objects.filter(subject="predictions.model", name=CODE).order_by("pk")
    assert [(one.action, one.before, one.after) for one in entries] == [
        ("changed", {"retrain": "never"}, {"retrain": "weekly"}),
        ("changed", {"retrain": "weekly"}, {"retrain": "never"}),
    ]
    assert entries[0].username == client.user.username


@pytest.mark.once
def test_the_page_says_with_what_it_will_be_trained(db):
    model = PredictionModel.objects.get(code=CODE)
    version = make_version(model)
    wants(CODE)
    client = boss()
    assert "With the parameters of version 1. The new version waits" in words_of(
        client.get(address("change", model))
    )
    segment = create_segment(
        Definition("Regulars", conditions={"match": "all", "conditions": []}), author=None
    ).segment
    ModelVersion.objects.filter(pk=version.pk).update(segment=segment)
    assert "of version 1, about the members of “Regulars”." in words_of(
        client.get(address("change", model))
    )


@pytest.mark.once
def test_a_model_that_is_switched_off_says_that_nothing_will_happen(db):
    wants(CODE, is_active=False)
    model = PredictionModel.objects.get(code=CODE)
    words = words_of(boss().get(address("change", model)))
    assert "It would be trained anew every Sunday at 02:00, but the model is switched off." in words


@pytest.mark.once
def test_who_may_not_train_sees_how_it_stands_and_no_button(db):
    wants(CODE)
    model = PredictionModel.objects.get(code=CODE)
    client = client_with(VIEW, DEPLOY)
    html = client.get(address("change", model)).content.decode()
    assert "Trained anew every Sunday at 02:00." in html
    assert 'name="retrain"' not in html
    assert client.post(address("retrain", model), {"retrain": "never"}).status_code == 403
    # Nor who may not see models at all.
    assert client_with(TRAIN).post(address("retrain", model), {}).status_code == 403
    model.refresh_from_db()
    assert model.retrain == "weekly"
    assert not AuditEntry.objects.filter(action="changed").exists()


@pytest.mark.once
def test_it_takes_a_form_with_its_token_and_nothing_else(db):
    model, client = PredictionModel.objects.get(code=CODE), boss()
    page = address("retrain", model)
    assert client.get(page).status_code == 405
    for sent in ({}, {"retrain": ""}, {"retrain": "daily"}, {"retrain": "Weekly"}):
        assert client.post(page, sent).status_code == 400, sent
    client.handler.enforce_csrf_checks = True
    assert client.post(page, {"retrain": "weekly"}).status_code == 403
    model.refresh_from_db()
    assert model.retrain == "never"
    gone = reverse("admin:predictions_predictionmodel_retrain", args=[10**6])
    client.handler.enforce_csrf_checks = False
    assert client.post(gone, {"retrain": "weekly"}).status_code == 404


def test_rules_are_never_trained(db):
    rules = PredictionModel.objects.get(code="rfm")
    client = boss()
    assert "every Sunday" not in words_of(client.get(address("change", rules)))
    response = client.post(address("retrain", rules), {"retrain": "weekly"}, follow=True)
    assert "there is nothing to train" in words_of(response)
    with pytest.raises(Refused) as refusal:
        set_retrain(rules, Retrain.WEEKLY, by=None)
    assert refusal.value.code == "nothing_to_train"
    rules.refresh_from_db()
    assert rules.retrain == "never"


@pytest.mark.once
def test_the_form_is_plain(db):
    model = PredictionModel.objects.get(code=CODE)
    html = boss().get(address("change", model)).content.decode()
    (form,) = re.findall(r'<form method="post" action="[^"]*/retrain/">.*?</form>', html, re.S)
    assert "csrfmiddlewaretoken" in form
    assert 'name="retrain" value="weekly"' in form
