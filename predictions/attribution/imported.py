"""Touches that were imported (`import_touches`), as a source."""

from collections.abc import Iterator
from datetime import datetime

from predictions.attribution.sources import TouchRow
from predictions.models import Touch, TouchGroup


def imported_touches(
    *, first: int, last: int, since: datetime | None, until: datetime
) -> Iterator[TouchRow]:
    """Yield the touches of whom a campaign has contacted (`predictions.attribution.sources`)."""
    rows = Touch.objects.filter(
        customer__gte=first, customer__lte=last, at__lte=until, group=TouchGroup.CONTACTED
    )
    if since is not None:
        rows = rows.filter(at__gte=since)
    for row in rows.values_list("customer", "at", "campaign__channel", "campaign__code"):
        yield TouchRow(*row)
