"""The list of segments: its columns, its filters, and the figures of a page in few queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access.website_limits import is_limited
from core.admin.labels import activity_html
from core.clock import now
from core.figures.charts import sparkline
from core.text.folding import fold
from core.text.formats import moment_shown, number_shown, share_shown
from segments.admin.segment_list.saved_filters import saved_filter_context
from segments.admin.segment_pages.status import (
    badge_of,
    stale_reason,
    wants_refresh,
    worker_warning,
)
from segments.models import Segment, SegmentSize, SegmentStatus, SegmentTag
from segments.models.members.totals import recent_totals
from segments.reports.base import scope_counts
from segments.reports.days import last_days
from segments.reports.movers import signed_change
from segments.reports.sizes import describe_trend, sizes_over_time
from segments.rules.sentences import with_sentences
from segments.rules.starters import STARTERS
from segments.rules.website_limits.websites import (
    count_members,
    may_change_within,
    members_count_of,
    seen_by,
)

TREND_DAYS = 30
CHANGE_DAYS = 7
# The columns that count members.
COUNTING = frozenset({"members", "trend"})
# The maximum number of tags in the filter; other tags can be searched for.
MOST_TAGS = 200


class StatusFilter(admin.SimpleListFilter):
    """Segments of one status."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, str(status.label)) for status in SegmentStatus]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> QuerySet[Segment]:
        if not self.value():
            return queryset
        if self.value() not in SegmentStatus.values:
            raise IncorrectLookupParameters
        return queryset.filter(Q(current_status=self.value()))


class TagFilter(admin.SimpleListFilter):
    """Segments with a tag."""

    title = gettext_lazy("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = seen_by(SegmentTag.objects.order_by("tag_folded"), request.user, "segment")
        tags = rows.values_list("tag", flat=True)
        return [(tag, tag) for tag in tags.distinct()[:MOST_TAGS]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> QuerySet[Segment]:
        tag = self.value()
        return queryset.filter(tags__tag_folded=fold(tag)) if tag else queryset


def with_change(segments: QuerySet[Segment]) -> QuerySet[Segment]:
    """Annotate `change`: the growth of each segment within `CHANGE_DAYS`, in members."""
    since = last_days(CHANGE_DAYS, now())[0]
    moved = SegmentSize.objects.filter(segment=OuterRef("pk"), day__gte=since).order_by()
    net = moved.values("segment").annotate(net=Sum(F("entered") - F("left"))).values("net")
    return segments.annotate(change=Coalesce(Subquery(net), 0))


def list_context(request: HttpRequest) -> dict[str, Any]:
    """Return the template context of the list besides its rows."""
    return {
        "title": _("Segments"),
        "worker_warning": worker_warning(),
        "starters": STARTERS,
        "has_segments": seen_by(Segment.objects.all(), request.user).exists(),
        "is_limited": is_limited(request.user),
        **saved_filter_context(request),
    }


@dataclass(frozen=True)
class Figures:
    """The figures of a segment in the list that are not columns of its row."""

    scope_count: int
    sizes: list[int]
    stale: str
    may_refresh: bool
    sees_members: bool
    # Whether the sizes and the scope, which count all websites, may be shown.
    is_whole: bool = True


class SegmentChangeList(ChangeList):
    """A page of segments with the figures of all of them, in a constant number of queries."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.is_of_websites = is_limited(request.user)
        super().__init__(request, *args, **kwargs)
        if self.is_of_websites:
            self.sortable_by = [str(one) for one in self.list_display if one not in COUNTING]

    def get_ordering_field(self, field_name: Any) -> Any:
        # An order by figures of all websites would reveal the sizes on other websites.
        if self.is_of_websites and field_name in COUNTING:
            return None
        return super().get_ordering_field(field_name)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        segments: list[Segment] = list(self.result_list)
        self.result_list = segments
        at = now()
        prefetch_related_objects(segments, "tags")
        for segment, sentence in with_sentences(segments):
            segment.__dict__["sentence"] = sentence
        if is_limited(request.user):
            self._show_own(segments, request, at)
            return
        kept = recent_totals()
        self.counted_at = kept.at if kept else None
        scopes = scope_counts(segments, kept)
        sizes = sizes_over_time(segments, TREND_DAYS, until=at)
        may_refresh = request.user.has_perm("segments.refresh_segment")
        sees_members = request.user.has_perm("segments.view_members")
        for segment in segments:
            segment.__dict__["figures"] = Figures(
                scopes[segment.pk],
                [size.members for size in sizes[segment.pk]],
                stale_reason(segment, at),
                may_refresh,
                sees_members,
            )

    def _show_own(self, segments: list[Segment], request: HttpRequest, at: datetime) -> None:
        """Show a reader who is limited to websites the numbers of members of these websites."""
        self.counted_at = None
        count_members(segments, request.user)
        may_refresh = request.user.has_perm("segments.refresh_segment")
        sees_members = request.user.has_perm("segments.view_members")
        for segment in segments:
            segment.members_count = members_count_of(segment)
            own = may_refresh and may_change_within(request.user, segment)
            stale = stale_reason(segment, at)
            segment.__dict__["figures"] = Figures(0, [], stale, own, sees_members, is_whole=False)


class SegmentColumns:
    """The columns of the list."""

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def name_and_sentence(self, segment: Segment) -> SafeString:
        """The name, the conditions as a sentence, the tags and the author."""
        author = segment.created_by and _("by %(author)s") % {
            "author": segment.created_by.get_username()
        }
        tags = format_html_join(
            "",
            '<a class="segment-tag" href="?{}">{}</a> ',
            ((urlencode({"tag": one.tag}), one.tag) for one in segment.tags.all()),
        )
        return format_html(
            '<a class="segment-name" href="{}">{}</a> '
            '<span class="segment-quiet segment-said segment-two-lines">{}</span> '
            '<span class="segment-quiet segment-said">{}{}</span>',
            reverse("admin:segments_segment_change", args=[segment.pk]),
            segment.name,
            Truncator(segment.__dict__["sentence"]).chars(240),
            tags,
            author or "",
        )

    @admin.display(description=gettext_lazy("status"), ordering="is_active")
    def activity(self, segment: Segment) -> SafeString:
        """Return whether the segment is active, and its refresh mode."""
        return format_html(
            '{} <span class="segment-quiet segment-said">{}</span>',
            activity_html(is_active=segment.is_active),
            segment.get_refresh_mode_display(),
        )

    @admin.display(description=gettext_lazy("members"), ordering="members_count")
    def members(self, segment: Segment) -> SafeString:
        """The number of members, and their share of the scope."""
        if segment.refreshed_at is None:
            return SafeString("–")
        base = _figures(segment).scope_count
        number = number_shown(segment.members_count)
        if _figures(segment).sees_members:
            url = reverse("admin:segments_segment_members", args=[segment.pk])
            number = format_html('<a class="segment-count-link" href="{}">{}</a>', url, number)
        return format_html(
            '{} <span class="segment-quiet segment-said">{}</span>',
            number,
            # A cached count of the scope may be smaller than the current number of members.
            share_shown(min(segment.members_count / base, 1.0), in_column=True) if base else "–",
        )

    @admin.display(description=gettext_lazy("change, 7 days"), ordering="change")
    def trend(self, segment: Segment) -> SafeString:
        """The growth within a week, as in the report of movers, and the line chart of a month."""
        sizes = _figures(segment).sizes
        if segment.refreshed_at is None or not _figures(segment).is_whole:
            return SafeString("–")
        line = sparkline(sizes, describe_trend(sizes, len(sizes)))
        change: int = segment.__dict__["change"]
        return format_html(
            '<span class="segment-change">{}</span> {}',
            signed_change(change) if change else "±0",
            line,
        )

    @admin.display(description=gettext_lazy("last refresh"), ordering="refreshed_at")
    def refresh_state(self, segment: Segment) -> SafeString:
        """The state of the latest refresh, the last one's end, and why members may be stale."""
        shown = badge_of(segment)
        if segment.refreshed_at is not None and not segment.is_list:
            at = moment_shown(segment.refreshed_at)
            shown += format_html(' <span class="segment-quiet segment-said">{}</span>', at)
        figures = _figures(segment)
        if figures.stale:
            shown += format_html(
                ' <span class="segment-stale"><span aria-hidden="true">⚠</span> {}</span>',
                figures.stale,
            )
        if figures.may_refresh and wants_refresh(segment, figures.stale):
            shown += _refresh_button(segment)
        return shown


def _refresh_button(segment: Segment) -> SafeString:
    # The button belongs to the form around the list, which has the CSRF token.
    return format_html(
        '<button type="submit" class="button" formmethod="post" formaction="{}"'
        ' aria-label="{}">{}</button>',
        reverse("admin:segments_segment_refresh", args=[segment.pk]),
        _("Refresh “%(name)s” now") % {"name": segment.name},
        _("Refresh now"),
    )


def _figures(segment: Segment) -> Figures:
    return cast(Figures, segment.__dict__["figures"])
