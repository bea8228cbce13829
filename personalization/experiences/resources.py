"""Placements and content as resources: what may be written of one, and what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from rest_framework import serializers

from core.api.parsing import ClockField, WholeNumberField
from core.clock import now
from core.resources.fields import Checked, CheckedField, CodesField, DocumentField, RowField
from core.resources.resource import Resource
from core.resources.serializers import ResourceSerializer, checks, ends_after_start
from customers.models import Category, Website
from personalization.experiences import audit
from personalization.experiences.content_bodies import check_body
from personalization.experiences.content_kinds import checked_content
from personalization.experiences.doubts import doubts_about, doubts_about_piece, falsified_by
from personalization.experiences.saving import delete
from personalization.models import ContentItem, Placement


def check_shown(content: Mapping[str, Any], _stored: Any) -> Checked:
    """Return what a placement or a variant shows, as it is stored."""
    found, problems = checked_content(content, "")
    return Checked(found, [replace(one, path=one.path.removeprefix(".")) for one in problems])


class PlacementSerializer(ResourceSerializer):
    """A placement; `website` is null for all of them."""

    website = RowField(of=Website, default=None, allow_null=True)
    default_content = DocumentField(judge=check_shown, default=dict)

    class Meta:
        model = Placement
        fields: ClassVar = [
            *("code", "page_type", "website", "default_content", "is_active", "version"),
        ]

    @checks("default_content")
    def default_is_as_it_is_meant(self, placement: Placement) -> None:
        content = placement.default_content
        self.warnings += doubts_about(content, "default_content")
        if self.instance is not None:
            self.warnings += falsified_by(self.instance, content)


class Placements(Resource):
    """All placements."""

    serializer = PlacementSerializer
    subject = audit.PLACEMENT

    def rows(self) -> Any:
        return super().rows().select_related("website")

    def users(self, row: Placement) -> list[str]:
        """Return the experiments about it; it can be made inactive instead."""
        return list(row.experiments.order_by("code").values_list("code", flat=True))

    def before_delete(self, row: Placement, *, author: Any) -> None:
        for variant in row.variants.select_related("placement"):
            delete(variant, author=author)


PLACEMENTS = Placements()


class MonthsField(CheckedField, serializers.ListField):
    """Months of the year, numbers from 1; kept in their order, each once."""

    child = WholeNumberField(min_value=1, max_value=12)

    def check(self, value: Any, stored: Any) -> Checked:
        return Checked(sorted(set(value)))


class _StoredOrNow:
    """The default of an instant: that of the stored row, now for a new one."""

    requires_context = True

    def __call__(self, field: Any) -> datetime:
        row = field.parent.instance
        return now() if row is None else getattr(row, field.source)


class ContentSerializer(ResourceSerializer):
    """A piece of content; it is published now unless it says when."""

    published_at = ClockField(default=_StoredOrNow())  # type: ignore[arg-type]
    categories = CodesField(of=Category, default=list, max_length=100)
    months = MonthsField(default=list, max_length=12)
    body = DocumentField(judge=check_body, default=dict)

    class Meta:
        model = ContentItem
        fields: ClassVar = [
            *("code", "type", "published_at", "expires_at", "categories", "months", "body"),
            "version",
        ]

    times_are_in_order = ends_after_start("published_at", "expires_at")

    @checks("type", "body")
    def body_suits_the_type(self, item: ContentItem) -> None:
        self.warnings += doubts_about_piece(item.type, item.body)


class Content(Resource):
    """All pieces of content."""

    serializer = ContentSerializer
    subject = audit.CONTENT


CONTENT = Content()
