"""Arguments that several commands take."""

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from segments.models import Segment


def segments_by_code(codes: list[str]) -> list[Segment]:
    """Return the segments `codes`, in that order. Raises CommandError naming unknown codes."""
    found = {segment.code: segment for segment in Segment.objects.filter(code__in=codes)}
    unknown = [code for code in codes if code not in found]
    if unknown:
        raise CommandError(_("There is no segment %(codes)s.") % {"codes": ", ".join(unknown)})
    return [found[code] for code in codes]
