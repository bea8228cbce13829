"""The response with a plan, for the schema; a test checks each response."""

from typing import Any

from rest_framework import serializers

from core.api.parsing import ClockField
from predictions.strategies.assumptions.values import ASSUMPTIONS, Source
from predictions.strategies.catalogue import STRATEGIES

Text = serializers.CharField
Whole = serializers.IntegerField
TREE = "As `POST segments/` takes them; for guests too."


class AssumedSerializer(serializers.Serializer[Any]):
    """An assumed value, null if unknown; `is_used`: the strategy uses the value."""

    value = Text(allow_null=True)
    is_used = serializers.BooleanField(required=False)

    def get_fields(self) -> Any:
        source = serializers.ChoiceField([one.value for one in Source])
        return super().get_fields() | {"source": source}


class AssumptionsSerializer(serializers.Serializer[Any]):
    """All assumptions."""

    def get_fields(self) -> Any:
        return {name: AssumedSerializer() for name in ASSUMPTIONS}


class TierSerializer(serializers.Serializer[Any]):
    """A tier; `at_least` is null without a lower limit, or if too many have spent the same."""

    name = Text()
    at_least = Text(allow_null=True)
    customers_count = Whole()
    share = Text(allow_null=True)
    sales = Text()
    conditions = serializers.JSONField(help_text=TREE)


class GroupSerializer(serializers.Serializer[Any]):
    """A group of the strategy `pricing`."""

    name = Text()
    customers_count = Whole()
    share = Text(allow_null=True)
    sales = Text()
    break_even_uplift = Text(allow_null=True)
    conditions = serializers.JSONField(help_text=TREE)


class CampaignLineSerializer(serializers.Serializer[Any]):
    """The result of a campaign; `expected_value` is null if the uplift is unknown."""

    code = Text()
    count = Whole()
    cost = Text()
    expected_value = Text(allow_null=True)
    uplift = AssumedSerializer()
    segment = Text(required=False, help_text="The list that was made, where lists were asked for.")


class ContactSerializer(serializers.Serializer[Any]):
    """A customer to contact."""

    id = Text()
    expected_value = Text()
    campaign = Text(required=False)


class PlanSerializer(serializers.Serializer[Any]):
    """A plan; money and numbers have 4 decimals. Fields of other strategies are left out."""

    strategy = serializers.ChoiceField(list(STRATEGIES))
    as_of = ClockField(allow_null=True)
    conditions = serializers.JSONField(help_text=TREE)
    sentence = Text()
    eligible_count = Whole()
    selected_count = Whole()
    cost = Text()
    expected_value = Text(allow_null=True)
    interval = serializers.ListField(child=Text(), allow_null=True)
    roi = Text(allow_null=True)
    tiers = TierSerializer(many=True, required=False)
    benefit_cost = Text(required=False, allow_null=True)
    groups = GroupSerializer(many=True, required=False)
    campaigns = CampaignLineSerializer(many=True, required=False)
    assumptions = AssumptionsSerializer()
    warnings = serializers.ListField(child=Text())
    customers = ContactSerializer(
        many=True, required=False, help_text="Left out without `segments.view_members`."
    )
    segment = Text(allow_null=True, help_text="The segment that was made.")
