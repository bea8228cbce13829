"""Priority lists in the admin: list, form and history."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.resources.admin import ResourceForm
from core.text.formats import first_named, first_names, in_quotes
from segments.admin.new_segments.prefilled import SegmentStarter
from segments.editing.priority_lists import MOST_SEGMENTS, PRIORITY_LISTS
from segments.models import PriorityList, Segment
from segments.rules.in_conditions.references import PRIORITY_LIST

# The number of empty places at the end of the form, and the least number of places.
MORE_PLACES, LEAST_PLACES = 3, 5


def _all_names() -> dict[str, str]:
    return dict(Segment.objects.order_by("name", "code").values_list("code", "name"))


def _in_order(row: PriorityList, names: Mapping[str, str]) -> str:
    return " › ".join(names.get(code, code) for code in row.segments)


class PlacesWidget(forms.Widget):
    """A select for each place, the first place on top; empty places are ignored."""

    template_name = "admin/segments/prioritylist/places.html"
    choices: Sequence[tuple[str, str]] = ()

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = list(value or ())
        count = min(MOST_SEGMENTS, max(LEAST_PLACES, len(chosen) + MORE_PLACES))
        chosen += [""] * (count - len(chosen))
        context["places"] = [
            {"code": code, "label": _("Place %(number)d") % {"number": number}}
            for number, code in enumerate(chosen, 1)
        ]
        context["choices"] = self.choices
        return context

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return render_to_string(self.template_name, self.get_context(name, value, attrs))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [code for code in data.getlist(name) if code]

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_1" if id_ else ""


class PlacesField(forms.Field):
    """Ordered codes of segments."""

    widget = PlacesWidget

    def offer(self, stored: Sequence[str]) -> None:
        """Offer all segments by name, and also deleted ones among the `stored` codes."""
        names = _all_names()
        gone = _("%(code)s (gone or inactive)")
        names |= {code: gone % {"code": code} for code in stored if code not in names}
        cast(PlacesWidget, self.widget).choices = [("", _("Choose …")), *names.items()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or ()) != list(data or ())


class PriorityListForm(ResourceForm):
    """The form of a priority list."""

    resource = PRIORITY_LISTS
    segments = PlacesField(
        label=gettext_lazy("Segments"),
        help_text=gettext_lazy(
            "A customer counts for the first of them that they are a member of. Inactive segments "
            "have no members. Save to get more places."
        ),
    )

    class Meta:
        model = PriorityList
        fields = ("name", "code")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        stored = self.instance.segments or []
        self.initial["segments"] = stored
        if "segments" in self.fields:  # A read-only form has no fields.
            cast(PlacesField, self.fields["segments"]).offer(stored)
        if "code" in self.fields:
            self.fields["code"].help_text = _(
                "The name by which conditions know the list; it never changes. Left empty, it is "
                "made from the name."
            )


@admin.register(PriorityList)
class PriorityListAdmin(SegmentStarter):
    """Priority lists, by which merchants decide which of several segments counts for a customer."""

    resource, form = PRIORITY_LISTS, PriorityListForm
    empty_text = gettext_lazy(
        "A priority list puts segments in order, so that of several only the first one counts for "
        "a customer."
    )
    list_display = ("name", "code", "in_order")
    search_fields = ("name_folded__contains", "code__contains")
    show_full_result_count = False

    def conditions_on(self, row: PriorityList) -> list[dict[str, Any]]:
        attribute = f"{PRIORITY_LIST}{row.code}"
        return [{"attribute": attribute, "operator": "is", "value": row.segments[0]}]

    def get_list_display(self, request: HttpRequest) -> Any:
        names = SimpleLazyObject(_all_names)  # Queried once for all rows.

        @admin.display(description=gettext_lazy("Segments"))
        def in_order(row: PriorityList) -> str:
            return _in_order(row, cast(dict[str, str], names))

        columns = super().get_list_display(request)
        return [in_order if name == "in_order" else name for name in columns]

    @admin.display(description=gettext_lazy("Segments"))
    def in_order(self, row: PriorityList) -> str:
        return _in_order(row, _all_names())

    def get_fieldsets(self, request: HttpRequest, obj: PriorityList | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": ["name", "code", "in_order"]})]
        return [(None, {"fields": ["name", "code", "segments", "opened_version"]})]

    def get_readonly_fields(
        self, request: HttpRequest, obj: PriorityList | None = None
    ) -> list[str]:
        if obj is None:
            return []
        return ["code"] if self.has_change_permission(request, obj) else ["code", "in_order"]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name the usages that prevent the deletion; versions are deleted with the list."""
        kept = [name for one in objs for name in self.resource.users(one)]
        if kept:
            text = _("What asks for this list keeps it from being deleted: %(names)s.")
            names = first_named([in_quotes(name) for name in kept])
            self.message_user(request, text % {"names": names}, messages.WARNING)
        return [str(one) for one in objs], {}, set(), first_names(kept)
