"""Scores by a version of churn: the risk, its rise, and the reasons."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

import numpy as np
from django.db.models import Case, DateTimeField, OuterRef, Subquery, When
from django.db.models import Value as Constant
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from conditions.language.windows import shifted, start_of_day
from core.database.fields import to_units
from customers.models import Customer
from predictions.features.subjects import Subjects
from predictions.history.columns import Column, Mask, Whole, float_units
from predictions.history.values import Value
from predictions.kinds.artifacts import loaded
from predictions.kinds.churn.declaration import CHURN
from predictions.kinds.churn.risks import Risks
from predictions.kinds.fitting.matrix import Matrix
from predictions.kinds.kind import STORED_PLACES, Columns, Limits, Ranking
from predictions.kinds.reasons import Reason, shortly
from predictions.kinds.trained import Input, inputs_of
from predictions.models import ModelVersion, RiskHistory

# With a risk that is so many days older a rise begins.
RISES_IN = 30
PLACES = {one.name: place for place, one in enumerate(CHURN.inputs)}
RECENCY, FREQUENCY = PLACES["recency_days"], PLACES["frequency"]


class ChurnScorer:
    """A version that says how likely it is."""

    inputs = CHURN.inputs

    def __init__(self, risks: Risks) -> None:
        self._risks = risks

    @property
    def intercept(self) -> float | None:
        """The log-odds to which the effects of all reasons add; None where they do not add up."""
        return self._risks.intercept

    def ranking(self) -> Ranking | None:
        """Return None: each customer is judged by themselves."""
        return None

    def columns(self, them: Subjects, limits: Limits) -> Columns:
        """Return risk and rise of each customer; None for who is not a buyer."""
        found = self.of_features(inputs_of(CHURN, them), them.todays, limits)
        before = _risks_before(them)
        found["churn_risk_rise"] = [
            risk - before[key] if isinstance(risk, int) and key in before else None
            for risk, key in zip(found["churn_risk"], them.batch.keys.tolist(), strict=True)
        ]
        return found

    def of_features(
        self, inputs: Sequence[Column], todays: Whole, limits: Limits | None
    ) -> Columns:
        """Return the risk for each row of features; no rise, since nobody's past is known."""
        exact = self.risks(inputs)
        known = np.array([risk for risk in exact if risk is not None])
        found = iter(float_units(known, STORED_PLACES))
        risks = [None if risk is None else next(found) for risk in exact]
        return {"churn_risk": risks, "churn_risk_rise": [None] * len(risks)}

    def risks(self, inputs: Sequence[Column]) -> list[float | None]:
        """Return the risk as it is, not rounded; None for who is not a buyer."""
        rows, buyers = _matrix(inputs)
        found = iter(self._risks.of(rows).tolist() if len(rows) else ())
        return [next(found) if is_buyer else None for is_buyer in buyers.tolist()]

    def reasons(self, inputs: Sequence[Column], todays: Whole) -> list[list[Reason]]:
        """Return what each feature does to the risk of each row; none for who is not a buyer.

        With the logistic regression in log-odds, which add up: `intercept` and the effects of a
        row to those of its risk. With others by how much the risk is higher than if that feature
        alone were the median of the training.
        """
        rows, buyers = _matrix(inputs)
        effects = self._risks.effects(rows).tolist() if len(rows) else ()
        values = list(zip(*(column.values() for column in inputs), strict=True))
        reasons = _told([values[place] for place in np.flatnonzero(buyers).tolist()], effects)
        return [next(reasons) if is_buyer else [] for is_buyer in buyers.tolist()]


def scorer_of(version: ModelVersion) -> ChurnScorer:
    """Return what scores by `version`; raises `Refused` where its artefact cannot be read."""
    return ChurnScorer(Risks.of_plain(loaded(version)))


def _matrix(inputs: Sequence[Column]) -> tuple[Matrix, Mask]:
    """Return the features of buyers as (rows, features), and who is one."""
    floats = np.column_stack([column.floats() for column in inputs])
    buyers = ~np.isnan(floats[:, RECENCY]) & (np.nan_to_num(floats[:, FREQUENCY]) != 0)
    return floats[buyers], buyers


def _told(
    rows: Sequence[Sequence[Value]], effects: Sequence[Sequence[float]]
) -> Iterator[list[Reason]]:
    sentence = lazy(_sentence, str)
    for row, found in zip(rows, effects, strict=True):
        yield [
            Reason(one.name, value, effect, sentence(one, value, effect))
            for one, value, effect in zip(CHURN.inputs, row, found, strict=True)
        ]


def _sentence(one: Input, value: Value, effect: float) -> str:
    what = {"meaning": one.meaning, "value": shortly(value, is_money=one.is_money)}
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
    following = shifted(date.fromordinal(today), 1 - RISES_IN)
    return None if following is None else start_of_day(following, zone)
