"""The attributes of scores for segment conditions; each is a column of `CustomerPrediction`."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from conditions.bases.column import Column
from conditions.bases.elapsed import DaysSince
from conditions.language import choices, types
from conditions.language.counted import days
from conditions.language.operators import Words
from conditions.registry import Family
from predictions.conditions.labels import labels_of
from predictions.conditions.uplift import SEEN_BY, UpliftsOfTheShop
from predictions.models import JourneyStage, PredictionModel, RfmSegment, ValueBand, Weekday

ROW = "prediction"


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoreColumn(Column):
    """A column of `CustomerPrediction`; `trained` is the kind of its model, if that is trained."""

    trained: str = ""

    @property
    def column(self) -> str:
        """The name of the column."""
        (path,) = self.paths
        return path.removeprefix(f"{ROW}__")

    def known_of_nobody(self) -> Words:
        """Return why no customer has a value yet; "" for rules, and after the first scoring."""
        if (
            not self.trained
            or PredictionModel.objects.exclude(as_of=None).filter(kind=self.trained).exists()
        ):
            return ""
        text = _("Nobody has a value of “%(label)s” yet: its model has to be trained and deployed.")
        return text % {"label": self.label}

    def of(self, row: Any) -> tuple[Any, ...]:
        """Return the value in a row of scores as the evaluator's tuple; () for a missing value."""
        value = getattr(row, self.column)
        return () if value is None or value == "" else (value,)


def _score(code: str, label: Any, column: str, **more: Any) -> ScoreColumn:
    return ScoreColumn(
        code=code, label=label, paths=(f"{ROW}__{column}",), permissions=SEEN_BY, **more
    )


def _rank(code: str, label: Any, column: str, **more: Any) -> ScoreColumn:
    return _score(code, label, column, type=types.INTEGER, minimum=1, **more)


# The as-of time of the last full scoring by the model that wrote the customer's lifetime value.
_SCORED_AT = Column(
    code="prediction.scored_at",
    label=_("Last scored"),
    type=types.DATETIME,
    paths=(f"{ROW}__clv_model__as_of",),
    permissions=SEEN_BY,
)
DAYS_SINCE_SCORED = DaysSince(
    code="prediction.days_since_scored",
    label=_("Days since last scored"),
    type=types.INTEGER,
    unit=days,
    since=_SCORED_AT,
    permissions=SEEN_BY,
)
PREDICTIONS = Family(
    _("Predictions"),
    attributes=[
        _score(
            "prediction.clv",
            _("Predicted lifetime value"),
            "clv",
            type=types.MONEY,
            trained="clv",
            search_words=_("clv customer value worth"),
        ),
        _rank(
            "prediction.clv_top_percent",
            _("Lifetime value: among the top ... percent"),
            "clv_top_percent",
            maximum=100,
            trained="clv",
        ),
        _score(
            "prediction.value_band",
            _("Value band"),
            "value_band",
            type=types.CHOICE,
            choices=choices.of_enum(ValueBand),
            trained="clv",
            too_common=True,
        ),
        _score(
            "prediction.expected_orders",
            _("Expected orders within the horizon"),
            "expected_orders",
            type=types.NUMBER,
            minimum=0,
            trained="clv",
        ),
        _score(
            "prediction.expected_order_value",
            _("Expected order value"),
            "expected_order_value",
            type=types.MONEY,
            trained="clv",
        ),
        _score(
            "prediction.churn_risk",
            _("Churn risk (0 to 1)"),
            "churn_risk",
            type=types.NUMBER,
            minimum=0,
            maximum=1,
            trained="churn",
        ),
        _score(
            "prediction.churn_risk_rise",
            _("Rise of the churn risk in 30 days"),
            "churn_risk_rise",
            type=types.NUMBER,
            minimum=-1,
            maximum=1,
            trained="churn",
        ),
        _score(
            "prediction.next_order_on",
            _("Expected next order"),
            "next_order_on",
            type=types.DATE,
            trained="next_order",
        ),
        _score(
            "prediction.anomaly_score",
            _("Unusualness (0 to 1)"),
            "anomaly_score",
            type=types.NUMBER,
            minimum=0,
            maximum=1,
            trained="anomaly",
        ),
        _score(
            "prediction.is_anomaly",
            _("Is unusual"),
            "is_anomaly",
            type=types.BOOLEAN,
            trained="anomaly",
        ),
        _score(
            "prediction.cluster",
            _("Cluster"),
            "cluster",
            type=types.CHOICE,
            choices=choices.of_options(partial(labels_of, "clusters")),
            trained="clusters",
            too_common=True,
        ),
        _score(
            "prediction.cluster.retail_clusters",
            _("Cluster of the Online Retail platform"),
            "retail_cluster",
            type=types.CHOICE,
            choices=choices.of_options(partial(labels_of, "retail_clusters")),
            trained="retail_clusters",
            too_common=True,
        ),
        _score(
            "prediction.journey_stage",
            _("Journey stage"),
            "journey_stage",
            type=types.CHOICE,
            choices=choices.of_enum(JourneyStage),
            too_common=True,
        ),
        DAYS_SINCE_SCORED,
    ],
    of_the_shop=[UpliftsOfTheShop()],
)
RFM = Family(
    _("RFM"),
    attributes=[
        _rank("rfm.recency_score", _("Recency score (1 to 5)"), "recency_score", maximum=5),
        _rank("rfm.frequency_score", _("Frequency score (1 to 5)"), "frequency_score", maximum=5),
        _rank("rfm.monetary_score", _("Monetary score (1 to 5)"), "monetary_score", maximum=5),
        _score(
            "rfm.segment",
            _("RFM segment"),
            "rfm_segment",
            type=types.CHOICE,
            choices=choices.of_enum(RfmSegment),
            too_common=True,
        ),
    ],
)
HABITS = Family(
    _("Buying habits"),
    attributes=[
        _score(
            "habits.orders_trend",
            _("Orders: last 90 days against the 90 before"),
            "orders_trend",
            type=types.INTEGER,
        ),
        _score(
            "habits.gap_days",
            _("Usual days between purchases"),
            "gap_days",
            type=types.NUMBER,
            minimum=0,
            unit=days,
        ),
        _score(
            "habits.overdue_ratio",
            _("How overdue (1 = on time)"),
            "overdue_ratio",
            type=types.NUMBER,
            minimum=0,
        ),
        _score(
            "habits.discount_share",
            _("Share of orders with a discount (0 to 1)"),
            "discount_share",
            type=types.NUMBER,
            minimum=0,
            maximum=1,
        ),
        _score(
            "habits.refund_share",
            _("Share of sales refunded"),
            "refund_share",
            type=types.NUMBER,
        ),
        _score(
            "habits.favourite_weekday",
            _("Favourite weekday"),
            "favourite_weekday",
            type=types.CHOICE,
            choices=choices.of_enum(Weekday),
            too_common=True,
        ),
        _score(
            "habits.favourite_hour",
            _("Favourite hour (0 to 23)"),
            "favourite_hour",
            type=types.INTEGER,
            minimum=0,
            maximum=23,
        ),
    ],
)
FAMILIES = (PREDICTIONS, RFM, HABITS)
