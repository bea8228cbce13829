"""The responses about incremental revenue for the schema."""

from typing import Any

from rest_framework import serializers

from core.api.parsing import ClockField
from personalization.incremental_revenue.comparison.cells import SEGMENTATIONS
from personalization.incremental_revenue.question import BASES
from predictions.attribution import MODELS

Count = serializers.IntegerField
Text = serializers.CharField


def _interval() -> Any:
    return serializers.ListField(
        child=Text(), allow_null=True, required=False, help_text="Low and high, of 95 per cent."
    )


class HoldoutUnitsSerializer(serializers.Serializer[Any]):
    """The number of customers of each group."""

    treated = Count()
    holdout = Count()


class LiftOfHoldoutSerializer(serializers.Serializer[Any]):
    """A mean of the treated and of the holdout group; null below 10 customers in a group."""

    treated = Text()
    holdout = Text()
    difference = Text()
    interval = _interval()
    units = HoldoutUnitsSerializer()


class HoldoutGroupSerializer(serializers.Serializer[Any]):
    """A group: its customers, and the revenue of each (null below 10)."""

    n = Count()
    mean = Text(allow_null=True)


class IncrementalSerializer(serializers.Serializer[Any]):
    """The incremental revenue; null below 30 customers in a group (`reason` is `too_few`)."""

    value = Text(allow_null=True)
    interval = _interval()
    treated = HoldoutGroupSerializer()
    holdout = HoldoutGroupSerializer()
    basis = serializers.ChoiceField(BASES)
    reason = Text(allow_null=True, help_text="too_few, no_variance or null.")
    distinguishable = serializers.BooleanField(
        allow_null=True, help_text="False where the interval holds 0."
    )
    sentence = Text()


class CountedSerializer(serializers.Serializer[Any]):
    """A count, and the number of its customers."""

    count = Count()
    customers = Count()


class ExposuresSerializer(CountedSerializer):
    """Exposures other than the default; exposures of defaults, and of untracked shoppers."""

    defaults = Count()
    untracked = Count()


class CreditedSerializer(serializers.Serializer[Any]):
    """The revenue of the period, and the part credited to personalization."""

    value = Text()
    revenue = Text()
    model = serializers.ChoiceField(list(MODELS))


class CreditSerializer(serializers.Serializer[Any]):
    """The credit of a channel or a placement."""

    value = Text()


class RecommendedSerializer(serializers.Serializer[Any]):
    """The revenue of clicked recommendations."""

    value = Text()
    customers = Count()


class EngagementDaySerializer(serializers.Serializer[Any]):
    """A local day of a website; null figures of fewer than 10 customers."""

    day = serializers.DateField()
    website = Text()
    customers = Count(allow_null=True)
    sessions = Count(allow_null=True)
    activities = Text(allow_null=True, help_text="The mean of a session.")
    score = Text(allow_null=True, help_text="The mean of these customers when the day ended.")


class WorthNoteSerializer(serializers.Serializer[Any]):
    """The reason for a missing figure."""

    metric = Text()
    code = Text()
    message = Text()


class WorthCellSerializer(serializers.Serializer[Any]):
    """The figures of one cell that can be split by the segmentation; null below 10 customers."""

    key = Text()
    engagement_lift = LiftOfHoldoutSerializer(allow_null=True, required=False)
    conversion_lift = LiftOfHoldoutSerializer(allow_null=True, required=False)
    revenue_lift = LiftOfHoldoutSerializer(allow_null=True, required=False)
    exposures = CountedSerializer(allow_null=True, required=False)
    clicks = CountedSerializer(allow_null=True, required=False)
    attributed_revenue = CreditSerializer(allow_null=True, required=False)
    incremental_revenue = IncrementalSerializer(allow_null=True, required=False)
    recommendation_revenue = RecommendedSerializer(allow_null=True, required=False)


class WorthSerializer(serializers.Serializer[Any]):
    """The requested metrics by name, for all customers and for cells."""

    as_of = ClockField()
    to = ClockField()
    basis = serializers.ChoiceField(BASES)
    segment = Text(allow_null=True)
    campaign = Text(allow_null=True)
    model = serializers.ChoiceField(list(MODELS))
    segmentation = serializers.ChoiceField(SEGMENTATIONS, allow_null=True)
    engagement_lift = LiftOfHoldoutSerializer(allow_null=True, required=False)
    conversion_lift = LiftOfHoldoutSerializer(allow_null=True, required=False)
    revenue_lift = LiftOfHoldoutSerializer(allow_null=True, required=False)
    exposures = ExposuresSerializer(required=False)
    clicks = CountedSerializer(required=False)
    attributed_revenue = CreditedSerializer(required=False)
    incremental_revenue = IncrementalSerializer(required=False)
    roi = Text(allow_null=True, required=False)
    recommendation_revenue = RecommendedSerializer(required=False)
    engagement = EngagementDaySerializer(many=True, required=False)
    customer_satisfaction_impact = Text(
        allow_null=True, help_text="Always null: nothing measures it."
    )
    cells = WorthCellSerializer(many=True, allow_null=True)
    notes = WorthNoteSerializer(many=True)

    def get_fields(self) -> Any:
        return super().get_fields() | {"from": ClockField()}
