"""Definitions of segments as files: out as they are stored, in through the same checks."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import ModelResource

from segments.admin.marked_tree import printable
from segments.models import Segment
from segments.saving import (
    Definition,
    Handling,
    InvalidDefinition,
    Saved,
    create_segment,
    definition_of,
    handling_of,
    save_segment,
)

BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class SegmentResource(ModelResource):
    """A segment's definition and how it is treated; an absent column leaves what is stored."""

    conditions = Field(column_name="conditions")
    websites = Field(column_name="websites")
    customer_groups = Field(column_name="customer_groups")

    class Meta:
        model = Segment
        import_id_fields = ("code",)
        fields = (
            "code",
            "name",
            "description",
            "conditions",
            "websites",
            "customer_groups",
            "applies_to",
            "refresh_mode",
            "is_active",
            "priority",
        )

    def dehydrate_conditions(self, segment: Segment) -> str:
        return json.dumps(segment.conditions, ensure_ascii=False)

    def dehydrate_websites(self, segment: Segment) -> str:
        return "|".join(definition_of(segment).websites) if segment.pk else ""

    def dehydrate_customer_groups(self, segment: Segment) -> str:
        return "|".join(definition_of(segment).customer_groups) if segment.pk else ""

    def import_instance(self, instance: Segment, row: dict[str, Any], **kwargs: Any) -> None:
        """Nothing yet: `save_instance` hands the whole row to `segments.saving`."""

    def save_instance(
        self, instance: Segment, is_create: bool, row: dict[str, Any], **kwargs: Any
    ) -> None:
        author = kwargs.get("user")
        try:
            saved = self._save(instance, is_create, row, author)
        except InvalidDefinition as error:
            raise ValidationError(
                {
                    field if field in self.fields else "__all__": [
                        printable(str(one)) for one in problems
                    ]
                    for field, problems in error.problems.items()
                }
            ) from error
        instance.pk = saved.segment.pk
        instance._state.adding = False
        instance.refresh_from_db()

    def save_m2m(self, instance: Segment, row: dict[str, Any], **kwargs: Any) -> None:
        """Nothing left to do: `segments.saving` has stored websites and groups, too."""

    def _save(self, segment: Segment, is_create: bool, row: dict[str, Any], author: Any) -> Saved:
        before = Definition(name="") if is_create else definition_of(segment)
        definition = Definition(
            name=_text(row, "name", before.name),
            description=_text(row, "description", before.description),
            conditions=_text(row, "conditions", "") or before.conditions,
            websites=_codes(row, "websites", before.websites),
            customer_groups=_codes(row, "customer_groups", before.customer_groups),
            applies_to=_text(row, "applies_to", "") or before.applies_to,
        )
        treated = handling_of(segment)
        handling = Handling(
            refresh_mode=_text(row, "refresh_mode", "") or treated.refresh_mode,
            is_active=_boolean(row, "is_active", treated.is_active),
            priority=_integer(row, "priority", treated.priority),
        )
        if is_create:
            code = _text(row, "code", "")
            return create_segment(definition, handling, code=code, author=author)
        return save_segment(segment, definition, handling, author=author)


def _text(row: dict[str, Any], column: str, absent: str) -> str:
    value = row.get(column, absent)
    return "" if value is None else str(value)


def _codes(row: dict[str, Any], column: str, absent: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in _text(row, column, "|".join(absent)).split("|") if code)


def _boolean(row: dict[str, Any], column: str, absent: bool) -> bool:
    text = _text(row, column, "").lower()
    if text and text not in BOOLEANS:
        raise ValidationError({column: _("“%(text)s” is neither yes nor no.") % {"text": text}})
    return BOOLEANS[text] if text else absent


def _integer(row: dict[str, Any], column: str, absent: int) -> int:
    text = _text(row, column, "")
    try:
        return int(text) if text else absent
    except ValueError as error:
        raise ValidationError(
            {column: _("“%(text)s” is not a whole number.") % {"text": text}}
        ) from error
