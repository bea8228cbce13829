"""What the views of analytics answer, as the schema shows it; a test compares each reply."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

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
    """Return a number with 4 decimals; null where there is none."""
    return Text(allow_null=True)


def _texts() -> Any:
    return serializers.ListField(child=Text())


class ViewShape(Shape):
    """What all views say: as of when (null: nobody was scored yet), and why there is nothing."""

    as_of = serializers.DateTimeField(allow_null=True)
    reason = Text(allow_null=True, help_text=f"One of {', '.join(REASONS)}.")


class CohortsHeadShape(ViewShape):
    """How many cohorts there are."""

    by = serializers.ChoiceField(BYS)
    value = serializers.ChoiceField(FIGURES)
    count = Count(allow_null=True)


class CohortsShape(CohortsHeadShape):
    """A row of cells for each label: counts are numbers, money and shares texts.

    `incomplete` are the labels of the periods that `as_of` has not finished. `left_out`: how many
    of the first cohorts are not there: those that began more than 50 years ago, and those that
    would make a table of more than 250,000 cells.
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
    """Of which months the index was made, both included."""

    to = Text(allow_null=True)

    def get_fields(self) -> Any:
        return super().get_fields() | {"from": Text(allow_null=True)}


class SeasonalityShape(SeasonalityHeadShape):
    """The seasonal index."""

    view = serializers.ChoiceField(["seasonality"])
    months = MonthShape(many=True)


class ScoredShape(ViewShape):
    """By which version the scores are; `is_stale`: another one is deployed meanwhile."""

    version = Count(allow_null=True)
    is_stale = serializers.BooleanField()


class BinShape(Shape):
    """How many values are at least `from` and below `to`; in the last bin `to` itself too."""

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
    """Predicted lifetime value of all together."""

    count = Count(allow_null=True)
    sum = _number()
    mean = _number()
    gini = _number()
    warnings = _texts()


class ClvShape(ClvHeadShape):
    """How predicted lifetime values are spread."""

    view = serializers.ChoiceField(["clv"])
    deciles = _texts()
    histogram = BinShape(many=True)
    bands = ValueBandShape(many=True)


class PartShape(Shape):
    """Some buyers, and their share of all sales."""

    segment = serializers.ChoiceField(RfmSegment.values)
    customers = Count()
    sales = Text()
    sales_share = _number()


class CellShape(PartShape):
    """The buyers of two scores."""

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
    """All customers and their sales, and of each view what stands above its tables."""

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
