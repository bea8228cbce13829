"""Predict on demand with the code that scoring uses, from current features; store nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import numpy as np
from django.utils.translation import gettext as _

from customers.models import Customer, Purpose
from customers.privacy.consent import refusing
from predictions.features.shop import NOBODY
from predictions.features.subjects import Subjects
from predictions.history.batches import batch_of
from predictions.history.population import population
from predictions.history.values import Value
from predictions.kinds import KINDS, Kind
from predictions.kinds.deep_algorithms import check_on_demand
from predictions.kinds.kind import Limits, Row, row_at
from predictions.kinds.reasons import Reason
from predictions.kinds.trained import TrainedKind, inputs_given, inputs_of, is_trained
from predictions.models import ModelVersion, PredictionModel
from predictions.refusals import Refused
from predictions.statistics.value_intervals import Interval

NO_CONSENT, NOT_COUNTED = "no_consent", "not_in_population"


@dataclass(frozen=True)
class Predicted:
    """The prediction for one customer or for one row of features.

    `scores` are by column; None without a prediction, and then `why` has the code of the cause.
    `reasons` are all reasons. Where reasons are exact, a score is `intercept` plus their effects.
    """

    scores: Row | None
    reasons: Sequence[Reason] = field(default=())
    intercept: float | None = None
    why: str = ""


def predicted_of(
    customers: Sequence[Customer], version: ModelVersion, *, as_of: datetime
) -> list[Predicted]:
    """Return the predictions of `version` for `customers`, at most a batch, as of an aware instant.

    Raises `Refused`: `artifact_invalid` where the artifact cannot be read, `never_scored` before
    the model's first full scoring, which finds the limits, and `workers_only` for a deep model.
    """
    limits = limits_of(version)
    if not _has_ranks(version):
        limits = Limits(limits.shop, None)
    kind = KINDS[version.model.kind]
    check_on_demand(version, kind)
    return _predict(customers, version, kind.scorer(version), limits, as_of)


def forecasts_of(
    customers: Sequence[Customer], version: ModelVersion, *, as_of: datetime, **given: float
) -> list[Predicted]:
    """Return the lifetime values of `customers` by a version of `clv`, as of an aware instant.

    `given`: a horizon in days, a discount rate per year and a margin, which replace the version's
    own parameters.
    """
    from predictions.kinds.clv.fit import scorer_of

    scorer = scorer_of(version.fitted, version.parameters, **given)
    return _predict(customers, version, scorer, Limits(NOBODY, None), as_of, explains=False)


def intervals_of(
    customers: Sequence[Customer], version: ModelVersion, *, as_of: datetime, **given: float
) -> list[Interval | None]:
    """Return the intervals of the lifetime values of `customers` by a version of `clv`.

    The parameters are those of `forecasts_of`. None for a customer without a lifetime value.
    """
    from predictions.kinds.clv.fit import scorer_of

    scorer = scorer_of(version.fitted, version.parameters, **given)
    keys = [one.pk for one in customers]
    people = population(as_of, version.segment).filter(pk__in=keys)
    them = Subjects(batch_of(people, as_of), NOBODY)
    ranges = scorer.intervals(them.batch.numbers, inputs_of(scorer, them), them.todays)
    found = dict(zip(them.batch.keys.tolist(), ranges, strict=True))
    return [found.get(key) for key in keys]


def _predict(
    customers: Sequence[Customer],
    version: ModelVersion,
    scorer: Any,
    limits: Limits,
    as_of: datetime,
    *,
    explains: bool = True,
) -> list[Predicted]:
    kind, keys = KINDS[version.model.kind], [one.pk for one in customers]
    them = Subjects(
        batch_of(population(as_of, version.segment).filter(pk__in=keys), as_of), limits.shop
    )
    columns = scorer.columns(them, limits)
    reasons = _reasons(kind, scorer, them) if explains else [()] * len(them)
    intercept = scorer.intercept if is_trained(kind) else None
    found = {
        key: Predicted(row_at(columns, place), reasons[place], intercept)
        for place, key in enumerate(them.batch.keys.tolist())
    }
    refusing_ones = Customer.objects.filter(refusing(Purpose.PERSONALIZATION), pk__in=keys)
    left_out = dict.fromkeys(
        refusing_ones.values_list("pk", flat=True), Predicted(None, why=NO_CONSENT)
    )
    nobody = Predicted(None, why=NOT_COUNTED)
    return [found.get(key) or left_out.get(key) or nobody for key in keys]


def predicted_from(
    instances: Sequence[Sequence[Value]], version: ModelVersion, *, today: int
) -> list[Predicted]:
    """Return the predictions of `version` for rows of features, each in the order of its `inputs`.

    `today` is the ordinal number of the current day, for all rows. Columns that are ranks are left
    out before the first full scoring by this version. Raises `Refused`: `artifact_invalid`, and
    `workers_only` for a deep model.
    """
    kind = cast(TrainedKind, KINDS[version.model.kind])
    check_on_demand(version, kind)
    scorer = kind.scorer(version)
    todays = np.full(len(instances), today)
    limits = limits_of(version) if _has_ranks(version) else None
    inputs = inputs_given(scorer, instances)
    columns, reasons = scorer.of_features(inputs, todays, limits), scorer.reasons(inputs, todays)
    return [
        Predicted(row_at(columns, place), why, scorer.intercept)
        for place, why in enumerate(reasons)
    ]


def limits_of(version: ModelVersion) -> Limits:
    """Return the limits of the model's last full scoring.

    Raises `Refused` (`never_scored`) before the first full scoring.
    """
    limits: Mapping[str, Any] | None = PredictionModel.objects.get(pk=version.model_id).limits
    if not limits:
        text = _("Nobody has been scored by “%(code)s” yet: that follows a deploy within minutes.")
        raise Refused("never_scored", text % {"code": version.model.code})
    return Limits.of_json(limits)


def deployed_of(model: PredictionModel) -> ModelVersion:
    """Return the deployed version of `model`; raises `Refused` (`no_deployed_model`)."""
    if model.deployed is None:
        text = _("No version of “%(code)s” is deployed.")
        raise Refused("no_deployed_model", text % {"code": model.code})
    return model.deployed


def _has_ranks(version: ModelVersion) -> bool:
    """Return whether the stored limits were computed with this version."""
    limits: Mapping[str, Any] = PredictionModel.objects.get(pk=version.model_id).limits or {}
    return limits.get("version") == version.number


def _reasons(kind: Kind, scorer: Any, them: Subjects) -> Sequence[Sequence[Reason]]:
    if not is_trained(kind):
        return [()] * len(them)
    found: Sequence[Sequence[Reason]] = scorer.reasons(inputs_of(scorer, them), them.todays)
    return found
