"""Check every night whether features have drifted from the deployed versions' training data.

An alarm creates one notice per model and day, however often drift is checked that day.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, CharField, Count
from django.utils.timezone import get_default_timezone, localdate

from core.clock import now
from predictions.kinds import KINDS, has_own_rows
from predictions.kinds.inputs import input_features
from predictions.kinds.trained import Input, is_trained
from predictions.lifecycle.feature_bins import Moved, count_in_bins
from predictions.lifecycle.retrain import request_retraining
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

# Population stability index: `watch` from the first threshold on, `alarm` above the second.
WATCH, ALARM = 0.1, 0.25
# Columns of these types hold labels, not quantities.
LABELS = (BooleanField, CharField)


def check_drift(codes: Collection[str] | None = None) -> list[DriftReading]:
    """Compute the drift of models as of now, store a reading of each and return the readings.

    Default: all models that are switched on. Models without a deployed version, and models made of
    rules, are skipped. An alarm creates a notice unless the model already has one that day, and
    with the notice requests a training where the model has `retrain_on_alarm`. The signal
    `drift_found` is sent after commit.
    """
    at = now()
    wanted = models().filter(deployed__isnull=False).defer("deployed__artifact")
    chosen = wanted.filter(is_active=True) if codes is None else wanted.filter(code__in=codes)
    versions = []
    for model in chosen:
        if is_trained(KINDS[model.kind]) and model.deployed is not None:
            model.deployed.model = model
            versions.append(model.deployed)
    return [_store_reading(reading) for reading in _readings(versions, at)]


def status_of(index: float | None) -> str:
    """Return the status of a population stability index; "" for None."""
    if index is None:
        return ""
    if index > ALARM:
        return DriftStatus.ALARM
    return DriftStatus.WATCH if index >= WATCH else DriftStatus.OK


def _readings(versions: Sequence[ModelVersion], at: datetime) -> Iterator[DriftReading]:
    """Yield an unsaved reading of each version; versions of one segment share a single pass."""
    by_segment = dict[int | None, list[ModelVersion]]()
    for version in versions:
        by_segment.setdefault(version.segment_id, []).append(version)
    for them in by_segment.values():
        pairs = [(one, bins) for version in them for one, bins in _bins(version)]
        found = iter(count_in_bins(pairs, at, them[0].segment, _nobody) if pairs else ())
        for version in them:
            features = [_feature(one, next(found)) for one, _bins_of_it in _bins(version)]
            yield _reading(version, at, features)


def _bins(version: ModelVersion) -> list[tuple[Input, Bins]]:
    """Return the features of a version with their bins; [] for a version stored without bins."""
    kind, stored = KINDS[version.model.kind], version.bins or {}
    inputs = input_features(kind, version.parameters)  # type: ignore[arg-type]
    return [(one, Bins.from_plain(stored[one.name])) for one in inputs if one.name in stored]


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
    """Return the number of customers per label of a version; [] for a kind without labels."""
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


def _store_reading(reading: DriftReading) -> DriftReading:
    """Store a reading and return it; on an alarm, also create the notice and its training."""
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
                request_retraining(model, reading.at, deploys=model.auto_deploy)
            send = partial(drift_found.send_robust, Notice, notice=notice, reading=reading)
            transaction.on_commit(send, robust=True)
    return reading


def _nobody(done: int, total: int | None) -> None:
    """Ignore the progress of a pass."""
