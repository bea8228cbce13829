"""Trainings in a store of MLflow: once each, brought up to date, never in the way of a training."""

import logging
import socket
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.clock import now
from core.extras import check_extras
from integrations.mlflow.background import SENDER
from integrations.mlflow.server import Outcome, TrackingServer
from predictions.models import Gate, ModelVersion, PredictionModel
from predictions.registry import deploy, setup
from predictions.signals import model_trained

METRICS = [
    {"name": "brier", "value": 0.1, "baseline": "base_rate", "baseline_value": 0.2},
    {"name": "brier", "value": 0.1, "baseline": "recency_only", "baseline_value": 0.15},
    {"name": "coverage", "value": None, "baseline": None, "baseline_value": None},
]


@pytest.fixture
def store(tmp_path, settings, monkeypatch):
    """Use a store in a folder; return a function that lists the runs in it."""
    client = pytest.importorskip("mlflow").MlflowClient
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    settings.MLFLOW_TRACKING_URI = (tmp_path / "runs").as_uri()
    settings.DATA_DIR = tmp_path

    def runs():
        there = client(tracking_uri=settings.MLFLOW_TRACKING_URI)
        found = there.get_experiment_by_name("tranche")
        return there.search_runs([found.experiment_id], order_by=["start_time"]) if found else []

    return runs


@pytest.fixture
def make_version(db):
    """Return a function that stores a version of the churn model as a training does."""
    setup()
    model = PredictionModel.objects.get(code="churn")

    def make(number, **given):
        fields = {"gate": Gate.PASSED, "metrics": METRICS, "data_hash": f"{number:064x}"}
        at = now() + timedelta(seconds=number)
        fields |= {"model": model, "as_of": at, "created_at": at} | given
        return ModelVersion.objects.create(number=number, **fields)

    return make


def export(*arguments):
    out = StringIO()
    call_command("export_mlflow", *arguments, stdout=out)
    return out.getvalue().splitlines()[-1]


def test_run_has_parameters_metrics_and_tags_and_nothing_else(store, make_version, settings):
    settings.MLFLOW_ARTIFACTS = True
    version = make_version(3, parameters={"seed": 1, "algorithm": "mlp", "window_days": None})
    assert export() == "1 created, 0 updated, 0 unchanged"

    (run,) = store()
    as_of = version.as_of.isoformat()
    parameters = {"seed": "1", "algorithm": "mlp", "window_days": "null", "as_of": as_of}
    assert run.data.params == parameters
    assert run.data.metrics == {
        "brier": 0.1,
        "baseline.base_rate.brier": 0.2,
        "baseline.recency_only.brier": 0.15,
    }
    tags = {name: value for name, value in run.data.tags.items() if not name.startswith("mlflow.")}
    assert tags == {
        "model": "churn",
        "version": "3",
        "dataset_hash": f"{3:064x}",
        "gate": "passed",
        "deployed": "false",
    }
    assert (run.info.status, run.info.run_name) == ("FINISHED", "churn 3")
    assert list((settings.DATA_DIR / "runs").rglob("fitted.json"))


def test_each_missing_version_is_sent_once(store, make_version):
    for number in (1, 2, 3):
        make_version(number)
    assert export("--since", "2") == "2 created, 0 updated, 0 unchanged"
    assert export() == "1 created, 0 updated, 2 unchanged"
    assert sorted(run.data.tags["version"] for run in store()) == ["1", "2", "3"]


def test_code_with_quotes_is_sent_once_beside_its_twin(store, make_version):
    """An uplift is called after a campaign of the shop's, whose code may be any text."""
    first = make_version(1)
    quoted = PredictionModel.objects.create(code='uplift.ann\'s "mail"', kind="uplift")
    make_version(1, model=quoted, data_hash=first.data_hash)
    assert export() == "2 created, 0 updated, 0 unchanged"
    assert export() == "0 created, 0 updated, 2 unchanged"
    assert {run.data.tags["model"] for run in store()} == {"churn", quoted.code}


def test_run_that_was_broken_off_is_completed(store, make_version, monkeypatch):
    make_version(1)
    with monkeypatch.context() as broken:
        broken.setattr(TrackingServer, "_complete", lambda *_given: 1 / 0)
        with pytest.raises(CommandError, match="churn 1"):
            export()
    assert export() == "0 created, 1 updated, 0 unchanged"
    (run,) = store()
    assert run.info.status == "FINISHED"
    assert run.data.metrics["brier"] == 0.1


def test_deployment_moves_the_tag(store, make_version, django_capture_on_commit_callbacks):
    """Two deployments: only the receiver of the signal knows which version was there before."""
    first, second = make_version(1), make_version(2, gate=Gate.FAILED)
    for version in (first, second):
        with django_capture_on_commit_callbacks(execute=True):
            deploy(version, reason="The shop wants it so.")
        SENDER.join()
    tags = {run.data.tags["version"]: run.data.tags for run in store()}
    assert {number: one["deployed"] for number, one in tags.items()} == {"1": "false", "2": "true"}
    assert tags["2"]["gate"] == "overridden"


def test_server_that_is_away_costs_one_log_line(
    make_version, settings, caplog, tmp_path, monkeypatch
):
    """Neither retries of the client nor the second signal of a deployment add lines."""
    pytest.importorskip("mlflow")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    settings.DATA_DIR = tmp_path
    settings.MLFLOW_TRACKING_URI = f"http://ann:secret@127.0.0.1:{port}"
    monkeypatch.setattr(SENDER, "_named", set())
    version = make_version(1)
    with caplog.at_level(logging.INFO):
        for _signal in range(2):
            model_trained.send_robust(ModelVersion, version=version)
            SENDER.join()
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("MLflow has not got churn 1 (")
    assert "secret" not in caplog.text
    with pytest.raises(CommandError, match="churn 1 is not sent"):
        export()


def test_lock_of_another_process_bounds_the_wait(store, make_version, monkeypatch):
    from integrations.mlflow import server
    from integrations.mlflow.runs import tracked_run, trained_versions

    make_version(1)
    run = tracked_run(trained_versions().get(), with_artifact=False)
    assert TrackingServer(seconds=5).send(run) == Outcome.CREATED

    class Held:
        def __enter__(self):
            return False

        def __exit__(self, *_given):
            return None

    monkeypatch.setattr(server, "named_lock", lambda *_name, **_waits: Held())
    with pytest.raises(TimeoutError):
        TrackingServer(seconds=0).send(run)


def test_nothing_happens_without_address_or_extra(make_version, settings, monkeypatch):
    version = make_version(1)
    monkeypatch.setattr(SENDER, "enqueue", lambda runs: pytest.fail("something is sent"))
    settings.MLFLOW_TRACKING_URI = ""
    model_trained.send(ModelVersion, version=version)
    with pytest.raises(CommandError, match="empty"):
        export()

    settings.MLFLOW_TRACKING_URI = "http://127.0.0.1:9"
    monkeypatch.setattr("core.extras.find_spec", lambda _module: None)
    model_trained.send(ModelVersion, version=version)
    with pytest.raises(CommandError, match="not installed"):
        export()
    (warning,) = [one for one in check_extras() if "MLFLOW_TRACKING_URI" in one.msg]
    assert warning.id == "operations.W001"


def test_training_sends_its_version_after_the_commit(
    make_version, django_capture_on_commit_callbacks, monkeypatch
):
    """The signal of a real end of a training, which every other test here sends itself."""
    from predictions.kinds.trained import Trained
    from predictions.lifecycle import train as training
    from predictions.models import TrainingRun

    setup()
    model = PredictionModel.objects.get(code="churn")
    run = TrainingRun.objects.create(model=model, as_of=now(), parameters={}, created_at=now())
    claimed = training._claim(run.pk)
    sent = []
    receiver = lambda version, **_given: sent.append(version.number)  # noqa: E731
    model_trained.connect(receiver)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            training._store(claimed, Trained({}, None, "0" * 64), None, {})
            assert sent == []
    finally:
        model_trained.disconnect(receiver)
    assert sent == [1]
    assert connection.in_atomic_block
