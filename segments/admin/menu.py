"""Where the pages of segments stand in the menu."""

from django.utils.translation import gettext_lazy as _

from core.access.website_limits import Treatment
from core.admin.menu import MenuPage
from segments.reports.catalogue import REPORTS

SEGMENT = "segments.segment"


PAGES = (
    MenuPage(
        "segments.all",
        "segments",
        _("All segments"),
        1,
        SEGMENT,
        title=_("Segments"),
        is_searched=True,
    ),
    MenuPage(
        "segments.templates",
        "segments",
        _("Templates"),
        2,
        SEGMENT,
        "segments_segment_templates",
    ),
    MenuPage("segments.compare", "segments", _("Compare"), 3, SEGMENT, "segments_segment_overlaps"),
    MenuPage("segments.exports", "segments", _("Exports"), 4, "segments.exportaudit"),
    MenuPage(
        "segments.scheduled_exports",
        "segments",
        _("Scheduled exports"),
        5,
        "segments.scheduledexport",
    ),
    MenuPage(
        "segments.priority_lists",
        "segments",
        _("Priority lists"),
        6,
        "segments.prioritylist",
    ),
    MenuPage(
        "segments.reports",
        "insights",
        _("Segment reports"),
        30,
        SEGMENT,
        "segments_segment_report",
        (next(iter(REPORTS)).key,),
        websites=Treatment.LIMITED,
    ),
    MenuPage(
        "segments.webhooks",
        "settings",
        _("Webhooks"),
        52,
        "segments.webhookendpoint",
        card="connections",
    ),
)
