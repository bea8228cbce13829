"""The segments' list and form, and the addresses of the pages beside them."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.forms.widgets import Script
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ExportActionMixin
from import_export.formats.base_formats import CSV, JSON

from conditions.errors import InvalidTree
from conditions.parse import parse_tree
from customers.admin.exchange import ExchangeAdmin
from customers.folding import fold
from segments.admin.actions import activate_selected, deactivate_selected, refresh_selected
from segments.admin.deletion import consequences
from segments.admin.export import export
from segments.admin.form import SegmentForm
from segments.admin.history import history_page, restore
from segments.admin.maho import import_page
from segments.admin.members import members_page
from segments.admin.overrides import overrides_page, remove
from segments.admin.resource import SegmentResource
from segments.admin.status import ICONS, segment_badge
from segments.definition import sentence_of
from segments.deletion import SegmentInUse, delete_segments
from segments.models import Segment, SegmentStatus
from segments.preview import PreviewFailed
from segments.runs import SegmentInactive, request_refresh
from segments.saving import InvalidDefinition, VersionConflict, create_segment, save_segment

CHANGE = "segments.change_segment"


class StatusFilter(admin.SimpleListFilter):
    """Segments of one status."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, str(status.label)) for status in SegmentStatus]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> QuerySet[Segment]:
        return queryset.filter(Q(current_status=self.value())) if self.value() else queryset


@admin.register(Segment)
class SegmentAdmin(ExchangeAdmin, ExportActionMixin, admin.ModelAdmin[Segment]):
    """Where merchants make segments, refresh them and see who is in them."""

    form = SegmentForm
    resource_classes = [SegmentResource]
    # A tree may be longer than a cell of a spreadsheet.
    formats = [CSV, JSON]
    change_form_template = "admin/segments/segment/change_form.html"
    import_export_change_list_template = "admin/segments/segment/change_list.html"
    show_change_form_export = False
    list_display = [
        "name_and_sentence",
        "status_badge",
        "members",
        "last_refreshed",
        "is_active",
        "refresh_mode",
        "code",
    ]
    list_display_links = None
    list_filter = [StatusFilter, "is_active", "refresh_mode", "websites"]
    search_fields = ["name_folded__contains", "code__contains"]
    actions = [refresh_selected, activate_selected, deactivate_selected]
    fieldsets = [
        (None, {"fields": ["name", "code", "description"]}),
        (gettext_lazy("Scope"), {"fields": ["applies_to", "websites", "customer_groups"]}),
        (gettext_lazy("Conditions"), {"fields": ["conditions", "opened_version"]}),
        (gettext_lazy("Refreshing"), {"fields": ["is_active", "refresh_mode", "priority"]}),
    ]

    class Media:
        css = {"all": ["segments/admin.css"]}
        js = [Script("segments/status.js", type="module")]

    # The list ---------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        return Segment.objects.with_status()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Segment], search_term: str
    ) -> tuple[QuerySet[Segment], bool]:
        return super().get_search_results(request, queryset, fold(search_term))

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def name_and_sentence(self, segment: Segment) -> SafeString:
        return format_html(
            '<a href="{}">{}</a><p class="segment-quiet">{}</p>',
            reverse("admin:segments_segment_change", args=[segment.pk]),
            segment.name,
            Truncator(sentence_of(segment.conditions)).chars(160),
        )

    @admin.display(description=gettext_lazy("status"))
    def status_badge(self, segment: Segment) -> SafeString:
        return segment_badge(segment)

    @admin.display(description=gettext_lazy("members"), ordering="members_count")
    def members(self, segment: Segment) -> str:
        return "–" if segment.refreshed_at is None else intcomma(segment.members_count)

    @admin.display(description=gettext_lazy("last refreshed"), ordering="refreshed_at")
    def last_refreshed(self, segment: Segment) -> str:
        if segment.refreshed_at is None:
            return "–"
        return date_format(localtime(segment.refreshed_at), "SHORT_DATETIME_FORMAT")

    # Who may do what --------------------------------------------------------------------------

    def has_refresh_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("segments.refresh_segment")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_valid_export_item_pks(self, request: HttpRequest) -> list[int]:
        return list(self.get_queryset(request).values_list("pk", flat=True))

    # The form ---------------------------------------------------------------------------------

    def get_readonly_fields(self, request: HttpRequest, obj: Segment | None = None) -> list[str]:
        return ["code"] if obj else []

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (VersionConflict, InvalidDefinition):
            # Somebody was faster between the form's check and the save: the check sees it now.
            return super().changeform_view(request, *args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Segment, form: SegmentForm, change: bool
    ) -> None:
        definition, handling = form.definition(), form.handling()
        if change:
            saved = save_segment(
                obj,
                definition,
                handling,
                author=request.user,
                opened_version=form.cleaned_data["opened_version"],
            )
        else:
            saved = create_segment(
                definition, handling, code=form.cleaned_data["code"], author=request.user
            )
            obj.pk, obj._state.adding = saved.segment.pk, False
        obj.refresh_from_db()
        for warning in saved.warnings:
            self.message_user(request, str(warning), messages.WARNING)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Nothing left to do: `segments.saving` has stored websites and groups, too."""

    def response_add(self, request: HttpRequest, obj: Segment, *args: Any) -> HttpResponse:
        if "_saverefresh" in request.POST:
            return self._refresh(request, obj, {})
        return super().response_add(request, obj, *args)

    def response_change(self, request: HttpRequest, obj: Segment) -> HttpResponse:
        if "_saverefresh" in request.POST:
            return self._refresh(request, obj, {})
        return super().response_change(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        segment: Segment | None = context.get("original")
        context["marked_lines"] = form.marked_lines()
        try:
            context["preview"] = form.preview()
        except PreviewFailed as error:
            context["preview_error"] = str(error)
        context["may_refresh"] = self.has_refresh_permission(request)
        context["may_view_members"] = request.user.has_perm("segments.view_members")
        if segment:
            context |= self._state(request, segment) | {"tab": "definition"}
        return super().render_change_form(request, context, *args, **kwargs)

    # The pages beside it ----------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        members = "segments.view_members"
        pages = [
            self._page("members", members_page, members),
            self._page("overrides", overrides_page, members, methods=("GET", "POST")),
            self._page("overrides/remove", remove, members, CHANGE, methods=("POST",)),
            self._page("history", history_page),
            self._page("restore", restore, CHANGE, methods=("POST",)),
            self._page("refresh", self._refresh, "segments.refresh_segment", methods=("POST",)),
            self._page("status", self._status),
            self._page("members.<str:format>", export, name="export"),
        ]
        maho = path(
            "import-maho/",
            self.admin_site.admin_view(self._import_maho),
            name="segments_segment_import_maho",
        )
        return [maho, *pages, *super().get_urls()]

    def _import_maho(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return import_page(request, self.admin_site.each_context(request) | {"opts": self.opts})

    def _page(
        self,
        address: str,
        page: Callable[..., HttpResponseBase],
        *permissions: str,
        methods: tuple[str, ...] = ("GET",),
        name: str = "",
    ) -> URLPattern:
        """Return the address of `page`, for those who may view segments and have `permissions`."""

        def view(request: HttpRequest, object_id: int, **arguments: Any) -> HttpResponseBase:
            segment = get_object_or_404(self.get_queryset(request), pk=object_id)
            if not self.has_view_permission(request, segment):
                raise PermissionDenied
            if not request.user.has_perms(permissions):
                raise PermissionDenied
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            context = self.admin_site.each_context(request) | self._state(request, segment)
            context["title"] = segment.name
            return page(request, segment, context, **arguments)

        return path(
            f"<int:object_id>/{address}/" if not name else f"<int:object_id>/{address}",
            self.admin_site.admin_view(view),
            name=f"segments_segment_{name or address.replace('/', '_')}",
        )

    def _state(self, request: HttpRequest, segment: Segment) -> dict[str, Any]:
        """Return what all pages of a segment show on top."""
        latest = segment.runs.order_by("-pk").first()
        try:
            sentence, problems = parse_tree(segment.conditions, stored=True).sentence(), []
        except InvalidTree as error:
            sentence, problems = "", error.problems
        return {
            "opts": self.opts,
            "original": segment,
            "sentence": sentence,
            "stored_problems": problems,
            "status": segment.status,
            "status_badge": segment_badge(segment),
            "is_working": segment.status in (SegmentStatus.QUEUED, SegmentStatus.RUNNING),
            "run_error": latest.error if latest else "",
            "may_view_members": request.user.has_perm("segments.view_members"),
            "may_refresh": self.has_refresh_permission(request),
            "may_change": self.has_change_permission(request, segment),
        }

    def _refresh(
        self, request: HttpRequest, segment: Segment, context: dict[str, Any]
    ) -> HttpResponse:
        """Queue a refresh and go to the form, where it can be watched."""
        if not self.has_refresh_permission(request):
            raise PermissionDenied
        try:
            request_refresh(segment, requested_by=cast(User, request.user))
        except SegmentInactive as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            self.message_user(
                request,
                _("“%(name)s” is being refreshed; its members change when that is done.")
                % {"name": segment.name},
                messages.SUCCESS,
            )
        return redirect("admin:segments_segment_change", segment.pk)

    def _status(
        self, request: HttpRequest, segment: Segment, context: dict[str, Any]
    ) -> JsonResponse:
        """Return what the script on the page shows while a refresh is under way."""
        return JsonResponse(
            {
                "is_working": context["is_working"],
                "status": segment.status.label,
                "icon": ICONS[segment.status],
                "members": self.members(segment),
                "refreshed_at": date_format(localtime(segment.refreshed_at), "DATETIME_FORMAT")
                if segment.refreshed_at
                else "",
                "error": context["run_error"],
            }
        )

    # Deleting ---------------------------------------------------------------------------------

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return consequences(objs)

    def delete_model(self, request: HttpRequest, obj: Segment) -> None:
        delete_segments([obj], author=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        delete_segments(list(queryset), author=request.user)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().delete_view(request, *args, **kwargs)
        except SegmentInUse as error:
            return self._not_deleted(request, error)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changelist_view(request, *args, **kwargs)
        except SegmentInUse as error:
            return self._not_deleted(request, error)

    def _not_deleted(self, request: HttpRequest, error: SegmentInUse) -> HttpResponse:
        self.message_user(request, str(error), messages.ERROR)
        return redirect("admin:segments_segment_changelist")
