"""Predicts on demand: by the same code as scoring, from the features of now; nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.utils.translation import gettext as _

from customers.models import Customer, Purpose
from customers.privacy.consent import refusing
from predictions.existing import population
from predictions.features.subject import Subject
from predictions.histories import batch_of
from predictions.kinds import KINDS, Kind
from predictions.kinds.kind import Limits, Row
from predictions.kinds.reasons import Reason
from predictions.kinds.trained import TrainedScorer, inputs_of, is_trained
from predictions.models import ModelVersion, PredictionModel
from predictions.refused import Refused
from predictions.values import Value

NO_CONSENT, NOT_COUNTED = "no_consent", "not_in_population"


@dataclass(frozen=True)
class Predicted:
    """What is predicted of one customer, or of a row of features.

    `scores` by column, None where nothing is computed: `why` then says why not. `reasons` are all
    that there are; `intercept` is what they are added to, where they are exact.
    """

    scores: Row | None
    reasons: Sequence[Reason] = field(default=())
    intercept: float | None = None
    why: str = ""


def predicted_of(
    customers: Sequence[Customer], version: ModelVersion, *, as_of: datetime
) -> list[Predicted]:
    """Return what `version` says of `customers`, as many as a batch at most, as of an instant.

    Raises `Refused`: `artifact_invalid`, `never_scored` where nobody has been scored yet, whom a
    customer could be held against.
    """
    limits = limits_of(version)
    if not _has_ranks(version):
        limits = Limits(limits.shop, None)
    return _predicted(customers, version, KINDS[version.model.kind].scorer(version), limits, as_of)


def forecasts_of(
    customers: Sequence[Customer], version: ModelVersion, *, as_of: datetime, **given: float
) -> list[Predicted]:
    """Return the lifetime values of `customers` by a version of `clv`, as of an instant.

    `given`: a horizon in days, a discount a year, a margin that stand in for the version's own.
    """
    from predictions.kinds.fits.clv import NOBODY, scorer_of

    scorer = scorer_of(version.fitted, version.parameters, **given)
    return _predicted(customers, version, scorer, Limits(NOBODY, None), as_of, explains=False)


def _predicted(
    customers: Sequence[Customer],
    version: ModelVersion,
    scorer: Any,
    limits: Limits,
    as_of: datetime,
    *,
    explains: bool = True,
) -> list[Predicted]:
    kind, keys = KINDS[version.model.kind], [one.pk for one in customers]
    batch = batch_of(population(as_of, version.segment).filter(pk__in=keys), as_of)
    subjects = [Subject(person, batch, limits.shop) for person in batch.people]
    rows = scorer.rows(subjects, limits)
    reasons = _reasons(kind, scorer, subjects) if explains else [()] * len(subjects)
    intercept = scorer.intercept if is_trained(kind) else None
    found = {
        subject.person.key: Predicted(row, why, intercept)
        for subject, row, why in zip(subjects, rows, reasons, strict=True)
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
    """Return what `version` says of rows of features, in the order of the kind's `inputs`.

    `today` is the day, by its number, that it is for all of them. Columns that are ranks are left
    out where nobody has been scored by this version yet.
    """
    kind = KINDS[version.model.kind]
    assert is_trained(kind)
    scorer = cast(TrainedScorer, kind.scorer(version))
    todays = [today] * len(instances)
    limits = limits_of(version) if _has_ranks(version) else None
    rows = scorer.of_features(instances, todays, limits)
    reasons = scorer.reasons(instances, todays)
    return [Predicted(row, why, scorer.intercept) for row, why in zip(rows, reasons, strict=True)]


def limits_of(version: ModelVersion) -> Limits:
    """Return by what the last full scoring of the model has judged everybody; `never_scored`."""
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
    """Return whether the stored limits are those of this very version."""
    limits: Mapping[str, Any] = PredictionModel.objects.get(pk=version.model_id).limits or {}
    return limits.get("version") == version.number


def _reasons(kind: Kind, scorer: Any, subjects: Sequence[Subject]) -> Sequence[Sequence[Reason]]:
    if not is_trained(kind):
        return [()] * len(subjects)
    rows = [inputs_of(kind, one) for one in subjects]  # type: ignore[arg-type]
    found: Sequence[Sequence[Reason]] = scorer.reasons(rows, [one.today for one in subjects])
    return found
