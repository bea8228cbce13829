"""The drift page: the features of the versions in use, and the latest alarms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.text.formats import day_shown, number_shown
from predictions.admin.single_page import OnePage
from predictions.admin.watching.drift_status import INDEX_PLACES, figure, light
from predictions.kinds import KINDS
from predictions.kinds.inputs import input_features
from predictions.kinds.trained import is_trained
from predictions.models import DriftReading, DriftStatus, Notice, NoticeKind, PredictionModel
from predictions.monitoring.concept_drift import MAY_BE_WORSE
from predictions.monitoring.drift import ALARM, WATCH, status_of
from predictions.monitoring.drift_readings import readings_of, with_drift
from predictions.registry import models

# How many of the latest alarms are shown.
LAST = 20


@dataclass(frozen=True)
class Feature:
    """The drift of a feature: its index, and its range at the training and now."""

    meaning: Words
    index: str
    status: Words
    then: str
    now: str


@dataclass(frozen=True)
class Drift:
    """The drift of a version in use; `features` are ordered by descending index."""

    label: Words
    url: str
    number: int
    light: SafeString
    at: datetime | None
    why: str
    features: Sequence[Feature]
    concept: str


@dataclass(frozen=True)
class Alarm:
    """One of the latest alarms."""

    day: date
    label: Words
    said: Words


@admin.register(DriftReading)
class DriftAdmin(OnePage):
    """The page that shows whether current data still resemble the training data."""

    heading = gettext_lazy("Changes in the data")
    template = "admin/predictions/drift.html"

    def page_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the latest reading of each version in use, and the latest alarms."""
        rows = [
            one
            for one in with_drift(models()).defer("deployed__artifact", "deployed__bins")
            if one.deployed is not None and is_trained(KINDS[one.kind])
        ]
        readings = readings_of(rows)
        notices = Notice.objects.select_related("model").order_by("-day", "-pk")[:LAST]
        return {
            "drifts": [_drift(one, readings.get(one.pk)) for one in rows],
            "watch": figure(WATCH, 2),
            "alarm": figure(ALARM, 2),
            "alarms": [
                Alarm(one.day, KINDS[one.model.kind].label, NoticeKind(one.kind).label)
                for one in notices
                if one.model.kind in KINDS
            ],
        }


def _drift(model: PredictionModel, reading: DriftReading | None) -> Drift:
    assert model.deployed is not None
    return Drift(
        KINDS[model.kind].label,
        reverse("admin:predictions_predictionmodel_change", args=[model.pk]),
        model.deployed.number,
        light("" if reading is None else reading.status, None if reading is None else reading.psi),
        None if reading is None else reading.at,
        _why(reading),
        [] if reading is None else list(_features(model, reading)),
        "" if reading is None or reading.concept is None else _concept_sentence(reading.concept),
    )


def _why(reading: DriftReading | None) -> str:
    """Return why the drift is unknown; "" if the reading has an index."""
    if reading is None:
        return _("It has not been looked at yet: that is done every night.")
    if not reading.features:
        return _(
            "This version was trained before changes in the data were measured: train the "
            "model again."
        )
    if reading.psi is None:
        return _("There are no buyers to compare with those of the training.")
    return ""


def _features(model: PredictionModel, reading: DriftReading) -> Iterator[Feature]:
    assert model.deployed is not None
    inputs = input_features(KINDS[model.kind], model.deployed.parameters)  # type: ignore[arg-type]
    meanings = {one.name: one.meaning for one in inputs}
    for one in sorted(reading.features, key=lambda one: -(one["psi"] or 0.0)):
        status = status_of(one["psi"])
        yield Feature(
            meanings.get(one["feature"], one["feature"]),
            figure(one["psi"], INDEX_PLACES),
            DriftStatus(status).label if status else "",
            _range(one["trained"]),
            _range(one["now"]),
        )


def _range(one: Mapping[str, float | None]) -> str:
    least, most = (figure(one[name], 2) for name in ("least", "most"))
    return _("%(least)s to %(most)s") % {"least": least, "most": most}


def _concept_sentence(concept: Mapping[str, Any]) -> str:
    since = parse_datetime(concept["since"])
    text = _(
        "Of %(customers)s churn risks that stood on %(day)s it is known by now who came "
        "back: the error of the probabilities is %(brier)s, and was %(then)s in the "
        "training. Less is better; an alarm from %(worse)s above it."
    )
    return text % {
        "customers": number_shown(concept["customers"]),
        "day": day_shown(timezone.localtime(since).date()),
        "brier": figure(concept["brier"], INDEX_PLACES),
        "then": figure(concept["version_brier"], INDEX_PLACES),
        "worse": figure(MAY_BE_WORSE, 2),
    }
