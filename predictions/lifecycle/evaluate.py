"""Evaluate a version again, as of another moment."""

from dataclasses import asdict
from datetime import datetime

from django.contrib.auth.models import User

from core.clock import checked_clock, now
from predictions.kinds.deep_algorithms import check_on_demand
from predictions.kinds.trained import Wanted
from predictions.lifecycle.gate import gate_of, rounded_metric
from predictions.lifecycle.trainable import trained_kind
from predictions.models import Evaluation, ModelVersion, PredictionModel, TrainingStep
from predictions.registry import version_of


def evaluate(
    model: PredictionModel,
    number: int | None = None,
    *,
    as_of: datetime | None = None,
    by: User | None = None,
    is_on_demand: bool = False,
) -> Evaluation:
    """Evaluate version `number` (default: deployed, else newest) as of an aware instant or now.

    A model with the version's parameters is fitted on data up to the cut and compared with later
    data, as in the version's training: at the training's own instant the metrics are those of the
    version. Only the evaluation is stored. Raises `Unknown` for an unknown number, `Refused`
    (`nothing_to_train`; for a deep model `not_installed` and, with `is_on_demand`, `workers_only`),
    and ValueError for an `as_of` without a time zone.
    """
    kind = trained_kind(model)
    version = model.deployed if number is None else version_of(model, number)
    if version is None:
        version = _newest(model)
    if is_on_demand:
        check_on_demand(version, kind)
    moment = now() if as_of is None else checked_clock(as_of)
    # Parameters that the training determined itself keep the values of the training.
    found = {name: version.fitted[name] for name in version.parameters if name in version.fitted}
    wanted = Wanted(moment, version.parameters | found, version.segment)
    metrics = kind.evaluate(wanted, _nobody)
    rounded = None if metrics is None else [rounded_metric(one) for one in metrics]
    return Evaluation.objects.create(
        version=version,
        as_of=moment,
        metrics=[asdict(one) for one in rounded or ()],
        gate=gate_of(model.kind, rounded),
        at=now(),
        by=by,
    )


def _newest(model: PredictionModel) -> ModelVersion:
    newest = model.versions.order_by("-number").first()
    return version_of(model, 1) if newest is None else newest  # Raises Unknown: there is none.


def _nobody(step: TrainingStep, done: int, total: int | None) -> None:
    """Ignore the progress of an evaluation."""
