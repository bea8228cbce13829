"""Pieces of content as a resource: what may be written of one, and what is refused."""

from datetime import datetime
from typing import Any, ClassVar

from rest_framework import serializers

from core.api.parsing import ClockField, WholeNumberField
from core.clock import now
from core.resources.fields import Checked, CheckedField, CodesField, DocumentField
from core.resources.resource import Resource
from core.resources.serializers import ResourceSerializer, checks, ends_after_start
from customers.models import Category
from personalization.experiences import audit
from personalization.experiences.content_bodies import check_body
from personalization.experiences.doubts import doubts_about_piece
from personalization.models import ContentItem


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
