"""Declared properties of behaviours: list and form."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conditions.registry import rows
from core.problems import Problem
from core.resources.admin import ResourceForm
from personalization.admin.typed_lines import ValuesField
from personalization.models import BehaviorProperty
from personalization.properties.resource import BEHAVIOR_PROPERTIES
from segments.admin.new_segments.prefilled import SegmentStarter


class PropertyForm(ResourceForm):
    """All of a property."""

    resource = BEHAVIOR_PROPERTIES

    options = ValuesField(
        _("Options"), _("Of a choice: one in each line. Empty: it may have any value.")
    )
    types = ValuesField(
        _("Types of behaviour"),
        _("The types that have it, one in each line, such as quiz. Empty: it may be in all."),
    )

    class Meta:
        model = BehaviorProperty
        fields = ("key", "label", "type", "options", "types")

    def report(self, problem: Problem) -> None:
        """Show a finding at its field; one about a typed value names its line."""
        name, bracket, rest = problem.path.partition("[")
        if bracket and name in self.fields:
            line = _("Line %(number)d: %(message)s")
            place = {"number": int(rest.partition("]")[0]) + 1, "message": problem.message}
            self.add_error(name, line % place)
        else:
            super().report(problem)


@admin.register(BehaviorProperty)
class PropertyAdmin(SegmentStarter):
    """Where merchants declare which data of behaviours conditions ask for."""

    resource, form = BEHAVIOR_PROPERTIES, PropertyForm
    empty_text = _(
        "A property is a detail of what customers do, such as the result of a quiz. Add one "
        "to use it in the conditions of segments."
    )
    list_display = ["label", "key", "type"]
    list_filter = ["type"]
    search_fields = ["key__icontains", "label__icontains"]

    def conditions_on(self, row: BehaviorProperty) -> list[dict[str, Any]]:
        return [
            rows(
                "behaviors",
                "exists",
                {"attribute": f"behavior.{row.key}", "operator": "is_not_empty"},
            )
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ["label", "key", "type", "options", "types"]
        if obj is None or self.has_change_permission(request, obj):
            fields.append("opened_version")
        return [(None, {"fields": fields})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else ["key", "type"]
