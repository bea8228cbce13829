"""The further pages of a segment and of the list: their URLs and permissions."""

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy

from core.access.personal import Kind
from core.access.website_limits import Treatment
from core.admin.permissions import require
from core.admin.website_pages import within_websites
from customers.admin.tabs import checked_tabs
from segments.admin.builder.saving_changes import saving_changes
from segments.admin.exports.download import export
from segments.admin.exports.page import ExportsTab, cancel_export, exports_page
from segments.admin.first_steps import dismiss
from segments.admin.new_segments.duplicating import duplicate_and_redirect
from segments.admin.new_segments.gallery import begin_with, gallery_page, template_count
from segments.admin.new_segments.maho import import_page
from segments.admin.new_segments.prefilled import NEEDED, send
from segments.admin.reports import report_csv, report_page
from segments.admin.segment_list.saved_filters import remove_filter, save_filter
from segments.admin.segment_pages.head import head_of
from segments.admin.segment_pages.history import history_page, restore
from segments.admin.segment_pages.lists import list_page
from segments.admin.segment_pages.lookalikes import lookalikes_page
from segments.admin.segment_pages.members import members_page
from segments.admin.segment_pages.overlap import overlap_of_segment, overlap_page
from segments.admin.segment_pages.overrides import overrides_page, remove
from segments.admin.segment_pages.refreshing import cancel, refresh, status
from segments.admin.segment_pages.used_by import used_by_page
from segments.admin.tabs import SEGMENT_TABS, SegmentTab
from segments.models import Segment
from segments.rules.website_limits.websites import check_segment

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Segment]
else:
    Base = object

LIMITED = Treatment.LIMITED
ADD = "segments.add_segment"
CHANGE = "segments.change_segment"
MEMBERS = "segments.view_members"
PREVIEW = "conditions.preview"
REFRESH = "segments.refresh_segment"

Page = Callable[..., HttpResponseBase]

# In the order of the tabs.
OURS = (
    SegmentTab(
        "list",
        gettext_lazy("List"),
        list_page,
        methods=("GET", "POST"),
        is_of=attrgetter("is_list"),
    ),
    SegmentTab(
        "members", gettext_lazy("Members"), members_page, (MEMBERS,), Kind.NAME, websites=LIMITED
    ),
    SegmentTab(
        "overrides",
        gettext_lazy("Added and removed by hand"),
        overrides_page,
        (MEMBERS,),
        Kind.NAME,
        methods=("GET", "POST"),
        websites=LIMITED,
        of_own=True,
        is_rare=True,
    ),
    SegmentTab("history", gettext_lazy("History"), history_page, websites=LIMITED, of_own=True),
    SegmentTab("overlap", gettext_lazy("Overlap"), overlap_of_segment),
    SegmentTab(
        "lookalikes",
        gettext_lazy("Look-alikes"),
        lookalikes_page,
        (MEMBERS,),
        methods=("GET", "POST"),
        websites=LIMITED,
        is_rare=True,
    ),
    ExportsTab(
        "exports",
        gettext_lazy("Exports"),
        exports_page,
        methods=("GET", "POST"),
        websites=LIMITED,
    ),
    SegmentTab("used_by", gettext_lazy("Used by"), used_by_page, is_rare=True),
)
SEGMENT_TABS.register(*OURS)


class SegmentPages(Base):
    """Adds the pages to the segments' admin; each view is a function in another module."""

    def get_urls(self) -> list[URLPattern]:
        pages = [
            self._of_all("import-maho/", import_page, ADD, methods=("GET", "POST")),
            self._of_all("templates/", gallery_page),
            self._of_all(
                "templates/<slug:code>/count/", template_count, PREVIEW, name="template_count"
            ),
            self._of_all("begin/", begin_with, ADD, methods=("POST",)),
            self._of_all("send/", send, *NEEDED, methods=("POST",)),
            self._of_all("first-steps/", dismiss, methods=("POST",)),
            self._of_all("filters/save/", save_filter, methods=("POST",), websites=LIMITED),
            self._of_all("filters/remove/", remove_filter, methods=("POST",), websites=LIMITED),
            self._of_all("overlap/", overlap_page, name="overlaps"),
            self._of_all("reports/<str:key>/", report_page, name="report", websites=LIMITED),
            self._of_all("reports/<str:key>.csv", report_csv, name="report_csv", websites=LIMITED),
            self._of_one(
                "overrides/remove/", remove, MEMBERS, CHANGE, methods=("POST",), of_own=True
            ),
            self._of_one(
                "duplicate/", duplicate_and_redirect, ADD, methods=("POST",), websites=LIMITED
            ),
            self._of_one("restore/", restore, CHANGE, methods=("POST",), of_own=True),
            self._of_one("refresh/", refresh, REFRESH, methods=("POST",), of_own=True),
            self._of_one("cancel/", cancel, REFRESH, methods=("POST",), of_own=True),
            self._of_one("status/", status, of_own=True),
            self._of_one("changes/", saving_changes, CHANGE, methods=("POST",), of_own=True),
            self._of_one("members.<str:format>", export, name="export", websites=LIMITED),
            self._of_one("exports/cancel/", cancel_export, methods=("POST",), websites=LIMITED),
        ]
        # Our pages come first, because one of them replaces Django's own history.
        others = [*map(self._of_tab, OURS), *pages, *super().get_urls()]
        added = [self._of_tab(tab) for tab in SEGMENT_TABS if tab not in OURS]
        return [*checked_tabs(added, others), *others]

    def _of_tab(self, tab: SegmentTab) -> URLPattern:
        def page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> Any:
            if not tab.may_open(request.user):
                raise PermissionDenied
            if not tab.is_of(segment):
                raise Http404
            return tab.page(request, segment, context | {"tab": tab.name})

        address = f"{tab.name.replace('_', '-')}/"
        return self._of_one(
            *(address, page),
            methods=tab.methods,
            name=tab.name,
            websites=tab.websites,
            of_own=tab.of_own,
        )

    def _of_all(
        self,
        address: str,
        page: Page,
        *permissions: str,
        methods: tuple[str, ...] = ("GET",),
        name: str = "",
        websites: Treatment = Treatment.REFUSED,
    ) -> URLPattern:
        """Return the URL pattern of a `page` about all segments; `websites` is as for `_of_one`."""

        def view(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            if not self.has_view_permission(request):
                raise PermissionDenied
            refused = _method_refusal(request, permissions, methods)
            context = self.admin_site.each_context(request) | {"opts": self.opts}
            return refused or page(request, context, **arguments)

        if websites is Treatment.LIMITED:
            within_websites(view)
        return self._address(address, view, address, name)

    def _of_one(
        self,
        address: str,
        page: Page,
        *permissions: str,
        methods: tuple[str, ...] = ("GET",),
        name: str = "",
        websites: Treatment = Treatment.REFUSED,
        of_own: bool = False,
    ) -> URLPattern:
        """Return the URL pattern of a `page` about one segment.

        `websites` is the treatment of users who are limited to websites; they may open a page
        `of_own` where all websites of the segment are within their limit.
        """

        def view(request: HttpRequest, object_id: int, **arguments: Any) -> HttpResponseBase:
            segment = get_object_or_404(self.get_queryset(request), pk=object_id)
            if not self.has_view_permission(request, segment):
                raise PermissionDenied
            if of_own:
                check_segment(request.user, segment)
            refused = _method_refusal(request, permissions, methods)
            if refused:
                return refused
            context = self.admin_site.each_context(request) | head_of(segment, request.user)
            context |= {"opts": self.opts, "title": segment.name}
            return page(request, segment, context, **arguments)

        if of_own or websites is Treatment.LIMITED:
            within_websites(view)
        return self._address(f"<int:object_id>/{address}", view, address, name)

    def _address(self, address: str, view: Page, called: str, name: str) -> URLPattern:
        name = name or called.strip("/").replace("/", "_").replace("-", "_")
        return path(address, self.admin_site.admin_view(view), name=f"segments_segment_{name}")


def _method_refusal(
    request: HttpRequest, permissions: tuple[str, ...], methods: tuple[str, ...]
) -> HttpResponseBase | None:
    """Return the response 405 for another method, else None.

    Raises PermissionDenied where the user lacks a permission.
    """
    require(request.user, permissions)
    return None if request.method in methods else HttpResponseNotAllowed(methods)
