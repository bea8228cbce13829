"""A one-line summary of a segment's collapsed settings."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from segments.models import RefreshMode, Segment
from segments.models.recurrence import describe_schedule


@dataclass(frozen=True)
class Said:
    """The summary of `field`.

    The page updates it when the field changes: to `none` where nothing is chosen, else to the
    chosen value, inserted into `around` for %(when)s.
    """

    field: str
    text: str
    none: str = ""
    around: str = ""


def settings_line(segment: Segment) -> list[Said]:
    """Return the summaries of the settings of `segment`, which need not be stored."""
    is_stored = segment.pk is not None
    websites = [one.name for one in segment.websites.all()] if is_stored else []
    groups = [one.name for one in segment.customer_groups.all()] if is_stored else []
    everywhere, everybody, inactive = _("all websites"), _("all customer groups"), _("inactive")
    said = [
        Said("applies_to", segment.get_applies_to_display()),
        Said("websites", ", ".join(websites) or everywhere, everywhere),
        Said("customer_groups", ", ".join(groups) or everybody, everybody),
    ]
    if not segment.is_list:
        by_hand, around = _("refreshed by hand"), _("refreshed %(when)s")
        when = describe_schedule(segment.refresh_schedule) or _("every night")
        is_manual = segment.refresh_mode == RefreshMode.MANUAL
        text = by_hand if is_manual else around % {"when": when}
        said.append(Said("refresh_schedule", text, by_hand, around))
    return [
        *said,
        Said("is_active", "" if segment.is_active else inactive, inactive),
        Said("description", segment.description),
    ]
