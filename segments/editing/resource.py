"""Segments as a resource: the fields that may be written, and the fields that are shown."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from rest_framework import serializers

from core.api.parsing import (
    CodesField,
    StrictSerializer,
    TextField,
    TreeField,
    WholeNumberField,
    YesNoField,
)
from core.resources.fields import ChoiceField
from core.resources.resource import Precondition, Saved
from core.resources.serializers import ResourceSerializer
from customers.models import AuditSubject
from segments.editing.deletion import delete_segments
from segments.editing.saving import RESERVED_CODES, create_segment, save_segment
from segments.models import AppliesTo, RefreshMode, Segment, SegmentStatus, empty_tree
from segments.rules.definition import Definition, as_json, parts_of
from segments.rules.users import NamesSegments
from segments.rules.website_limits.coverage import OfSegments
from segments.rules.website_limits.websites import members_count_of

LOWEST, HIGHEST = -(2**31), 2**31 - 1


class RelatedCodesField(CodesField):
    """The codes of related rows."""

    def to_representation(self, data: Any) -> list[str]:
        return [row.code for row in data.all()]


class TagsField(CodesField):
    """The tags of a segment."""

    def to_representation(self, data: Any) -> list[str]:
        return [one.tag for one in data.all()]


class SegmentFields(StrictSerializer):
    """What is written of a segment but its code."""

    name = TextField(max_length=255)
    description = TextField(default="", allow_blank=True, trim_whitespace=False)
    conditions = TreeField(default=empty_tree)
    websites = RelatedCodesField(default=list)
    customer_groups = RelatedCodesField(default=list)
    applies_to = ChoiceField(AppliesTo.choices, default=AppliesTo.REGISTERED)
    refresh_mode = ChoiceField(RefreshMode.choices, default=RefreshMode.AUTO)
    refresh_schedule = TextField(default="", allow_blank=True, max_length=128)
    is_active = YesNoField(default=True)
    priority = WholeNumberField(default=0, min_value=LOWEST, max_value=HIGHEST)
    tags = TagsField(default=list)


class SegmentSerializer(ResourceSerializer, SegmentFields):
    """A segment: what it says, how it is treated, how it stands."""

    reserved_codes = RESERVED_CODES
    sentence = serializers.CharField(read_only=True)
    members_count = serializers.SerializerMethodField()
    status = ChoiceField(SegmentStatus.choices, read_only=True)
    is_stale = serializers.BooleanField(read_only=True)
    stale_reason = serializers.CharField(read_only=True)
    is_costly = serializers.BooleanField(read_only=True)

    class Meta:
        model = Segment
        fields: ClassVar = [
            *("code", "name", "description", "conditions", "websites", "customer_groups"),
            *("applies_to", "refresh_mode", "refresh_schedule", "is_active", "priority", "tags"),
            *("version", "sentence", "members_count", "refreshed_at", "as_of", "status"),
            *("is_stale", "stale_reason", "quarantined_at", "is_costly"),
        ]

    def get_members_count(self, segment: Segment) -> int:
        return members_count_of(segment)

    def row_with(self, values: Mapping[str, Any]) -> Any:
        """Return the row with only its code; `segments.editing.saving` sets the values."""
        return super().row_with({})


class Segments(NamesSegments):
    """All segments, as programs write them; `segments.editing` validates and stores them.

    A version contains only the definition: restoring a version leaves the handling unchanged.
    """

    serializer = SegmentSerializer
    subject = AuditSubject.SEGMENT
    usual_code = "segment"
    coverage = OfSegments()

    def rows(self) -> Any:
        return Segment.objects.with_status()

    def lock(self, pk: Any) -> Any:
        """Return the stored segment after locking all definitions.

        Saving takes the row lock itself; deletion takes the members lock before the row lock, as a
        refresh does.
        """
        self.hold()
        return self.rows().get(pk=pk)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        return as_json(Definition(name="", conditions=empty_tree()))

    def checked(self, row: Any, document: Any, **more: Any) -> ResourceSerializer:
        """Return the validated serializer of `document`; a new segment without a code gets one."""
        if row is None and isinstance(document, Mapping) and "code" not in document:
            document = {**document, "code": self.free_code(document.get("name"))}
        return super().checked(row, document, **more)

    def store(self, serializer: ResourceSerializer, *, author: Any) -> Saved:
        definition, handling = parts_of(serializer.values)
        row: Any = serializer.row
        if serializer.instance is None:
            saved = create_segment(definition, handling, code=row.code, author=author)
        else:
            saved = save_segment(row, definition, handling, author=author)
        return Saved(self.rows().get(pk=saved.segment.pk), saved.warnings)

    def restore(
        self, row: Any, number: int, *, author: Any, precondition: Precondition | None = None
    ) -> Saved:
        definition = self.definition_of(row.versions.get(number=number))
        return self.change(row, definition, author=author, precondition=precondition)

    def delete_locked(self, row: Any, *, author: Any) -> None:
        delete_segments([row], author=author)


SEGMENTS = Segments()
