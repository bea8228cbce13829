"""Declared properties as a resource: writable fields and refusals."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from conditions import registry
from conditions.language import types
from conditions.upkeep.stored_trees import is_named, rows_naming
from core.problems import Problem
from core.resources.fields import TextsField
from core.resources.serializers import ResourceSerializer, checks
from personalization.audit import PROPERTY
from personalization.intake.reading import IS_TYPE
from personalization.models import BehaviorProperty
from personalization.properties.attributes import PREFIX
from segments.engine.dependents import dependents_of
from segments.engine.refreshes.runs import leave_to_refresh, lift_quarantine
from segments.models import ChangeReason, Segment
from segments.rules.users import NamesSegments

MOST_OPTIONS, MOST_TYPES = 1_000, 100


def is_reserved(key: str) -> bool:
    """Return whether `behavior.<key>` is there in every shop, so that none may declare it."""
    return registry.is_fixed(f"{PREFIX}{key}")


class PropertySerializer(ResourceSerializer):
    """A property of behaviours; a choice without options is open."""

    code_name = "key"

    options = TextsField(default=list, max_length=MOST_OPTIONS)
    types = TextsField(default=list, max_length=MOST_TYPES)

    class Meta:
        model = BehaviorProperty
        fields: ClassVar = ["key", "label", "type", "options", "types", "version"]

    @checks("key")
    def key_is_free(self, row: BehaviorProperty) -> Iterator[Problem]:
        if self.instance is None and is_reserved(row.key):
            text = _("Every shop has “%(key)s”: choose another key.")
            yield Problem("key", "reserved", text % {"key": row.key})

    @checks("type")
    def type_stays(self, row: BehaviorProperty) -> Iterator[Problem]:
        if self.instance is not None and row.type != self.instance.type:
            text = _("The type never changes: declare another property.")
            yield Problem("type", "read_only", text)

    @checks("type", "options")
    def only_a_choice_has_options(self, row: BehaviorProperty) -> Iterator[Problem]:
        if row.options and row.type != types.CHOICE.name:
            yield Problem("options", "unused_key", _("Only a choice has options."))

    @checks("types")
    def types_are_names_of_types(self, row: BehaviorProperty) -> Iterator[Problem]:
        for number, name in enumerate(row.types):
            if not IS_TYPE(name):
                text = _("A type begins with a letter: at most 64 of a-z, 0-9 and _.")
                yield Problem(f"types[{number}]", "behavior_type", text)


class BehaviorProperties(NamesSegments):
    """All declared properties; one that a stored tree names is not deleted."""

    serializer = PropertySerializer
    subject = PROPERTY
    identity = "key"

    def users(self, row: BehaviorProperty) -> Sequence[str]:
        return rows_naming(f"{PREFIX}{row.key}")

    def before_save(self, row: BehaviorProperty, *, author: Any) -> None:
        """Refresh the segments whose trees name the property, as after a new definition."""
        stored = BehaviorProperty.objects.filter(pk=row.pk).first()
        if stored is not None and stored.options == row.options:
            return
        code = f"{PREFIX}{row.key}"
        segments = [one for one in Segment.objects.all() if is_named(code, one.conditions)]
        for segment in segments:
            lift_quarantine(segment)  # It failed by what was not declared.
        owed = [*segments, *dependents_of(segments)]
        leave_to_refresh(owed, requested_by=author, reason=ChangeReason.DEFINITION)


BEHAVIOR_PROPERTIES = BehaviorProperties()
