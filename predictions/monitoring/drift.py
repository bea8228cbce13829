"""Looks every night whether customers are still like those that the deployed versions know.

An alarm is noticed once for each model and day, however often it is looked at.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, CharField, Count
from django.utils.timezone import get_default_timezone, localdate

from core.clock import now
from predictions.kinds import KINDS, has_own_rows
from predictions.kinds.inputs import inputs_told
from predictions.kinds.trained import Input, is_trained
from predictions.lifecycle.feature_bins import Moved, moved
from predictions.lifecycle.retrain import train_anew
from predictions.models import (
    CustomerPrediction,
    DriftReading,
    DriftStatus,
    ModelVersion,
    Notice,
    NoticeKind,
)
from predictions.monitoring.concept_drift import come_true, is_worse
from predictions.registry import models
from predictions.signals import drift_found
from predictions.statistics.psi import PLACES, Bins, psi

logger = logging.getLogger(__name__)

# The population stability index from which on it is watched, and above which it is an alarm.
WATCH, ALARM = 0.1, 0.25
# Columns of these types say what somebody is, not how much.
LABELS = (BooleanField, CharField)


def check_drift(codes: Collection[str] | None = None) -> list[DriftReading]:
    """Read the drift of models as of now, store it and return it.

    Default: of all that are switched on. Only versions in use that somebody trained can drift; the
    others are left out. An alarm makes a notice, unless the day has one, and with it what the model
    is to have then: a training. Those who listen to `drift_found` are told after commit.
    """
    at = now()
    wanted = models().filter(deployed__isnull=False).defer("deployed__artifact")
    chosen = wanted.filter(is_active=True) if codes is None else wanted.filter(code__in=codes)
    versions = []
    for model in chosen:
        if is_trained(KINDS[model.kind]) and model.deployed is not None:
            model.deployed.model = model
            versions.append(model.deployed)
    return [_noted(reading) for reading in _readings(versions, at)]


def status_of(index: float | None) -> str:
    """Return what a population stability index says; "" where there is none."""
    if index is None:
        return ""
    if index > ALARM:
        return DriftStatus.ALARM
    return DriftStatus.WATCH if index >= WATCH else DriftStatus.OK


def _readings(versions: Sequence[ModelVersion], at: datetime) -> Iterator[DriftReading]:
    """Yield a reading of each version, not stored; versions about the same people share the way."""
    by_segment = dict[int | None, list[ModelVersion]]()
    for version in versions:
        by_segment.setdefault(version.segment_id, []).append(version)
    for them in by_segment.values():
        pairs = [(one, bins) for version in them for one, bins in _bins(version)]
        found = iter(moved(pairs, at, them[0].segment, _nobody) if pairs else ())
        for version in them:
            features = [_feature(one, next(found)) for one, _bins_of_it in _bins(version)]
            yield _reading(version, at, features)


def _bins(version: ModelVersion) -> list[tuple[Input, Bins]]:
    """Return the features of a version with their bins; none of one from before they were kept."""
    kind, stored = KINDS[version.model.kind], version.bins or {}
    inputs = inputs_told(kind, version.parameters)  # type: ignore[arg-type]
    return [(one, Bins.stored(stored[one.name])) for one in inputs if one.name in stored]


def _feature(one: Input, counts: Moved) -> dict[str, Any]:
    return {
        "feature": one.name,
        "psi": psi(counts.bins.counts, counts.counts.tolist()),
        "trained": {"least": counts.bins.least, "most": counts.bins.most},
        "now": {"least": counts.least, "most": counts.most},
    }


def _reading(version: ModelVersion, at: datetime, features: list[dict[str, Any]]) -> DriftReading:
    known = [one["psi"] for one in features if one["psi"] is not None]
    highest = max(known, default=None)
    concept = come_true(version, at)
    status = DriftStatus.ALARM.value if is_worse(concept) else status_of(highest)
    if not status and concept is not None:
        status = DriftStatus.OK.value
    return DriftReading(
        version=version,
        at=at,
        psi=highest,
        status=status,
        features=features,
        concept=concept,
        labels=_labels(version),
    )


def _labels(version: ModelVersion) -> list[dict[str, Any]]:
    """Return how many customers have which label of a version; none where it gives no labels."""
    kind = KINDS[version.model.kind]
    if has_own_rows(kind):
        return []
    fields = [CustomerPrediction._meta.get_field(name) for name in kind.columns]
    name = next((one.name for one in fields if isinstance(one, LABELS)), None)
    if name is None:
        return []
    rows = CustomerPrediction.objects.exclude(**{name: None}).exclude(**{name: ""})
    counts = rows.order_by(name).values_list(name).annotate(Count("pk"))
    found = [(str(label).lower(), count) for label, count in counts]
    whole = sum(count for _label, count in found)
    return [
        {"label": label, "customers": count, "share": round(count / whole, PLACES)}
        for label, count in found
    ]


def _noted(reading: DriftReading) -> DriftReading:
    """Store a reading, and see to an alarm; return it."""
    model = reading.version.model
    kind = NoticeKind.DRIFT if (reading.psi or 0.0) > ALARM else NoticeKind.CONCEPT_DRIFT
    with transaction.atomic():
        reading.save()
        if reading.status != DriftStatus.ALARM:
            return reading
        notice, is_new = Notice.objects.get_or_create(
            model=model,
            day=localdate(reading.at, get_default_timezone()),
            defaults={"kind": kind},
        )
        if is_new:
            logger.warning(
                "“%s”: %s (PSI %s; %s)", model.code, kind.value, reading.psi, reading.concept
            )
            if model.retrain_on_alarm:
                train_anew(model, reading.at, deploys=model.auto_deploy)
            send = partial(drift_found.send_robust, Notice, notice=notice, reading=reading)
            transaction.on_commit(send, robust=True)
    return reading


def as_json(reading: DriftReading) -> Mapping[str, Any]:
    """Return a reading under its public names; `at` is an aware datetime."""
    return {
        "model": reading.version.model.code,
        "version": reading.version.number,
        "at": reading.at,
        "status": reading.status or None,
        "psi": reading.psi,
        "features": reading.features,
        "concept": reading.concept,
        "labels": reading.labels,
    }


def _nobody(done: int, total: int | None) -> None:
    """Nobody watches how far it is."""
