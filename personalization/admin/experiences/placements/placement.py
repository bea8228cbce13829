"""Placements: list, form, preview, and the calendar of what is shown when."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from core.admin.next_page import NEXT, LeadsBack, next_page, page_leading_back
from core.problems import Invalid
from core.resources.admin import ResourceForm
from core.resources.resource import in_use
from core.text.codes import CODE
from core.text.formats import number_shown
from personalization.admin.connection import connection_page
from personalization.admin.experiences.content.form import (
    USUAL_CONTENT,
    ShowingFields,
    content_fields,
)
from personalization.admin.experiences.content.in_words import stored_content
from personalization.admin.experiences.history import AuditedHistory
from personalization.admin.experiences.placements.calendar import calendar_page
from personalization.admin.experiences.placements.goals_form import GoalFields, winners
from personalization.admin.experiences.placements.preview import preview_page
from personalization.admin.experiences.suggested import Suggested
from personalization.admin.experiences.texts import PLACEMENT_CODE_HELP
from personalization.admin.experiences.variants.variant_list import (
    last_request_text,
    listed_variants,
    may_see_variants,
    move_variant,
    place_page,
    read_key,
)
from personalization.experiences.resources import PLACEMENTS
from personalization.models import Placement, Selection

Page = Callable[[HttpRequest, dict[str, Any]], HttpResponse]
# The order of variants changes by one step at a time.
STEPS = ("-1", "1")
CHANGE_VARIANTS = "personalization.change_experiencevariant"
NAME_OF_PLACE = gettext_lazy("Name")
PAGE = gettext_lazy("Page")
# Page types that most shops use; the last two are not pages (`docs/personalization.md`).
KNOWN_PAGES = ("home", "product", "category", "cart", "email", "next_action")
NO_DEFAULT = gettext_lazy("Without a text, the storefront shows what it shows without us.")
PAGE_HELP = format_lazy(
    "{} {}",
    gettext_lazy(
        "What your storefront calls the page when it asks, such as home, product, cart or email; "
        "its developers know."
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
        labels = {"code": NAME_OF_PLACE, "page_type": PAGE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "website" in self.fields:
            # No website is made or changed here.
            for link in ("add", "change", "delete", "view"):
                setattr(self.fields["website"].widget, f"can_{link}_related", False)
        if "page_type" in self.fields:
            used = Placement.objects.order_by().values_list("page_type", flat=True).distinct()
            self.fields["page_type"].widget = Suggested(sorted({*KNOWN_PAGES, *used}))
            if self.stored is None:
                self.initial["page_type"] = KNOWN_PAGES[0]
                self.initial["content_type"] = USUAL_CONTENT

    def content(self) -> dict[str, Any]:
        """Return the default; a new place without a text has none."""
        found = super().content()
        is_untouched = self.stored is None and found == {"type": USUAL_CONTENT}
        return {} if is_untouched else found


@admin.register(Placement)
class PlacementAdmin(LeadsBack, AuditedHistory):
    """The admin of experiences: a place in the shop, with all that is shown there."""

    resource, form = PLACEMENTS, PlacementForm
    change_form_template = "admin/personalization/experiences/placement_form.html"
    change_list_template = "admin/personalization/experiences/placements.html"
    empty_text = gettext_lazy(
        "A place in the shop is a spot on a page that shows different customers different content."
    )
    list_display = ["code", "page_of", "website", "variants_of", "activity"]
    list_filter = ["page_type", "website", "is_active"]
    list_select_related = ["website"]
    search_fields = ["code__icontains"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(variants_count=Count("variants"))

    @admin.display(description=PAGE, ordering="page_type")
    def page_of(self, row: Any) -> str:
        return str(row.page_type)

    @admin.display(description=gettext_lazy("Variants"), ordering="variants_count")
    def variants_of(self, row: Any) -> str:
        return number_shown(row.variants_count)

    def page_after(self, request: HttpRequest, row: Any, *, is_new: bool) -> str:
        """Return the page that asked for the place, else its own.

        The steps of an experiment compare variants: a new place gets its first before them.
        """
        address, steps = next_page(request), reverse("admin:personalization_experiment_steps")
        if is_new and urlsplit(address).path == steps:
            address = f"{steps}?{urlencode({'place': row.code})}"
            if request.user.has_perm("personalization.add_experiencevariant"):
                add = "admin:personalization_experiencevariant_add"
                return page_leading_back(add, address, placement=str(row.pk))
        return address or place_page(row, request.user)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = ["code", "page_type", "website", "is_active"]
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*about, "selection", "goals", "explore"]})]
        shown = content_fields(obj.default_content if obj else {})
        return [
            (None, {"fields": about}),
            (
                gettext_lazy("Default, for everybody else"),
                {
                    "fields": [*shown, "opened_version"],
                    "description": "" if obj else NO_DEFAULT,
                },
            ),
            (
                gettext_lazy("Choice among variants"),
                {
                    "fields": ["selection", "goal_engagement", "explore"],
                    "classes": [] if obj and obj.selection == Selection.GOALS else ["collapse"],
                },
            ),
        ]

    def head_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().head_of(request, row)
        may_see = may_see_variants(request.user)
        return found | {
            "winners": winners(row) if row.selection == Selection.GOALS else [],
            "variants": listed_variants(row, request.user) if may_see else [],
            "default": stored_content(row.default_content),
            "last_asked": last_request_text(row),
            "back": urlencode({NEXT: place_page(row, request.user)}),
            "may_change_variants": request.user.has_perm(CHANGE_VARIANTS),
            "may_see_variants": may_see,
        }

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
            path("connection/", wrap(self.connection_view), name=f"{name}_connection"),
            path("<int:pk>/move/", wrap(self.move_view), name=f"{name}_move"),
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

    def connection_view(self, request: HttpRequest) -> HttpResponse:
        """Show how the storefront is connected; a POST makes the key of a website.

        Raises PermissionDenied for users who may not view placements.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, connection_page)

    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Move a variant of a place up or down, and show the place again.

        Raises PermissionDenied unless a user who may change variants posts, and Http404 for an
        unknown place or a step that is neither.
        """
        if request.method != "POST" or not request.user.has_perm(CHANGE_VARIANTS):
            raise PermissionDenied
        row = self.row_of_page(request, str(pk))
        variant, step = read_key(request.POST.get("variant")), request.POST.get("step", "")
        if step not in STEPS or variant is None:
            raise Http404
        try:
            move_variant(row, variant, int(step), author=request.user)
        except Invalid as error:
            self.message_user(request, str(error), messages.ERROR)
        return HttpResponseRedirect(f"{place_page(row, request.user)}#who-sees-what")

    def _page(self, request: HttpRequest, page: Page) -> HttpResponse:
        return page(request, {**self.admin_site.each_context(request), "opts": self.opts})
