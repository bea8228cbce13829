"""The responses about trees: previews, explanations, overlaps, values, readings, the registry."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from conditions.reading import Reading, TreeRead, Unread
from core.api.openapi.schema import FindingSerializer
from core.api.parsing import ClockField
from core.api.response_fields import NumberField
from customers.api.people import PersonSerializer
from segments.insight.overlap import Intersection, Overlap
from segments.insight.previews.node_counts import NodeCount
from segments.insight.previews.preview import Preview
from segments.models import Segment
from segments.rules.evaluation.cost import cost_sentence


class BorderField(serializers.CharField):
    """The border of a rank; left out for nodes that are no rank. The context has all `borders`."""

    def get_attribute(self, instance: NodeCount) -> str:
        borders: Mapping[str, str] = self.context["borders"]
        if instance.path not in borders:
            raise serializers.SkipField
        return borders[instance.path]


class NodeCountSerializer(serializers.Serializer[NodeCount]):
    """How many customers one node chooses by itself, and with all that stands before it."""

    path = serializers.CharField()
    alone = serializers.IntegerField(allow_null=True)
    remaining = serializers.IntegerField(allow_null=True)
    border = BorderField(required=False)


class FiguresSerializer(serializers.Serializer[Preview]):
    """What the members buy, in the base currency; null for those who may not see orders."""

    customers = serializers.IntegerField(source="figures.customers")
    mailable = serializers.IntegerField(
        allow_null=True,
        help_text="How many can be mailed; null for those who may not see members.",
    )
    orders = serializers.IntegerField(source="figures.orders", allow_null=True)
    sales = serializers.DecimalField(None, 4, source="figures.sales", allow_null=True)
    average_order = serializers.DecimalField(
        None, 4, source="figures.average_order", allow_null=True
    )

    def get_attribute(self, instance: Preview) -> Preview | None:
        return None if instance.figures is None else instance

    def to_representation(self, instance: Preview) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if self.context["request"].user.has_perm("customers.view_order"):
            return shown
        return {**shown, "orders": None, "sales": None, "average_order": None}


class CostField(serializers.CharField):
    """The sentence about the cost of keeping a segment up to date; empty where it is small."""

    def get_attribute(self, instance: Preview) -> str:
        return cost_sentence(instance.batch_seconds)


class PreviewSerializer(serializers.Serializer[Preview]):
    """The customers that a tree chooses; where counting took too long, `count` is null and there is
    an estimate."""

    count = serializers.IntegerField(allow_null=True)
    exact = serializers.BooleanField()
    estimate = serializers.IntegerField(allow_null=True)
    scope_count = serializers.IntegerField(allow_null=True)
    as_of = ClockField()
    engine = serializers.CharField(allow_blank=True)
    elapsed_ms = NumberField()
    customers = PersonSerializer(many=True)
    sentence = serializers.CharField()
    warnings = FindingSerializer(many=True)
    costly = CostField(source="batch_seconds", required=False, allow_blank=True)
    counts = NodeCountSerializer(many=True, required=False)
    figures = FiguresSerializer(source="*", required=False, allow_null=True)

    def to_representation(self, instance: Preview) -> dict[str, Any]:
        """Return all fields but those in the context's `left_out`."""
        shown = super().to_representation(instance)
        return {name: shown[name] for name in shown if name not in self.context["left_out"]}


class MembershipExplanationSerializer(serializers.Serializer[Any]):
    """Whether a customer is in, and why; `explanation` is the tree, annotated."""

    member = serializers.BooleanField()
    as_of = ClockField()
    in_scope = serializers.BooleanField(required=False)
    override = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    explanation = serializers.DictField(allow_null=True)
    problems = FindingSerializer(many=True, required=False)


class ExplanationOfPersonSerializer(MembershipExplanationSerializer):
    """Whether a customer is in, and why, with the customer."""

    customer = PersonSerializer()


class SegmentCodeField(serializers.CharField):
    """The code of a segment."""

    def to_representation(self, value: Segment) -> str:  # type: ignore[override]
        return value.code


class IntersectionSerializer(serializers.Serializer[Intersection]):
    """How many are in all of these, and how many in these and no other."""

    segments = serializers.ListField(child=SegmentCodeField())
    count = serializers.IntegerField()
    only = serializers.IntegerField()


class OverlapSerializer(serializers.Serializer[Overlap]):
    """Counts of every intersection."""

    total = serializers.IntegerField()
    intersections = IntersectionSerializer(many=True)


class ValueSerializer(serializers.Serializer[Any]):
    """A value, and its name for people."""

    value = serializers.JSONField()
    label = serializers.CharField()  # type: ignore[assignment]


class SuggestedValueSerializer(ValueSerializer):
    """The same, with the names of what stands above it in a tree, the top first."""

    above = serializers.ListField(child=serializers.CharField(), required=False)


class CountedValueSerializer(serializers.Serializer[Any]):
    """A value, and how many customers have it."""

    value = serializers.CharField()
    count = serializers.IntegerField()


class KnownValueSerializer(ValueSerializer):
    """The same, with the text that was asked about."""

    text = serializers.CharField()


class TreeReadSerializer(serializers.Serializer[TreeRead]):
    """One reading of a sentence."""

    conditions = serializers.DictField()
    sentence = serializers.CharField()


class UnreadSerializer(serializers.Serializer[Unread]):
    """A part of a sentence that stands in no reading, by its characters, and what is near it."""

    to = serializers.IntegerField(source="end")
    text = serializers.CharField()
    offers = serializers.ListField(child=serializers.CharField())

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.IntegerField(source="start"), **super().get_fields()}


class ReadingSerializer(serializers.Serializer[Reading]):
    """What a sentence may mean, the likeliest first."""

    readings = TreeReadSerializer(many=True)
    unread = UnreadSerializer(many=True)


class RegistrySerializer(serializers.Serializer[Any]):
    """Everything that trees can contain; `docs/conditions.md` explains each part."""

    base_currency = serializers.CharField()
    limits = serializers.DictField(child=serializers.IntegerField())
    usual_values = serializers.DictField(child=serializers.IntegerField())
    matches = serializers.ListField(child=serializers.DictField())
    periods = serializers.ListField(child=serializers.DictField())
    types = serializers.DictField(child=serializers.DictField())
    aggregates = serializers.ListField(child=serializers.DictField())
    relations = serializers.DictField(child=serializers.DictField())
    attributes = serializers.DictField(child=serializers.DictField())
    countries = serializers.JSONField()
    families = serializers.ListField(child=serializers.DictField())
