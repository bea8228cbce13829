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

Shape = serializers.Serializer[Any]
Count = serializers.IntegerField
Text = serializers.CharField
REASONS = (NOT_SCORED, NO_DEPLOYED_MODEL, NEEDS_TWO_YEARS, NO_SALES)


def _number() -> Any:
    """Return the field of a number as text with 4 decimals, or null."""
    return Text(allow_null=True)


def _texts() -> Any:
    return serializers.ListField(child=Text())


class ViewShape(Shape):
    """The fields of all views: as-of time (null before the first scoring), reason for no data."""

    as_of = ClockField(allow_null=True)
    reason = Text(allow_null=True, help_text=f"One of {', '.join(REASONS)}.")


class CohortsHeadShape(ViewShape):
    """The number of cohorts."""

    by = serializers.ChoiceField(BYS)
    value = serializers.ChoiceField(FIGURES)
    count = Count(allow_null=True)


class CohortsShape(CohortsHeadShape):
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


class MonthShape(Shape):
    """The index of a month of the year, 1 to 12; 1.0000 is the mean."""

    month = Count()
    index = _number()


class SeasonalityHeadShape(ViewShape):
    """The first and the last month from which the index was computed, inclusive."""

    to = Text(allow_null=True)

    def get_fields(self) -> Any:
        return super().get_fields() | {"from": Text(allow_null=True)}


class SeasonalityShape(SeasonalityHeadShape):
    """The seasonal index."""

    view = serializers.ChoiceField(["seasonality"])
    months = MonthShape(many=True)


class ScoredShape(ViewShape):
    """The version that wrote the scores; `is_stale`: another version is deployed by now, or the
    newest scoring could not use the deployed one.
    """

    version = Count(allow_null=True)
    is_stale = serializers.BooleanField()


class BinShape(Shape):
    """The number of values from `from` to below `to`; the last bin includes `to`."""

    to = Text()
    count = Count()

    def get_fields(self) -> Any:
        return super().get_fields() | {"from": Text()}


class ValueBandShape(Shape):
    """A value band: its customers, and their share of all lifetime value."""

    band = serializers.ChoiceField(ValueBand.values)
    count = Count()
    sum = Text()
    mean = _number()
    share = _number()


class ClvHeadShape(ScoredShape):
    """The predicted lifetime values of all customers in total."""

    count = Count(allow_null=True)
    sum = _number()
    mean = _number()
    gini = _number()
    warnings = _texts()


class ClvShape(ClvHeadShape):
    """The distribution of predicted lifetime values."""

    view = serializers.ChoiceField(["clv"])
    deciles = _texts()
    histogram = BinShape(many=True)
    bands = ValueBandShape(many=True)


class PartShape(Shape):
    """The buyers of an RFM segment, and their share of all sales."""

    segment = serializers.ChoiceField(RfmSegment.values)
    customers = Count()
    sales = Text()
    sales_share = _number()


class CellShape(PartShape):
    """The buyers with a pair of scores."""

    recency_score = Count()
    frequency_score = Count()


class RfmHeadShape(ScoredShape):
    """All buyers and their sales."""

    customers = Count(allow_null=True)
    sales = _number()


class RfmShape(RfmHeadShape):
    """Buyers by their scores of recency and frequency, and by segment."""

    view = serializers.ChoiceField(["rfm"])
    cells = CellShape(many=True)
    segments = PartShape(many=True)


class SummaryShape(ViewShape):
    """All customers and their sales, and the totals of each view without its tables."""

    view = serializers.ChoiceField(["summary"])
    customers = Count(allow_null=True)
    buyers = Count(allow_null=True)
    orders = Count(allow_null=True)
    sales = _number()
    warnings = _texts()
    cohorts = CohortsHeadShape()
    seasonality = SeasonalityHeadShape()
    clv = ClvHeadShape()
    rfm = RfmHeadShape()


AnalyticsShape: Any = PolymorphicProxySerializer(
    "Analytics",
    {
        "cohorts": CohortsShape,
        "seasonality": SeasonalityShape,
        "clv": ClvShape,
        "rfm": RfmShape,
        "summary": SummaryShape,
    }
    | {computed.view: computed.shape for computed in COMPUTED_VIEWS},
    resource_type_field_name="view",
)
