"""The list and the form of segments; `segments.admin.pages` has their other pages."""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ExportActionMixin
from import_export.formats.base_formats import CSV, JSON

from core.access.website_limits import is_limited, limit_rows
from core.admin.guarded import OwnLookups
from core.resources.deletion import DeletionPage
from core.text.folding import fold
from customers.admin.files.exchange import ExchangeAdmin
from customers.admin.filters import OwnWebsitesFilter
from customers.models import Website
from segments.admin.builder.form import SegmentForm
from segments.admin.builder.preview import (
    find_kept_form,
    forget_forms,
    keep_form,
    preview_context,
)
from segments.admin.builder.settings_line import settings_line
from segments.admin.new_segments.definition_files import SegmentResource
from segments.admin.pages import SegmentPages
from segments.admin.segment_list.actions import (
    SegmentActionForm,
    activate_selected,
    compare_selected,
    deactivate_selected,
    duplicate_selected,
    refresh_selected,
    tag_selected,
    untag_selected,
)
from segments.admin.segment_list.deletion import consequences, uses_by_others
from segments.admin.segment_list.listing import (
    SegmentChangeList,
    SegmentColumns,
    StatusFilter,
    TagFilter,
    list_context,
    with_change,
)
from segments.admin.segment_pages.head import head_of
from segments.admin.segment_pages.refresh_timing import outlook
from segments.admin.segment_pages.refreshing import UNTIL_REFRESHED, refresh
from segments.editing.deletion import SegmentInUse, delete_segments
from segments.editing.duplication import save_as_new
from segments.editing.resource import SEGMENTS
from segments.editing.saving import InvalidDefinition, VersionConflict, create_segment, save_segment
from segments.models import RefreshMode, Segment
from segments.models.recurrence import describe_schedule
from segments.rules.between_versions import outline
from segments.rules.definition import tags_of
from segments.rules.website_limits.websites import may_change_within, seen_by

# The places of the fields in the workbench (workbench.html).
NAME, CONDITIONS, SETTING = "workbench-name", "workbench-conditions", "workbench-setting"
ABOUT: Any = (
    gettext_lazy("About it"),
    {"fields": ["description", "tags", "code"], "classes": [SETTING]},
)
SCOPE: Any = (
    gettext_lazy("Scope"),
    {"fields": ["applies_to", "websites", "customer_groups"], "classes": [SETTING]},
)
# A list has no conditions and no schedule.
OF_LIST = [
    (None, {"fields": ["name", "opened_version", "refresh_mode"], "classes": [NAME]}),
    ABOUT,
    SCOPE,
    (gettext_lazy("Handling"), {"fields": ["is_active", "priority"], "classes": [SETTING]}),
]


# Readers see words instead of JSON and cron expressions.
READ_AS = {
    "conditions": "conditions_in_words",
    "refresh_schedule": "schedule_in_words",
    "tags": "tag_list",
}


def _wants_list(request: HttpRequest) -> bool:
    """Return whether the form of a new segment is for a list."""
    given = request.POST if request.method == "POST" else request.GET
    return given.get("refresh_mode") == RefreshMode.LIST


def _is_own(request: HttpRequest, segment: Segment | None) -> bool:
    """Return whether the user's limit to websites allows changing `segment`."""
    return segment is None or may_change_within(request.user, segment)


@admin.register(Segment)
class SegmentAdmin(
    SegmentPages,
    SegmentColumns,
    OwnLookups,
    ExchangeAdmin,
    ExportActionMixin,
    DeletionPage,
):
    """Segments in the admin: creating, refreshing and looking at members."""

    resource = SEGMENTS
    form = SegmentForm
    resource_classes = [SegmentResource]
    # A tree may be longer than a cell of a spreadsheet.
    formats = [CSV, JSON]
    example = {
        "code": "best-customers",
        "name": "Best customers",
        "description": "",
        "conditions": json.dumps(
            {
                "match": "all",
                "conditions": [
                    {"attribute": "lifetime.number_of_orders", "operator": "gte", "value": 5}
                ],
            }
        ),
        "tags": "vip|sales",
    }
    change_form_template = "admin/segments/segment/change_form.html"
    import_export_change_list_template = "admin/segments/segment/change_list.html"
    show_change_form_export = False
    save_as = True
    list_display = [
        "name_and_sentence",
        "members",
        "trend",
        "refresh_state",
        "activity",
    ]
    list_display_links = None
    list_filter = [
        TagFilter,
        StatusFilter,
        "is_active",
        "refresh_mode",
        ("websites", OwnWebsitesFilter),
    ]
    list_per_page = 50
    website_pages = (
        *("changelist_view", "add_view", "change_view", "delete_view", "export_action"),
    )
    search_fields = ["name_folded__contains", "code__contains", "tags__tag_folded__contains"]
    action_form = SegmentActionForm
    actions = [
        *(compare_selected, refresh_selected, activate_selected, deactivate_selected),
        *(tag_selected, untag_selected, duplicate_selected),
    ]
    fieldsets = [
        (None, {"fields": ["name"], "classes": [NAME]}),
        ABOUT,
        SCOPE,
        (
            gettext_lazy("Refreshing"),
            {
                "fields": ["refresh_mode", "refresh_schedule", "is_active", "priority"],
                "classes": [SETTING],
            },
        ),
        (None, {"fields": ["conditions", "opened_version"], "classes": [CONDITIONS]}),
    ]

    class Media:
        css = {"all": ["segments/admin.css", "segments/schedule.css"]}
        js = [Script("segments/status.js", type="module")]

    # The list ---------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        rows = Segment.objects.with_status().select_related("created_by", "managed")
        return with_change(seen_by(rows, request.user))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Segment], search_term: str
    ) -> tuple[QuerySet[Segment], bool]:
        return super().get_search_results(request, queryset, fold(search_term))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[SegmentChangeList]:
        return SegmentChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = (extra_context or {}) | list_context(request)
        try:
            return super().changelist_view(request, context)
        except SegmentInUse as error:
            return self.explain_refusal(request, error)

    # Permissions --------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_own(request, obj)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "websites" and is_limited(request.user):
            kwargs["queryset"] = limit_rows(Website.objects.all(), request.user, "pk")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_refresh_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("segments.refresh_segment")

    def has_compare_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and not is_limited(request.user)

    def get_valid_export_item_pks(self, request: HttpRequest) -> list[int]:
        return list(self.get_queryset(request).values_list("pk", flat=True))

    # The form ---------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Segment | None = None) -> Any:
        is_list = obj.is_list if obj else _wants_list(request)
        fieldsets = OF_LIST if is_list else super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (name, {**options, "fields": [READ_AS.get(str(one), one) for one in fields]})
            for name, options in fieldsets
            for fields in [[one for one in options["fields"] if one != "opened_version"]]
        ]

    @admin.display(description=gettext_lazy("Tags"))
    def tag_list(self, segment: Segment) -> str:
        return ", ".join(tags_of(segment))

    @admin.display(description=gettext_lazy("Conditions"))
    def conditions_in_words(self, segment: Segment) -> str:
        lines = format_html_join(
            "", '<li class="segment-depth-{}">{}</li>', outline(segment.conditions)
        )
        return format_html('<ul class="segment-differences">{}</ul>', lines)

    @admin.display(description=gettext_lazy("Schedule"))
    def schedule_in_words(self, segment: Segment) -> str:
        return describe_schedule(segment.refresh_schedule) or _("every night")

    def get_readonly_fields(self, request: HttpRequest, obj: Segment | None = None) -> list[str]:
        return ["code"] if obj else []

    def get_form(
        self, request: HttpRequest, obj: Segment | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        is_allowed = self.has_change_permission(request, obj) if obj else True
        kept = find_kept_form(request) if is_allowed else None
        return type(form.__name__, (form,), {"kept": kept}) if kept else form

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (VersionConflict, InvalidDefinition):
            # Another save came between the form's check and this save: check again.
            return super().changeform_view(request, *args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Segment, form: SegmentForm, change: bool
    ) -> None:
        definition, handling = form.definition(), form.handling()
        was_active = change and form.initial["is_active"]
        if change:
            saved = save_segment(
                obj,
                definition,
                handling,
                author=request.user,
                opened_version=form.cleaned_data["opened_version"],
            )
        elif "_saveasnew" in request.POST and (opened := self._opened_segment(request)):
            saved = save_as_new(opened, definition, handling, author=request.user)
            obj.pk, obj._state.adding = saved.segment.pk, False
        else:
            saved = create_segment(
                definition, handling, code=form.cleaned_data["code"], author=request.user
            )
            obj.pk, obj._state.adding = saved.segment.pk, False
        obj.refresh_from_db()
        forget_forms(request)
        # The builder shows the condition; several conditions may have the same warning.
        for sentence in dict.fromkeys(one.message for one in saved.warnings):
            self.message_user(request, sentence, messages.WARNING)
        if was_active and not obj.is_active:
            for sentence in uses_by_others([obj], request.user):
                text = _("%(use)s: for it, an inactive segment has no members.")
                self.message_user(request, text % {"use": sentence}, messages.WARNING)
        if "_saverefresh" not in request.POST and (said := outlook(obj)):
            self.message_user(request, said, messages.INFO, extra_tags=UNTIL_REFRESHED)

    def _opened_segment(self, request: HttpRequest) -> Segment | None:
        """Return the segment of the submitted page, if it still exists."""
        found = request.resolver_match
        return self.get_object(request, str(found.kwargs.get("object_id"))) if found else None

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: `segments.editing.saving` has already stored websites and groups."""

    def response_add(self, request: HttpRequest, obj: Segment, *args: Any) -> HttpResponse:
        if "_saverefresh" in request.POST and self.has_refresh_permission(request):
            return refresh(request, obj, {})
        return super().response_add(request, obj, *args)

    def response_post_save_add(self, request: HttpRequest, obj: Segment) -> HttpResponseRedirect:
        name = "list" if obj.is_list else "change"
        return HttpResponseRedirect(reverse(f"admin:segments_segment_{name}", args=[obj.pk]))

    def response_post_save_change(self, request: HttpRequest, obj: Segment) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:segments_segment_change", args=[obj.pk]))

    def response_change(self, request: HttpRequest, obj: Segment) -> HttpResponse:
        if "_saverefresh" in request.POST and self.has_refresh_permission(request):
            return refresh(request, obj, {})
        return super().response_change(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        if request.method == "POST" and form.wants_preview and not form.errors:
            return redirect(keep_form(request))
        segment: Segment | None = context.get("original")
        context["marked_lines"] = form.marked_lines()
        context |= preview_context(request, form, segment)
        context["may_refresh"] = self.has_refresh_permission(request)
        context["is_list"] = "conditions" not in form.fields
        context["settings_line"] = settings_line(form.instance)
        context["settings_open"] = context["is_list"] or any(
            name in form.errors
            for fieldset in context["adminform"]
            if SETTING in fieldset.classes
            for name in form.fields
            if name in flatten(fieldset.fields)
        )
        context["may_save"] = (
            self.has_change_permission(request, segment)
            if segment
            else self.has_add_permission(request)
        )
        # Saving an automatic segment refreshes it anyway.
        context["may_save_and_refresh"] = (
            segment is not None
            and context["may_save"]
            and context["may_refresh"]
            and not (segment.is_automatic or segment.is_list)
        )
        context["may_add"] = self.has_add_permission(request)
        if segment is None and "_saveasnew" in request.POST:
            # The new segment was refused and does not exist; the opened one stays unchanged.
            kwargs |= {"add": True, "change": False}
            context["is_new_only"] = True
        if segment:
            # A refused form has assigned the submitted values to its own instance.
            stored = self.get_queryset(request).get(pk=segment.pk)
            context |= head_of(stored, request.user) | {"tab": "change"}
            # As on the segment's other pages.
            context |= {"title": stored.name, "subtitle": None}
        return super().render_change_form(request, context, *args, **kwargs)

    # Deleting ---------------------------------------------------------------------------------

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return consequences(objs, request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        delete_segments(list(queryset), author=request.user)
