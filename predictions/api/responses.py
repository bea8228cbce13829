"""The responses of the calls about predictions, for the schema; a test checks each response."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, TypedDict

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.api.parsing import ClockField
from core.api.response_fields import NullIfEmptyField
from predictions.history.values import Value, rounded
from predictions.kinds import KINDS, family_of
from predictions.kinds.reasons import Reason
from predictions.models import PredictionModel, TrainingRun, TrainingStep
from predictions.statistics.value_intervals import Interval
from segments.models import RunState

Text = serializers.CharField
Whole = serializers.IntegerField
Time = ClockField
_PLACES = 4
_OF_INTERVAL = ("clv_low", "clv_high", "orders_low", "orders_high")


class DriftSerializer(serializers.Serializer[Any]):
    """How far features have drifted from the training data of the version."""

    status = NullIfEmptyField(source="drift_status")
    psi = serializers.FloatField(source="drift_psi", allow_null=True)


class KindNameField(serializers.CharField):
    """The name of a kind of model, for people."""

    def to_representation(self, value: str) -> str:
        return str(KINDS[value].label)


class FamilyField(serializers.CharField):
    """The family of a kind of model."""

    def to_representation(self, value: str) -> str:
        return family_of(value)


class ModelFigures(TypedDict):
    """The annotations of the models that are shown."""

    versions_count: int
    drift_status: str | None
    drift_psi: float | None


@extend_schema_serializer(component_name="Model")
class PredictionModelSerializer(serializers.Serializer[Annotated[PredictionModel, ModelFigures]]):
    """A model, its deployed version and its last scoring."""

    code = Text()
    name = KindNameField(source="kind")
    kind = FamilyField()
    deployed_version = Whole(source="deployed.number", allow_null=True)
    as_of = Time(allow_null=True)
    scored_at = Time(allow_null=True)
    customers_scored = Whole()
    drift = DriftSerializer(source="*")
    versions_count = Whole()


class TrainingErrorSerializer(serializers.Serializer[Any]):
    """The error of a failed training."""

    code = Text(source="error_code")
    message = Text(source="error_text")

    def get_attribute(self, instance: TrainingRun) -> TrainingRun | None:
        return instance if instance.state == RunState.FAILED else None


class TrainingSerializer(serializers.Serializer[TrainingRun]):
    """A training and its progress."""

    id = Whole()
    model = Text(source="model.code")
    state = serializers.ChoiceField(RunState.choices)
    step = serializers.ChoiceField(TrainingStep.choices, source="phase", allow_blank=True)
    done = Whole()
    total = Whole(allow_null=True)
    as_of = Time()
    parameters = serializers.DictField()
    segment = Text(source="segment.code", allow_null=True)
    version = Whole(source="version.number", allow_null=True)
    error = TrainingErrorSerializer(allow_null=True)
    requested_by = Text(source="requested_by.username", allow_null=True)
    created_at = Time()
    started_at = Time(allow_null=True)
    finished_at = Time(allow_null=True)


class FeatureValueField(serializers.JSONField):
    """The value of a feature; a fraction is a decimal number."""

    def to_representation(self, value: Value) -> Any:  # type: ignore[override]
        return float(value) if isinstance(value, Fraction) else value


class EffectField(serializers.FloatField):
    """An effect with 9 decimals."""

    def to_representation(self, value: float) -> float:  # type: ignore[override]
        return round(value, 9)


class ReasonSerializer(serializers.Serializer[Reason]):
    """The effect of a feature on a score."""

    feature = Text()
    value = FeatureValueField()
    effect = EffectField()
    sentence = Text()


def show_reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Return reasons as the API shows them, in their order."""
    return list(map(ReasonSerializer().to_representation, reasons))


def interval_as_json(interval: Interval | None) -> dict[str, Any]:
    """Return the 10th and 90th percentiles of value (text with 4 decimals) and orders (integers).

    All are None for a customer without a lifetime value.
    """
    if interval is None:
        return dict.fromkeys(_OF_INTERVAL)
    low, high = (
        str(rounded(Fraction(value), _PLACES)) for value in (interval.clv_low, interval.clv_high)
    )
    return dict(
        zip(_OF_INTERVAL, (low, high, interval.orders_low, interval.orders_high), strict=True)
    )


class PredictedSerializer(serializers.Serializer[Any]):
    """The prediction for one customer, or for a row of features, whose `id` is null."""

    id = Text(allow_null=True)
    scores = serializers.DictField(allow_null=True)
    reasons = ReasonSerializer(many=True)
    intercept = serializers.FloatField(required=False)
    why = Text(required=False)


class ModelPredictionsSerializer(serializers.Serializer[Any]):
    """The predicted values in the order of the request, and the details of each."""

    predictions = serializers.ListField(child=serializers.JSONField())
    details = PredictedSerializer(many=True)
    model = Text()
    version = Whole()
    as_of = Time()


class RfmScoresSerializer(serializers.Serializer[Any]):
    """The RFM scores and segment of a customer."""

    recency_score = Whole(allow_null=True)
    frequency_score = Whole(allow_null=True)
    monetary_score = Whole(allow_null=True)
    segment = Text(allow_null=True)


class HistoricSerializer(serializers.Serializer[Any]):
    """The number of orders so far, and the sum of sales."""

    orders = Whole()
    sales = Text()


class ValueOfCustomerSerializer(serializers.Serializer[Any]):
    """The value of a customer, as stored or computed now."""

    id = Text()
    clv = Text(allow_null=True)
    expected_orders = Text(allow_null=True)
    expected_order_value = Text(allow_null=True)
    clv_top_percent = Whole(allow_null=True)
    value_band = Text(allow_null=True)
    churn_risk = Text(allow_null=True)
    next_order_on = Text(allow_null=True)
    journey_stage = Text(allow_null=True)
    rfm = RfmScoresSerializer()
    probability_alive = Text(allow_null=True)
    clv_low = Text(allow_null=True)
    clv_high = Text(allow_null=True)
    orders_low = Whole(allow_null=True)
    orders_high = Whole(allow_null=True)
    historic = HistoricSerializer(allow_null=True)
    version = Whole(allow_null=True)
    as_of = Time(allow_null=True)
    reasons = ReasonSerializer(many=True)
    warnings = serializers.ListField(child=Text())
    why = Text(required=False)


class ForecastSerializer(serializers.Serializer[Any]):
    """The expected orders and value of a customer."""

    id = Text()
    clv = Text(allow_null=True)
    expected_orders = Text(allow_null=True)
    expected_order_value = Text(allow_null=True)
    clv_low = Text(allow_null=True)
    clv_high = Text(allow_null=True)
    orders_low = Whole(allow_null=True)
    orders_high = Whole(allow_null=True)
    why = Text(required=False)


class ForecastsSerializer(serializers.Serializer[Any]):
    """Forecasts of several customers."""

    predictions = ForecastSerializer(many=True)
    as_of = Time()
    version = Whole()
    warnings = serializers.ListField(child=Text())


class RiskSerializer(serializers.Serializer[Any]):
    """The churn risk as of a moment."""

    at = Time()
    churn_risk = Text()
    version = Whole()


class StoredScoresSerializer(serializers.Serializer[Any]):
    """All scores of a customer, each with its version; null for a missing score."""

    id = Text()
    as_of = Time(allow_null=True)
    scores = serializers.DictField()
    reasons = serializers.DictField()
    history = RiskSerializer(many=True)
    why = Text(required=False)
