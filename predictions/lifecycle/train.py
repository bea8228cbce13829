"""Train models: request a run, execute it, and find runs that wait.

A run holds a lease while it works. Another worker restarts the run of a killed worker from the
beginning; after three attempts the run has failed. Storing the version, ending the run and
deploying the version are one transaction, so that either all of them happen or none.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.contrib.auth.models import User
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.clock import checked_clock, now
from core.problems import Invalid
from core.text.sentences import Sentence
from core.tracing.spans import span
from core.tracing.stored_context import ContextKind, continued_context, keep_context
from predictions.history.population import sales
from predictions.kinds import KINDS
from predictions.kinds.artifacts import dump_artifact, libraries_of
from predictions.kinds.deep_algorithms import check_deep, may_fit_networks
from predictions.kinds.inputs import input_features
from predictions.kinds.trained import Trained, Wanted
from predictions.lifecycle.feature_bins import bins_of
from predictions.lifecycle.gate import gate_of, rounded_metric
from predictions.lifecycle.trainable import trainable, trained_kind
from predictions.models import (
    Gate,
    ModelVersion,
    PredictionModel,
    TrainingRun,
    TrainingStep,
    VersionState,
)
from predictions.refusals import Refused
from predictions.registry import deploy
from predictions.signals import model_trained
from segments.lease import (
    LeaseLost,
    RunCancelled,
    cancel_work,
    claim_work,
    finish,
    keep_lease_alive,
    release,
    waiting_work,
)
from segments.models import RunState, Segment
from segments.rules.users import segment_to_use

logger = logging.getLogger(__name__)

ATTEMPTS = 3
# The delay before the second attempt; it doubles with each further attempt.
FIRST_DELAY = timedelta(seconds=10)
SECONDS_BETWEEN_LOOKS = 0.5


def train(
    code: str,
    *,
    as_of: datetime | None = None,
    parameters: Mapping[str, Any] | None = None,
    segment: Segment | None = None,
    deploys: bool = False,
) -> ModelVersion:
    """Train the model `code` in this process as of an aware instant (default: now).

    Return the new version. If a training of the model is under way, wait for it and return its
    version instead. With `deploys` the version is deployed if it passes the gate. Raises what
    `request_training` raises, and `Refused` with the error code of a training that failed or was
    cancelled.
    """
    run = request_training(
        *(code,), as_of=as_of, parameters=parameters, segment=segment, deploys=deploys, wakes=False
    )
    while not run.outcome:
        claimed = _claim(run.pk)
        if claimed is None:
            time.sleep(SECONDS_BETWEEN_LOOKS)
        else:
            _work(claimed, attempts=1)
        run.refresh_from_db()
    if run.version is None:
        raise Refused(
            run.error_code or run.outcome, run.error_text or _("The training was cancelled.")
        )
    return run.version


def request_training(
    code: str,
    *,
    as_of: datetime | None = None,
    parameters: Mapping[str, Any] | None = None,
    segment: Segment | None = None,
    deploys: bool = False,
    by: User | None = None,
    wakes: bool = True,
) -> TrainingRun:
    """Queue a training as of an aware instant (default: now), and send a task after commit.

    If a training of the model is under way, return that run, whatever its settings. Raises
    `registry.Unknown`, `Refused` (`nothing_to_train`, `no_control`, `no_sales`, `not_installed`),
    `Invalid` for bad parameters, and ValueError for an `as_of` without a time zone.
    """
    moment = now() if as_of is None else checked_clock(as_of)
    wanted = trainable(code, parameters or {})
    check_deep(wanted.kind, wanted.parameters)
    if not sales(moment).exists():
        text = _("There is no sale up to %(as_of)s.")
        raise Refused("no_sales", text % {"as_of": moment.isoformat()})
    with transaction.atomic():
        model = wanted.model()
        # Lock the model, so that concurrent requests do not both create a run.
        PredictionModel.objects.select_for_update(no_key=True).get(pk=model.pk)
        run = TrainingRun.objects.unfinished().filter(model=model).first()
        if run is None:
            if segment is not None:
                segment = segment_to_use(segment.code)
            run = TrainingRun.objects.create(
                model=model,
                as_of=moment,
                parameters=wanted.parameters,
                segment=segment,
                deploys=deploys,
                requested_by=by,
                created_at=now(),
            )
            keep_context(ContextKind.TRAINING, [run.pk])
            if wakes:
                _wake(run)
    return run


def cancel_training(run: TrainingRun) -> TrainingRun:
    """Cancel `run` unless it has ended; return its new state. See `cancel_work`."""
    return cancel_work(run)


def execute_training(pk: int) -> None:
    """Execute a training unless it has ended or another worker holds it; safe to call twice."""
    run = _claim(pk)
    if run is not None:
        _work(run)


def wake_waiting() -> None:
    """Send tasks for all waiting trainings, including those whose lease has expired."""
    for run in waiting_work(TrainingRun):
        _wake(run)


def _claim(pk: int) -> TrainingRun | None:
    return claim_work(TrainingRun, pk, phase=TrainingStep.FEATURES)


def _work(run: TrainingRun, *, attempts: int = ATTEMPTS) -> None:
    """Execute a claimed run and store its result, within a trace span of the original request."""
    parent = continued_context(ContextKind.TRAINING, run.pk)
    with span("model.train", parent=parent, model=run.model.code, run=run.pk):
        _train(run, attempts)


def _train(run: TrainingRun, attempts: int) -> None:
    try:
        if run.cancel_requested_at is not None:
            raise RunCancelled
        if run.attempts > ATTEMPTS:
            text = gettext_noop("Its worker ended without a word, each time it was tried.")
            raise Refused("worker_lost", Sentence(text, {}))
        wanted = Wanted(run.as_of, run.parameters, run.segment, run.model)
        with keep_lease_alive(run, only_reads=True) as progress:
            kind = trained_kind(run.model)
            trained = kind.train(wanted, progress)
            bins = bins_of(
                input_features(kind, run.parameters), wanted, partial(progress, TrainingStep.STORE)
            )
            content = None if trained.artifact is None else dump_artifact(trained.artifact)
            progress.end()
        _store(run, trained, content, bins)
    except RunCancelled:
        _end(run, RunState.CANCELLED)
    except LeaseLost:
        logger.warning("Training %s: its lease was lost", run.pk)
    except Refused as error:
        _end(run, RunState.FAILED, error.code, error.stored())
    except Invalid as error:
        _end(run, RunState.FAILED, "bad_parameter", str(error))
    except Exception as error:
        logger.exception("Training %s failed", run.pk)
        if isinstance(error, DatabaseError | InterfaceError) and not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        _try_again(run, str(error) or type(error).__name__, attempts)


def _store(
    run: TrainingRun,
    trained: Trained,
    content: tuple[bytes, str] | None,
    bins: Mapping[str, Any],
) -> None:
    """Store the version and end the run. Raises LeaseLost where another worker holds the run."""
    metrics = None if trained.metrics is None else [rounded_metric(one) for one in trained.metrics]
    gate = gate_of(run.model.kind, metrics)
    artifact, digest = content or (None, "")
    with transaction.atomic():
        model = PredictionModel.objects.select_for_update(no_key=True).get(pk=run.model_id)
        last = model.versions.aggregate(last=Max("number"))["last"] or 0
        version = ModelVersion.objects.create(
            model=model,
            number=last + 1,
            state=VersionState.REFUSED if gate == Gate.FAILED else VersionState.CANDIDATE,
            gate=gate,
            as_of=run.as_of,
            segment=run.segment,
            parameters=run.parameters,
            fitted=trained.fitted,
            metrics=[asdict(one) for one in metrics or ()],
            warnings=list(trained.warnings),
            data_hash=trained.data_hash,
            libraries=libraries_of(trained.artifact),
            artifact=artifact,
            artifact_sha256=digest,
            bins=bins,
            created_at=now(),
            created_by=run.requested_by,
        )
        if not last:
            # A model that is switched off at first is switched on by its first training.
            PredictionModel.objects.filter(pk=model.pk).update(is_active=True)
        if run.deploys and gate == Gate.PASSED:
            deploy(version, by=run.requested_by)
        finish(run, outcome=RunState.COMPLETED, finished_at=now(), version=version, error="")
        transaction.on_commit(partial(model_trained.send_robust, ModelVersion, version=version))


def _end(run: TrainingRun, outcome: RunState, code: str = "", error: str = "") -> None:
    release(run, outcome=outcome, finished_at=now(), error_code=code, error=error)


def _try_again(run: TrainingRun, error: str, attempts: int) -> None:
    if run.attempts >= attempts:
        _end(run, RunState.FAILED, "error", error)
        return
    delay = FIRST_DELAY * 2 ** (run.attempts - 1)
    release(run, not_before=now() + delay, woken_at=None, error=error)


def _wake(run: TrainingRun) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(woken_at=now())
    kind = KINDS[run.model.kind]
    task = "train_deep_run" if may_fit_networks(kind, run.parameters) else "train_run"
    message = partial(current_app.send_task, f"predictions.{task}", args=[run.pk])
    transaction.on_commit(message, robust=True)
