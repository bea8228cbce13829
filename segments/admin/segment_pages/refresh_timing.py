"""When members follow a saved definition; shown after saving and above a segment's pages."""

from django.utils.translation import gettext as _

from core.clock import now
from core.text.formats import moment_shown
from segments.engine.refreshes.schedule import next_refresh
from segments.models import Segment


def outlook(segment: Segment) -> str:
    """Return, in words, when the members follow a saved `segment`; "" where they already do."""
    if not segment.is_active:
        return _("It is inactive: for those who ask, it has no members.")
    if segment.runs.unfinished().exists():
        return _("A refresh is queued; the members follow when it is done.")
    if segment.members_version == segment.version:
        return ""
    at = next_refresh(segment, at=now())
    if segment.members_version is None:
        if at is None:
            return _("It has no members yet: it is refreshed by hand only.")
        return _("It has no members yet: the first refresh is on %(moment)s, or when you ask.") % {
            "moment": moment_shown(at)
        }
    if at is None:
        return _("No refresh is queued: the members stay as they are until somebody asks for one.")
    return _(
        "No refresh is queued: the members stay as they are until %(moment)s, or until you ask."
    ) % {"moment": moment_shown(at)}


def describe_next_refresh(segment: Segment) -> str:
    """Return the time of the next scheduled refresh of `segment`, in words; "" without one."""
    at = next_refresh(segment, at=now())
    return "" if at is None else moment_shown(at)
