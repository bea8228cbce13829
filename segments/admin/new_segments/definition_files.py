"""Definitions of segments as files: out as they are stored, in through the same checks."""

import json
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import Widget

from customers.admin.files.exchange import CodedResource, TextCell
from customers.imports.staging.cells import BOOLEANS
from segments.admin.builder.marked_tree import printable
from segments.editing.saving import InvalidDefinition, Saved, create_segment, save_segment
from segments.models import Segment
from segments.rules.definition import Definition, Handling, definition_of, handling_of, tags_of
from segments.rules.evaluation.rule import sentence_of


class TreeCell(Widget):
    """A rule tree, as JSON."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return json.dumps(value, ensure_ascii=False)


class CodesCell(Widget):
    """The codes of related rows: `a|b`."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return TextCell().render("|".join(row.code for row in value.all()) if value else "")


class SegmentResource(CodedResource):
    """A segment's definition and how it is treated; an absent column leaves what is stored."""

    code = Field("code", "code", TextCell())
    name = Field("name", "name", TextCell())
    description = Field("description", "description", TextCell())
    conditions = Field("conditions", "conditions", TreeCell())
    websites = Field("websites", "websites", CodesCell())
    customer_groups = Field("customer_groups", "customer_groups", CodesCell())
    tags = Field(column_name="tags", widget=TextCell())
    # For people to read; what is imported is the tree itself.
    sentence = Field(column_name="sentence", readonly=True)

    class Meta:
        model = Segment
        import_id_fields = ("code",)
        report_skipped = use_transactions = True
        fields = (
            "code",
            "name",
            "description",
            "conditions",
            "websites",
            "customer_groups",
            "applies_to",
            "refresh_mode",
            "refresh_schedule",
            "is_active",
            "priority",
            "tags",
            "sentence",
        )

    def dehydrate_tags(self, segment: Segment) -> str:
        return TextCell().render("|".join(tags_of(segment)))

    def dehydrate_sentence(self, segment: Segment) -> str:
        # The shop's own words are in it, such as the labels of custom attributes.
        return TextCell().render(sentence_of(segment, segment.conditions)) if segment.pk else ""

    def import_instance(self, instance: Segment, row: dict[str, Any], **kwargs: Any) -> None:
        """Nothing yet: `save_instance` hands the whole row to `segments.editing.saving`."""

    def skip_row(
        self, instance: Segment, original: Segment, row: dict[str, Any], errors: Any = None
    ) -> bool:
        """Return whether the segment is stored exactly as in the row."""
        if instance._state.adding:
            return False
        try:
            definition, handling = _wanted(instance, row)
            conditions = json.loads(definition.conditions)
        except (ValidationError, TypeError, ValueError, RecursionError):
            return False  # Saving reports the error.
        stored = definition_of(instance)
        return (
            replace(definition, conditions=None) == replace(stored, conditions=None)
            and _spell_tree(conditions) == _spell_tree(stored.conditions)
            and handling == handling_of(instance)
        )

    def save_instance(
        self, instance: Segment, is_create: bool, row: dict[str, Any], **kwargs: Any
    ) -> None:
        author = kwargs.get("user")
        try:
            saved = _save(instance, is_create, row, author)
        except InvalidDefinition as error:
            raise ValidationError(
                {
                    field if field in self.fields else "__all__": [
                        printable(str(one) if field == "conditions" else one.message)
                        for one in problems
                    ]
                    for field, problems in error.by_field.items()
                }
            ) from error
        instance.pk = saved.segment.pk
        instance._state.adding = False
        instance.refresh_from_db()

    def save_m2m(self, instance: Segment, row: dict[str, Any], **kwargs: Any) -> None:
        """Do nothing: `segments.editing.saving` has already stored websites and groups."""


def _save(segment: Segment, is_create: bool, row: dict[str, Any], author: Any) -> Saved:
    definition, handling = _wanted(segment, row)
    if is_create:
        code = _text(row, "code", "")
        return create_segment(definition, handling, code=code, author=author)
    return save_segment(segment, definition, handling, author=author)


def _wanted(segment: Segment, row: dict[str, Any]) -> tuple[Definition, Handling]:
    """Return what the row says of `segment`, which may be a new one; ValidationError."""
    before = Definition(name="") if segment._state.adding else definition_of(segment)
    definition = Definition(
        name=_text(row, "name", before.name),
        description=_text(row, "description", before.description),
        conditions=_text(row, "conditions", "") or _spell_tree(before.conditions),
        websites=_codes(row, "websites", before.websites),
        customer_groups=_codes(row, "customer_groups", before.customer_groups),
        applies_to=_text(row, "applies_to", "") or before.applies_to,
    )
    treated = handling_of(segment)
    handling = Handling(
        refresh_mode=_text(row, "refresh_mode", "") or treated.refresh_mode,
        is_active=_boolean(row, "is_active", treated.is_active),
        priority=_integer(row, "priority", treated.priority),
        tags=_codes(row, "tags", treated.tags),
        refresh_schedule=_text(row, "refresh_schedule", treated.refresh_schedule),
    )
    return definition, handling


def _spell_tree(tree: Any) -> str | None:
    """Return `tree` as one text for each meaning: of equal values, 1 and true are different."""
    return None if tree is None else json.dumps(tree, sort_keys=True)


def _text(row: dict[str, Any], column: str, absent: str) -> str:
    if column not in row:
        return absent
    try:
        return TextCell().clean(row[column])
    except ValueError as error:
        raise ValidationError({column: str(error)}) from error


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
