"""The responses about stored segments, for the schema; a test compares each response."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.api.parsing import ClockField
from core.api.response_fields import (
    EmptyIfNullField,
    LengthField,
    NullIfEmptyField,
    NullTextField,
)
from segments.editing.lists import Counts as ListCounts
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
    WebhookDelivery,
)


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
