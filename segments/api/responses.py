"""The shapes of the responses about segments for the schema; a test compares each response."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from conditions.reading import Reading, TreeRead, Unread
from core.api.openapi.schema import FindingSerializer
from core.api.parsing import ClockField
from core.api.response_fields import (
    EmptyIfNullField,
    LengthField,
    NullIfEmptyField,
    NullTextField,
    NumberField,
)
from customers.api.people import PersonSerializer
from segments.editing.lists import Counts as ListCounts
from segments.insight.node_counts import NodeCount
from segments.insight.overlap import Intersection, Overlap
from segments.insight.preview import Preview
from segments.lookalikes.result import Lookalikes, LookalikeWarning
from segments.models import (
    AppliesTo,
    ChangeKind,
    DeliveryState,
    Export,
    ExportFormat,
    Membership,
    MembershipChange,
    MembershipOverride,
    OverrideKind,
    RefreshRun,
    RunState,
    Segment,
    WebhookDelivery,
)
from segments.rules.cost import cost_sentence


@extend_schema_serializer(component_name="List")
class ListChangeSerializer(serializers.Serializer[ListCounts]):
    """What became of a list."""

    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    unknown = serializers.IntegerField()
    members_count = serializers.IntegerField()


class LookalikeSerializer(serializers.Serializer[Any]):
    """A customer who buys as the members of a segment do."""

    id = serializers.CharField()
    score = serializers.FloatField()


class ShareField(serializers.FloatField):
    """A share with 4 decimals."""

    def to_representation(self, value: float) -> float:  # type: ignore[override]
        return round(value, 4)


class LookalikesSerializer(serializers.Serializer[Lookalikes]):
    """The look-alikes of a segment; `customers` are the first 100."""

    as_of = ClockField()
    seeds = serializers.IntegerField()
    size = serializers.IntegerField()
    auc = ShareField()
    precision = ShareField()
    chance = ShareField()
    threshold = serializers.FloatField(allow_null=True)
    customers = LookalikeSerializer(many=True)
    warnings = serializers.ListField(child=serializers.ChoiceField(list(LookalikeWarning)))
    segment = NullTextField()


class CheckSerializer(serializers.Serializer[Any]):
    """In which segments the shopper is."""

    segments = serializers.DictField(child=serializers.BooleanField())
    as_of = ClockField()


class VersionSerializer(serializers.Serializer[Any]):
    """A definition as it once was saved."""

    name = serializers.CharField()
    description = serializers.CharField()
    conditions = serializers.DictField()
    websites = serializers.ListField(child=serializers.CharField())
    customer_groups = serializers.ListField(child=serializers.CharField())
    applies_to = serializers.ChoiceField(AppliesTo.choices)
    number = serializers.IntegerField()
    sentence = serializers.CharField()
    author = serializers.CharField(allow_null=True)
    created_at = ClockField()


class RunSerializer(serializers.Serializer[RefreshRun]):
    """One refresh, and how far it is."""

    id = serializers.IntegerField()
    segment = serializers.CharField(source="segment.code")
    state = serializers.ChoiceField(RunState.choices)
    phase = serializers.CharField(allow_blank=True)
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    entered = serializers.IntegerField(allow_null=True)
    left = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    as_of = ClockField(allow_null=True)
    engine = serializers.CharField(allow_blank=True)
    requested_by = serializers.CharField(source="requested_by.username", allow_null=True)
    created_at = ClockField()
    started_at = ClockField(allow_null=True)
    finished_at = ClockField(allow_null=True)
    cancel_requested_at = ClockField(allow_null=True)
    error = serializers.CharField(allow_blank=True)


class MemberSerializer(serializers.Serializer[Membership]):
    """A stored member."""

    id = serializers.CharField(source="customer.external_id")
    email = EmptyIfNullField(source="customer.email")
    name = serializers.CharField(source="customer.name", allow_blank=True)
    entered_at = ClockField()


class SegmentOfCustomerSerializer(serializers.Serializer[Membership]):
    """A segment that a customer is in."""

    code = serializers.CharField(source="segment.code")
    name = serializers.CharField(source="segment.name")
    entered_at = ClockField()


class OverrideSerializer(serializers.Serializer[MembershipOverride]):
    """What was decided about a customer, whatever the conditions say."""

    customer = serializers.CharField(source="customer.external_id")
    kind = serializers.ChoiceField(OverrideKind.choices)
    reason = serializers.CharField(allow_blank=True)
    author = serializers.CharField(source="author.username", allow_null=True)
    created_at = ClockField()


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


class ChangeSerializer(serializers.Serializer[MembershipChange]):
    """Who entered or left; `customer` is null for one who was erased."""

    sequence = serializers.IntegerField()
    segment = serializers.CharField(source="segment.code")
    customer = serializers.CharField(source="customer_external_id", allow_null=True)
    kind = serializers.ChoiceField(ChangeKind.choices)
    reason = serializers.CharField()
    at = ClockField()


class ChangesSerializer(serializers.Serializer[dict[str, Any]]):
    """Changes in order, and where to go on."""

    results = ChangeSerializer(many=True)
    cursor = serializers.CharField()


class ExportUrlField(serializers.CharField):
    """The address of an export's file; null where there is none."""

    def get_attribute(self, instance: Export) -> str | None:
        if not instance.file:
            return None
        address = reverse("api:export-file", args=[instance.token])
        return str(self.context["request"].build_absolute_uri(address))


class ExportSerializer(serializers.Serializer[Export]):
    """An export in the background; `url` is null as long as there is no file, and afterwards."""

    id = serializers.IntegerField()
    segment = serializers.CharField(source="segment.code")
    format = serializers.ChoiceField(ExportFormat.choices)
    columns = serializers.ListField(child=serializers.CharField(), allow_null=True)
    target = serializers.CharField(allow_blank=True)
    raw = serializers.BooleanField()
    bom = serializers.BooleanField()
    since = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(RunState.choices)
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    rows = serializers.IntegerField(allow_null=True)
    left_out = serializers.IntegerField(allow_null=True)
    cursor = serializers.CharField(allow_null=True)
    size = serializers.IntegerField(allow_null=True)
    sha256 = NullIfEmptyField()
    created_at = ClockField()
    started_at = ClockField(allow_null=True)
    finished_at = ClockField(allow_null=True)
    cancel_requested_at = ClockField(allow_null=True)
    expires_at = ClockField(allow_null=True)
    url = ExportUrlField(allow_null=True)
    error = serializers.CharField(allow_blank=True)


class DeliverySerializer(serializers.Serializer[WebhookDelivery]):
    """A delivery that was sent, waits or was given up; `id` is the header `webhook-id`."""

    id = serializers.CharField(source="message_id")
    is_test = serializers.BooleanField()
    state = serializers.ChoiceField(DeliveryState.choices)
    changes = LengthField(source="sequences")
    attempts = serializers.IntegerField()
    status_code = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    created_at = ClockField()
    attempted_at = ClockField(allow_null=True)
