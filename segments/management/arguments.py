"""Arguments that several commands take."""

from argparse import ArgumentTypeError
from datetime import datetime

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from customers.clock import checked_clock
from segments.models import Segment


def clock(text: str) -> datetime:
    """Return the instant to judge conditions at that `text` (ISO 8601 with an offset) is."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(
            _("“%(text)s” is not a time such as 2026-04-10T12:00:00Z") % {"text": text}
        ) from error
    if parsed.tzinfo is None:
        raise ArgumentTypeError(
            _("“%(text)s” needs an offset, such as 2026-04-10T12:00:00Z") % {"text": text}
        )
    try:
        return checked_clock(parsed)
    except ValueError as error:
        raise ArgumentTypeError(_("“%(text)s” is too far away") % {"text": text}) from error


def segments_by_code(codes: list[str]) -> list[Segment]:
    """Return the segments `codes`, in that order. Raises CommandError naming unknown codes."""
    found = {segment.code: segment for segment in Segment.objects.filter(code__in=codes)}
    unknown = [code for code in codes if code not in found]
    if unknown:
        raise CommandError(_("There is no segment %(codes)s.") % {"codes": ", ".join(unknown)})
    return [found[code] for code in codes]
