"""Placements: list, form, preview, and the calendar of what is shown when."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from core.resources.admin import ResourceForm
from core.resources.resource import in_use
from core.text.codes import CODE
from personalization.admin.experiences.calendar import calendar_page
from personalization.admin.experiences.content_form import ShowingFields, content_fields
from personalization.admin.experiences.goals_form import GoalFields, winners
from personalization.admin.experiences.history import AuditedHistory
from personalization.admin.experiences.preview import preview_page
from personalization.admin.experiences.suggested import Suggested
from personalization.admin.experiences.texts import PLACEMENT_CODE_HELP
from personalization.experiences.resources import PLACEMENTS
from personalization.models import Placement, Selection

Page = Callable[[HttpRequest, dict[str, Any]], HttpResponse]


# Page types that most shops use; the last two are not pages (`docs/personalization.md`).
KNOWN_PAGES = ("home", "product", "category", "cart", "email", "next_action")
PAGE_HELP = format_lazy(
    "{} {}",
    gettext_lazy(
        "What your storefront calls the page when it asks, such as home, product, cart or email; "
        "ask whoever builds it."
    ),
    CODE.message,
)


class PlacementForm(GoalFields, ShowingFields, ResourceForm):
    """All of a placement."""

    resource = PLACEMENTS

    shows = "default_content"

    class Meta:
        model = Placement
        fields = ("code", "page_type", "website", "is_active", "selection", "explore")
        help_texts = {"code": PLACEMENT_CODE_HELP, "page_type": PAGE_HELP}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "page_type" in self.fields:
            used = Placement.objects.order_by().values_list("page_type", flat=True).distinct()
            self.fields["page_type"].widget = Suggested(sorted({*KNOWN_PAGES, *used}))


@admin.register(Placement)
class PlacementAdmin(AuditedHistory):
    """Where merchants say which places a page has."""

    resource, form = PLACEMENTS, PlacementForm
    change_form_template = "admin/personalization/experiences/placement_form.html"
    change_list_template = "admin/personalization/experiences/placements.html"
    list_display = ["code", "page_type", "website", "variants_of", "is_active"]
    list_filter = ["page_type", "website", "is_active"]
    list_select_related = ["website"]
    search_fields = ["code__icontains"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(variants_count=Count("variants"))

    @admin.display(description=gettext_lazy("Variants"), ordering="variants_count")
    def variants_of(self, row: Any) -> str:
        address = reverse("admin:personalization_experiencevariant_changelist")
        return format_html(
            '<a href="{}?placement__id__exact={}">{}</a>', address, row.pk, row.variants_count
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = ["code", "page_type", "website", "is_active"]
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*about, "selection", "goals", "explore"]})]
        shown = content_fields(obj.default_content if obj else {})
        return [
            (None, {"fields": about}),
            (
                gettext_lazy("Shown to whom no variant is for"),
                {"fields": [*shown, "opened_version"]},
            ),
            (
                gettext_lazy("Choice among variants"),
                {"fields": ["selection", "goal_engagement", "explore"]},
            ),
        ]

    def head_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().head_of(request, row)
        return found | {"winners": winners(row) if row.selection == Selection.GOALS else []}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else ["code"]

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        may_delete = row is not None and self.has_delete_permission(request, row)
        if may_delete and (users := PLACEMENTS.users(row)):
            # Django would report a missing permission: nobody may delete what has begun.
            self.message_user(request, str(in_use(row, users)), messages.ERROR)
            address = reverse("admin:personalization_placement_change", args=[row.pk])
            return HttpResponseRedirect(address)
        return super().delete_view(request, object_id, extra_context)

    # Pages of their own ---------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "personalization_placement"
        return [
            path("preview/", wrap(self.preview_view), name=f"{name}_preview"),
            path("calendar/", wrap(self.calendar_view), name=f"{name}_calendar"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Show a page as a customer sees it at a given time, with the ranking of the variants.

        Raises PermissionDenied for users who may not change placements.
        """
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self._page(request, preview_page)

    def calendar_view(self, request: HttpRequest) -> HttpResponse:
        """Show which variants are scheduled in the coming weeks.

        Raises PermissionDenied for users who may not view placements.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, calendar_page)

    def _page(self, request: HttpRequest, page: Page) -> HttpResponse:
        return page(request, {**self.admin_site.each_context(request), "opts": self.opts})
