"""The responses about incremental revenue for the schema."""

from typing import Any

from rest_framework import serializers

from core.api.parsing import ClockField
from personalization.incremental_revenue.comparison.cells import SEGMENTATIONS
from personalization.incremental_revenue.question import BASES
from predictions.attribution import MODELS

Shape = serializers.Serializer[Any]
Count = serializers.IntegerField
Text = serializers.CharField


def _interval() -> Any:
    return serializers.ListField(
        child=Text(), allow_null=True, required=False, help_text="Low and high, of 95 per cent."
    )


class HoldoutUnitsShape(Shape):
    """The number of customers of each group."""

    treated = Count()
    holdout = Count()


class LiftOfHoldoutShape(Shape):
    """A mean of the treated and of the holdout group; null below 10 customers in a group."""

    treated = Text()
    holdout = Text()
    difference = Text()
    interval = _interval()
    units = HoldoutUnitsShape()


class HoldoutGroupShape(Shape):
    """A group: its customers, and the revenue of each (null below 10)."""

    n = Count()
    mean = Text(allow_null=True)


class IncrementalShape(Shape):
    """The incremental revenue; null below 30 customers in a group (`reason` is `too_few`)."""

    value = Text(allow_null=True)
    interval = _interval()
    treated = HoldoutGroupShape()
    holdout = HoldoutGroupShape()
    basis = serializers.ChoiceField(BASES)
    reason = Text(allow_null=True, help_text="too_few, no_variance or null.")
    distinguishable = serializers.BooleanField(
        allow_null=True, help_text="False where the interval holds 0."
    )
    sentence = Text()


class CountedShape(Shape):
    """A count, and the number of its customers."""

    count = Count()
    customers = Count()


class ExposuresShape(CountedShape):
    """Exposures other than the default; exposures of defaults, and of untracked shoppers."""

    defaults = Count()
    untracked = Count()


class CreditedShape(Shape):
    """The revenue of the period, and the part credited to personalization."""

    value = Text()
    revenue = Text()
    model = serializers.ChoiceField(list(MODELS))


class CreditShape(Shape):
    """The credit of a channel or a placement."""

    value = Text()


class RecommendedShape(Shape):
    """The revenue of clicked recommendations."""

    value = Text()
    customers = Count()


class EngagementDayShape(Shape):
    """A local day of a website; null figures of fewer than 10 customers."""

    day = serializers.DateField()
    website = Text()
    customers = Count(allow_null=True)
    sessions = Count(allow_null=True)
    activities = Text(allow_null=True, help_text="The mean of a session.")
    score = Text(allow_null=True, help_text="The mean of these customers when the day ended.")


class WorthNoteShape(Shape):
    """The reason for a missing figure."""

    metric = Text()
    code = Text()
    message = Text()


class WorthCellShape(Shape):
    """The figures of one cell that can be split by the segmentation; null below 10 customers."""

    key = Text()
    engagement_lift = LiftOfHoldoutShape(allow_null=True, required=False)
    conversion_lift = LiftOfHoldoutShape(allow_null=True, required=False)
    revenue_lift = LiftOfHoldoutShape(allow_null=True, required=False)
    exposures = CountedShape(allow_null=True, required=False)
    clicks = CountedShape(allow_null=True, required=False)
    attributed_revenue = CreditShape(allow_null=True, required=False)
    incremental_revenue = IncrementalShape(allow_null=True, required=False)
    recommendation_revenue = RecommendedShape(allow_null=True, required=False)


class WorthShape(Shape):
    """The requested metrics by name, for all customers and for cells."""

    as_of = ClockField()
    to = ClockField()
    basis = serializers.ChoiceField(BASES)
    segment = Text(allow_null=True)
    campaign = Text(allow_null=True)
    model = serializers.ChoiceField(list(MODELS))
    segmentation = serializers.ChoiceField(SEGMENTATIONS, allow_null=True)
    engagement_lift = LiftOfHoldoutShape(allow_null=True, required=False)
    conversion_lift = LiftOfHoldoutShape(allow_null=True, required=False)
    revenue_lift = LiftOfHoldoutShape(allow_null=True, required=False)
    exposures = ExposuresShape(required=False)
    clicks = CountedShape(required=False)
    attributed_revenue = CreditedShape(required=False)
    incremental_revenue = IncrementalShape(required=False)
    roi = Text(allow_null=True, required=False)
    recommendation_revenue = RecommendedShape(required=False)
    engagement = EngagementDayShape(many=True, required=False)
    customer_satisfaction_impact = Text(
        allow_null=True, help_text="Always null: nothing measures it."
    )
    cells = WorthCellShape(many=True, allow_null=True)
    notes = WorthNoteShape(many=True)

    def get_fields(self) -> Any:
        return super().get_fields() | {"from": ClockField()}
