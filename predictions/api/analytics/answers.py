"""The responses of analytics views, for the schema; a test checks each response."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from core.api.parsing import ClockField
from predictions.analytics.answers import NO_DEPLOYED_MODEL, NOT_SCORED
from predictions.analytics.computation.views import COMPUTED_VIEWS
from predictions.figures.seasonality import NEEDS_TWO_YEARS, NO_SALES
from predictions.history.cohorts import BYS, FIGURES
from predictions.models import RfmSegment, ValueBand

Count = serializers.IntegerField
Text = serializers.CharField
REASONS = (NOT_SCORED, NO_DEPLOYED_MODEL, NEEDS_TWO_YEARS, NO_SALES)


def _number() -> Any:
    """Return the field of a number as text with 4 decimals, or null."""
    return Text(allow_null=True)


def _texts() -> Any:
    return serializers.ListField(child=Text())


class ViewSerializer(serializers.Serializer[Any]):
    """The fields of all views: as-of time (null before the first scoring), reason for no data."""

    as_of = ClockField(allow_null=True)
    reason = Text(allow_null=True, help_text=f"One of {', '.join(REASONS)}.")


class CohortsHeadSerializer(ViewSerializer):
    """The number of cohorts."""

    by = serializers.ChoiceField(BYS)
    value = serializers.ChoiceField(FIGURES)
    count = Count(allow_null=True)


class CohortsSerializer(CohortsHeadSerializer):
    """A row of cells per label; counts are numbers, money and shares are texts.

    `incomplete` are the labels of periods that are not over at `as_of`. `left_out` is the number of
    the earliest cohorts that are left out: those that began more than 50 years ago, and those that
    would make the table larger than 250,000 cells.
    """

    view = serializers.ChoiceField(["cohorts"])
    labels = _texts()
    rows = serializers.ListField(child=serializers.ListField(child=serializers.JSONField()))
    incomplete = _texts()
    left_out = Count()


class MonthSerializer(serializers.Serializer[Any]):
    """The index of a month of the year, 1 to 12; 1.0000 is the mean."""

    month = Count()
    index = _number()


class SeasonalityHeadSerializer(ViewSerializer):
    """The first and the last month from which the index was computed, inclusive."""

    to = Text(allow_null=True)

    def get_fields(self) -> Any:
        return super().get_fields() | {"from": Text(allow_null=True)}


class SeasonalitySerializer(SeasonalityHeadSerializer):
    """The seasonal index."""

    view = serializers.ChoiceField(["seasonality"])
    months = MonthSerializer(many=True)


class ScoredSerializer(ViewSerializer):
    """The version that wrote the scores; `is_stale`: another version is deployed by now, or the
    newest scoring could not use the deployed one.
    """

    version = Count(allow_null=True)
    is_stale = serializers.BooleanField()


class BinSerializer(serializers.Serializer[Any]):
    """The number of values from `from` to below `to`; the last bin includes `to`."""

    to = Text()
    count = Count()

    def get_fields(self) -> Any:
        return super().get_fields() | {"from": Text()}


class ValueBandSerializer(serializers.Serializer[Any]):
    """A value band: its customers, and their share of all lifetime value."""

    band = serializers.ChoiceField(ValueBand.values)
    count = Count()
    sum = Text()
    mean = _number()
    share = _number()


class ClvHeadSerializer(ScoredSerializer):
    """The predicted lifetime values of all customers in total."""

    count = Count(allow_null=True)
    sum = _number()
    mean = _number()
    gini = _number()
    warnings = _texts()


class ClvSerializer(ClvHeadSerializer):
    """The distribution of predicted lifetime values."""

    view = serializers.ChoiceField(["clv"])
    deciles = _texts()
    histogram = BinSerializer(many=True)
    bands = ValueBandSerializer(many=True)


class PartSerializer(serializers.Serializer[Any]):
    """The buyers of an RFM segment, and their share of all sales."""

    segment = serializers.ChoiceField(RfmSegment.values)
    customers = Count()
    sales = Text()
    sales_share = _number()


class CellSerializer(PartSerializer):
    """The buyers with a pair of scores."""

    recency_score = Count()
    frequency_score = Count()


class RfmHeadSerializer(ScoredSerializer):
    """All buyers and their sales."""

    customers = Count(allow_null=True)
    sales = _number()


class RfmSerializer(RfmHeadSerializer):
    """Buyers by their scores of recency and frequency, and by segment."""

    view = serializers.ChoiceField(["rfm"])
    cells = CellSerializer(many=True)
    segments = PartSerializer(many=True)


class SummarySerializer(ViewSerializer):
    """All customers and their sales, and the totals of each view without its tables."""

    view = serializers.ChoiceField(["summary"])
    customers = Count(allow_null=True)
    buyers = Count(allow_null=True)
    orders = Count(allow_null=True)
    sales = _number()
    warnings = _texts()
    cohorts = CohortsHeadSerializer()
    seasonality = SeasonalityHeadSerializer()
    clv = ClvHeadSerializer()
    rfm = RfmHeadSerializer()


AnalyticsSerializer: Any = PolymorphicProxySerializer(
    "Analytics",
    {
        "cohorts": CohortsSerializer,
        "seasonality": SeasonalitySerializer,
        "clv": ClvSerializer,
        "rfm": RfmSerializer,
        "summary": SummarySerializer,
    }
    | {computed.view: computed.serializer for computed in COMPUTED_VIEWS},
    resource_type_field_name="view",
)
