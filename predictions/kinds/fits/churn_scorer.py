"""Scores by a version of churn: the risk, its rise, and the reasons."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.db.models import Case, DateTimeField, OuterRef, Subquery, When
from django.db.models import Value as Constant
from django.utils.translation import gettext as _

from conditions.language.windows import shifted, start_of_day
from customers.models import Customer
from predictions.artifacts import loaded
from predictions.features.subject import Subject
from predictions.kinds.churn import CHURN, FEATURES
from predictions.kinds.fits.matrix import Matrix, as_floats, matrix
from predictions.kinds.fits.risks import Risks
from predictions.kinds.kind import Limits, Ranking, Row, stored
from predictions.kinds.reasons import Reason, shortly
from predictions.kinds.trained import inputs_of
from predictions.models import ModelVersion, RiskHistory
from predictions.values import Value

# With a risk that is so many days older a rise begins.
RISES_IN = 30
PLACES = {one.name: place for place, one in enumerate(CHURN.inputs)}
RECENCY, FREQUENCY = PLACES["recency_days"], PLACES["frequency"]


class ChurnScorer:
    """A version that says how likely it is."""

    def __init__(self, risks: Risks) -> None:
        self._risks = risks

    @property
    def intercept(self) -> float | None:
        """The log-odds to which the effects of all reasons add; None where they do not add up."""
        return self._risks.intercept

    def ranking(self) -> Ranking | None:
        """Return None: each customer is judged by themselves."""
        return None

    def rows(self, subjects: Sequence[Subject], limits: Limits) -> list[Row]:
        """Return risk and rise of each customer; None for who is not a buyer."""
        values = [inputs_of(CHURN, subject) for subject in subjects]
        before = _risks_before([subject for subject in subjects if subject.sales])
        return [
            _row(risk, before.get(subject.person.key))
            for subject, risk in zip(subjects, self.risks(values), strict=True)
        ]

    def of_features(
        self, rows: Sequence[Sequence[Value]], todays: Sequence[int], limits: Limits | None
    ) -> list[Row]:
        """Return the risk for each row of features; no rise, since nobody's past is known."""
        return [_row(risk, None) for risk in self.risks(rows)]

    def risks(self, rows: Sequence[Sequence[Value]]) -> list[float | None]:
        """Return the risk as it is, not rounded; None for who is not a buyer."""
        buyers = [row for row in rows if _is_buyer(row)]
        found = iter(self._risks.of(_matrix(buyers)).tolist() if buyers else ())
        return [next(found) if _is_buyer(row) else None for row in rows]

    def reasons(self, rows: Sequence[Sequence[Value]], todays: Sequence[int]) -> list[list[Reason]]:
        """Return what each feature does to the risk of each row; none for who is not a buyer.

        With the logistic regression in log-odds, which add up: `intercept` and the effects of a
        row to those of its risk. With others by how much the risk is higher than if that feature
        alone were the median of the training.
        """
        buyers = [row for row in rows if _is_buyer(row)]
        effects = self._risks.effects(_matrix(buyers)).tolist() if buyers else ()
        reasons = _told(buyers, effects)
        return [next(reasons) if _is_buyer(row) else [] for row in rows]


def scorer_of(version: ModelVersion) -> ChurnScorer:
    """Return what scores by `version`; raises `Refused` where its artefact cannot be read."""
    return ChurnScorer(Risks.of_plain(loaded(version)))


def _is_buyer(row: Sequence[Value]) -> bool:
    return row[RECENCY] is not None and bool(row[FREQUENCY])


def _matrix(rows: Sequence[Sequence[Value]]) -> Matrix:
    return matrix([as_floats(row) for row in rows], len(CHURN.inputs))


def _row(risk: float | None, before: Decimal | None) -> Row:
    if risk is None:
        return {"churn_risk": None, "churn_risk_rise": None}
    found = stored(Fraction(risk))
    assert isinstance(found, Decimal)
    return {"churn_risk": found, "churn_risk_rise": None if before is None else found - before}


def _told(
    rows: Sequence[Sequence[Value]], effects: Sequence[Sequence[float]]
) -> Iterator[list[Reason]]:
    # Each text is looked up once, not for each row.
    meanings = [str(one.meaning) for one in FEATURES]
    raises = _("%(meaning)s: %(value)s (raises the risk)")
    lowers = _("%(meaning)s: %(value)s (lowers the risk)")
    neither = _("%(meaning)s: %(value)s (makes no difference)")
    for row, found in zip(rows, effects, strict=True):
        reasons = []
        for feature, meaning, value, effect in zip(FEATURES, meanings, row, found, strict=True):
            text = raises if effect > 0 else lowers if effect < 0 else neither
            sentence = text % {"meaning": meaning, "value": shortly(value)}
            reasons.append(Reason(feature.name, value, effect, sentence))
        yield reasons


def _risks_before(subjects: Sequence[Subject]) -> Mapping[int, Decimal]:
    """Return by key the latest stored risk of each whose day is at least 30 days ago.

    Days are the customer's. `subjects` are of one batch: in one time zone it is one day.
    """
    todays = {one.person.zone: one.today for one in subjects}
    ends = [
        When(website__timezone=zone, then=Constant(end))
        for zone, today in todays.items()
        if (end := _end_of_older(today, zone)) is not None
    ]
    if not ends:
        return {}
    older = RiskHistory.objects.filter(customer=OuterRef("pk"), at__lt=OuterRef("_end"))
    people = (
        Customer.objects.filter(pk__in=[one.person.key for one in subjects])
        .annotate(_end=Case(*ends, output_field=DateTimeField()))
        .annotate(_risk=Subquery(older.order_by("-at").values("churn_risk")[:1]))
        .order_by()
    )
    return {key: risk for key, risk in people.values_list("pk", "_risk") if risk is not None}


def _end_of_older(today: int, zone: str) -> datetime | None:
    """Return the instant at which the day ends that is 30 days ago; None where there is none."""
    following = shifted(date.fromordinal(today), 1 - RISES_IN)
    return None if following is None else start_of_day(following, zone)
