"""Scores by a version of churn: the risk, its rise, and the reasons."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

import numpy as np
from django.db.models import Case, DateTimeField, OuterRef, Subquery, When
from django.db.models import Value as Constant
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from conditions.language.windows import shift_day, start_of_day
from core.database.fields import to_units
from customers.models import Customer
from predictions.deep.network_files import Networks
from predictions.features.subjects import Subjects
from predictions.history.columns import Column, Mask, Whole, float_units
from predictions.history.events import events_of
from predictions.history.values import Value
from predictions.kinds.artifacts import load_artifact, loaded_networks
from predictions.kinds.churn.declaration import CHURN, GRU
from predictions.kinds.churn.gru import check_shapes, risks_of
from predictions.kinds.churn.network import CHURN_GRU
from predictions.kinds.churn.risks import Risks
from predictions.kinds.fitting.matrix import Matrix
from predictions.kinds.kind import STORED_PLACES, Columns, Limits, Ranking
from predictions.kinds.reasons import Reason, value_text
from predictions.kinds.trained import FeatureScorer, Input, inputs_of
from predictions.models import ModelVersion, RiskHistory

# With a risk that is so many days older a rise begins.
RISES_IN = 30
PLACES = {one.name: place for place, one in enumerate(CHURN.inputs)}
RECENCY, FREQUENCY = PLACES["recency_days"], PLACES["frequency"]


class ChurnScorer(FeatureScorer):
    """A version that says how likely it is, from features."""

    inputs = CHURN.inputs

    def __init__(self, risks: Risks) -> None:
        self._risks = risks

    @property
    def intercept(self) -> float | None:
        """The log-odds to which the effects of all reasons add; None where they do not add up."""
        return self._risks.intercept

    def columns(self, them: Subjects, limits: Limits) -> Columns:
        """Return risk and rise of each customer; None for customers who are not buyers."""
        return _with_rises(self.of_features(inputs_of(CHURN, them), them.todays, limits), them)

    def of_features(
        self, inputs: Sequence[Column], todays: Whole, limits: Limits | None
    ) -> Columns:
        """Return the risk for each row of features; no rise, since the past is not known."""
        return _columns(self.risks(inputs))

    def risks(self, inputs: Sequence[Column]) -> list[float | None]:
        """Return the risk without rounding; None for a customer who is not a buyer."""
        rows, buyers = _matrix(inputs)
        found = iter(self._risks.predict(rows).tolist() if len(rows) else ())
        return [next(found) if is_buyer else None for is_buyer in buyers.tolist()]

    def reasons(self, inputs: Sequence[Column], todays: Whole) -> list[list[Reason]]:
        """Return the effect of each feature on the risk of each row; none for non-buyers.

        With the logistic regression in log-odds, which add up: `intercept` and the effects of a
        row to those of its risk. With others by how much the risk is higher than if that feature
        alone were the median of the training.
        """
        rows, buyers = _matrix(inputs)
        effects = self._risks.effects(rows).tolist() if len(rows) else ()
        values = list(zip(*(column.values() for column in inputs), strict=True))
        reasons = _explain_rows(
            [values[place] for place in np.flatnonzero(buyers).tolist()], effects
        )
        return [next(reasons) if is_buyer else [] for is_buyer in buyers.tolist()]


class SequenceScorer:
    """A version that says how likely it is from what customers did: networks, on workers alone."""

    inputs: tuple[Input, ...] = ()
    intercept: float | None = None

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def ranking(self) -> Ranking | None:
        """Return None: each customer is judged by themselves."""
        return None

    def columns(self, them: Subjects, limits: Limits) -> Columns:
        """Return risk and rise of each customer; None for customers who are not buyers."""
        events, places = events_of(them.batch), np.flatnonzero(them.buyers).tolist()
        risks: list[float | None] = [None] * len(them.batch)
        found = risks_of(self._networks, [events.sequence_at(place) for place in places]).tolist()
        for place, risk in zip(places, found, strict=True):
            risks[place] = risk
        return _with_rises(_columns(risks), them)

    def of_features(
        self, inputs: Sequence[Column], todays: Whole, limits: Limits | None
    ) -> Columns:
        """Raise TypeError: features do not say in which order things happened."""
        raise TypeError("a network of sequences has no features")

    def reasons(self, inputs: Sequence[Column], todays: Whole) -> list[list[Reason]]:
        """Return no reasons: a network does not tell the effects of single events."""
        return [[] for _today in todays]


def scorer_of(version: ModelVersion) -> ChurnScorer | SequenceScorer:
    """Return the scorer of `version`; raises `Refused` where its artefact cannot be read."""
    if version.fitted["algorithm"] == GRU:
        networks = loaded_networks(version, CHURN_GRU.name)
        check_shapes(networks)
        return SequenceScorer(networks)
    return ChurnScorer(Risks.of_plain(load_artifact(version)))


def _columns(exact: Sequence[float | None]) -> Columns:
    """Return risks as they are stored, without a rise."""
    known = np.array([risk for risk in exact if risk is not None])
    found = iter(float_units(known, STORED_PLACES))
    risks = [None if risk is None else next(found) for risk in exact]
    return {"churn_risk": risks, "churn_risk_rise": [None] * len(risks)}


def _with_rises(found: Columns, them: Subjects) -> Columns:
    """Return the columns with the rise of each risk since that of 30 days ago."""
    before = _risks_before(them)
    rises = [
        risk - before[key] if isinstance(risk, int) and key in before else None
        for risk, key in zip(found["churn_risk"], them.batch.keys.tolist(), strict=True)
    ]
    return found | {"churn_risk_rise": rises}


def _matrix(inputs: Sequence[Column]) -> tuple[Matrix, Mask]:
    """Return the features of buyers as (rows, features), and who is one."""
    floats = np.column_stack([column.floats() for column in inputs])
    buyers = ~np.isnan(floats[:, RECENCY]) & (np.nan_to_num(floats[:, FREQUENCY]) != 0)
    return floats[buyers], buyers


def _explain_rows(
    rows: Sequence[Sequence[Value]], effects: Sequence[Sequence[float]]
) -> Iterator[list[Reason]]:
    sentence = lazy(_sentence, str)
    for row, found in zip(rows, effects, strict=True):
        yield [
            Reason(one.name, value, effect, sentence(one, value, effect))
            for one, value, effect in zip(CHURN.inputs, row, found, strict=True)
        ]


def _sentence(one: Input, value: Value, effect: float) -> str:
    what = {"meaning": one.meaning, "value": value_text(value, is_money=one.is_money)}
    if effect > 0:
        return _("%(meaning)s: %(value)s (raises the risk)") % what
    if effect < 0:
        return _("%(meaning)s: %(value)s (lowers the risk)") % what
    return _("%(meaning)s: %(value)s (makes no difference)") % what


def _risks_before(them: Subjects) -> Mapping[int, int]:
    """Return by key the latest stored risk, in 1/10,000, of each whose day is 30 days ago or more.

    Days are the customer's: in one time zone it is one day.
    """
    ends = [
        When(website__timezone=zone, then=Constant(end))
        for zone, today in them.batch.today_in.items()
        if (end := _end_of_older(today, zone)) is not None
    ]
    if not ends:
        return {}
    older = RiskHistory.objects.filter(customer=OuterRef("pk"), at__lt=OuterRef("_end"))
    people = (
        Customer.objects.filter(them.batch.whose("pk"))
        .annotate(_end=Case(*ends, output_field=DateTimeField()))
        .annotate(_risk=Subquery(older.order_by("-at").values("churn_risk")[:1]))
        .order_by()
    )
    return {
        key: to_units(risk) for key, risk in people.values_list("pk", "_risk") if risk is not None
    }


def _end_of_older(today: int, zone: str) -> datetime | None:
    """Return the instant at which the day ends that is 30 days ago; None where there is none."""
    following = shift_day(date.fromordinal(today), 1 - RISES_IN)
    return None if following is None else start_of_day(following, zone)
