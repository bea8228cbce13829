"""Copies segments."""

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers.imports.named.named_customers import By, Name, Names
from segments.editing.lists import Verb, change_list
from segments.editing.saving import Saved, create_segment
from segments.models import Segment
from segments.rules.definition import Definition, Handling, definition_of, handling_of


def duplicate(segment: Segment, *, author: Any) -> Saved:
    """Store a copy of `segment` for `author`, with its definition, its handling and its list.

    The copy has a code, a history and members of its own, and no overrides. Raises
    InvalidDefinition where the stored conditions are no longer valid.
    """
    return save_as_new(segment, definition_of(segment), handling_of(segment), author=author)


def save_as_new(
    segment: Segment, definition: Definition, handling: Handling, *, author: Any
) -> Saved:
    """Store an edited definition of `segment` as a new segment; see `duplicate`.

    Unless the name has been changed, the new segment is named a copy of `segment`.
    """
    if definition.name.strip() == segment.name:
        definition = replace(definition, name=_name_of_copy(segment.name))
    with transaction.atomic():
        saved = create_segment(definition, handling, author=author)
        if segment.is_list:
            _copy_list(segment, saved.segment, author)
    return saved


def _name_of_copy(name: str) -> str:
    most = Segment._meta.get_field("name").max_length
    return (_("Copy of %(name)s") % {"name": name})[:most]


def _copy_list(segment: Segment, copy: Segment, author: Any) -> None:
    numbers = segment.listed.order_by("customer").values_list("customer__external_id", flat=True)
    rows = (Name(place, number) for place, number in enumerate(numbers.iterator()))
    change_list(copy, Verb.ADD, Names(By.ID, rows), skip_unknown=True, author=author)
