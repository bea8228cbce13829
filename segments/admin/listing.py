"""The list of segments: its columns, its filters, and the figures of a page, fetched at once."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.clock import now
from segments.admin.status import badge_of, stale_reason, wants_refresh
from segments.admin.worker import worker_warning
from segments.models import Segment, SegmentStatus
from segments.reports.base import scope_counts
from segments.reports.charts import sparkline, trend_said
from segments.reports.sizes import sizes_over_time
from segments.rules.rule import sentence_of
from segments.rules.starters import STARTERS
from segments.templatetags.segment_numbers import percent

TREND_DAYS = 30


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


def list_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the list shows besides its rows."""
    return {
        "title": _("Segments"),
        "worker_warning": worker_warning(),
        "starters": STARTERS,
        "has_segments": Segment.objects.exists(),
    }


@dataclass(frozen=True)
class Figures:
    """What the list shows of a segment besides its own columns."""

    scope_count: int
    sizes: list[int]
    stale: str
    may_refresh: bool


class SegmentChangeList(ChangeList):
    """A page of segments with the figures of all of them, in a constant number of queries."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        segments: list[Segment] = list(self.result_list)
        self.result_list = segments
        at = now()
        scopes = scope_counts(segments)
        sizes = sizes_over_time(segments, TREND_DAYS, until=at)
        may_refresh = request.user.has_perm("segments.refresh_segment")
        for segment in segments:
            segment.__dict__["figures"] = Figures(
                scopes[segment.pk],
                [size.members for size in sizes[segment.pk]],
                stale_reason(segment, at),
                may_refresh,
            )


class SegmentColumns:
    """The columns of the list."""

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def name_and_sentence(self, segment: Segment) -> SafeString:
        """The name, what the segment says, its code and its author."""
        author = segment.created_by and _(" · by %(author)s") % {
            "author": segment.created_by.get_username()
        }
        return format_html(
            '<a href="{}">{}</a><span class="segment-quiet segment-said">{}</span>'
            '<span class="segment-quiet segment-said"><code>{}</code>{}</span>',
            reverse("admin:segments_segment_change", args=[segment.pk]),
            segment.name,
            Truncator(sentence_of(segment, segment.conditions)).chars(160),
            segment.code,
            author or "",
        )

    @admin.display(description=gettext_lazy("status"), ordering="is_active")
    def activity(self, segment: Segment) -> SafeString:
        """Whether the segment is active, and whether it is refreshed by itself."""
        if segment.is_active:
            icon, word, kind = "●", _("active"), "on"
        else:
            icon, word, kind = "○", _("inactive"), "off"
        return format_html(
            '<span class="segment-status segment-{}"><span aria-hidden="true">{}</span> {}</span>'
            '<span class="segment-quiet segment-said">{}</span>',
            kind,
            icon,
            word,
            segment.get_refresh_mode_display(),
        )

    @admin.display(description=gettext_lazy("members"), ordering="members_count")
    def members(self, segment: Segment) -> SafeString:
        """How many there are, and which part of those in scope."""
        if segment.refreshed_at is None:
            return SafeString("–")
        base = _figures(segment).scope_count
        return format_html(
            '{}<span class="segment-quiet segment-said">{}</span>',
            intcomma(segment.members_count),
            percent(segment.members_count / base) if base else "–",
        )

    @admin.display(description=gettext_lazy("30 days"))
    def trend(self, segment: Segment) -> SafeString:
        sizes = _figures(segment).sizes
        if segment.refreshed_at is None:
            return SafeString("–")
        return sparkline(sizes, trend_said(sizes, len(sizes)))

    @admin.display(description=gettext_lazy("last refresh"), ordering="refreshed_at")
    def refresh_state(self, segment: Segment) -> SafeString:
        """The latest refresh, when the last one ended, and why members may be out of date."""
        shown = badge_of(segment)
        if segment.refreshed_at is not None and not segment.is_list:
            at = date_format(localtime(segment.refreshed_at), "SHORT_DATETIME_FORMAT")
            shown += format_html('<span class="segment-quiet segment-said">{}</span>', at)
        figures = _figures(segment)
        if figures.stale:
            shown += format_html(
                '<span class="segment-stale"><span aria-hidden="true">⚠</span> {}</span>',
                figures.stale,
            )
        if figures.may_refresh and wants_refresh(segment, figures.stale):
            shown += _refresh_button(segment)
        return shown


def _refresh_button(segment: Segment) -> SafeString:
    # In the form around the list, whose token goes with it.
    return format_html(
        '<button type="submit" class="button" formmethod="post" formaction="{}"'
        ' aria-label="{}">{}</button>',
        reverse("admin:segments_segment_refresh", args=[segment.pk]),
        _("Refresh “%(name)s” now") % {"name": segment.name},
        _("Refresh now"),
    )


def _figures(segment: Segment) -> Figures:
    return cast(Figures, segment.__dict__["figures"])
