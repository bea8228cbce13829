"""Imported touches (`import_touches`) as a source for attribution."""

from collections.abc import Iterator
from datetime import datetime

from predictions.attribution.sources import TouchRow
from predictions.models import Touch, TouchGroup


def imported_touches(
    *, first: int, last: int, since: datetime | None, until: datetime
) -> Iterator[TouchRow]:
    """Yield the touches of contacted customers whose primary keys are from `first` to `last`.

    The touches are from `since` (None: the beginning) to `until`, both included; those of the
    control group are left out. See `predictions.attribution.sources`.
    """
    rows = Touch.objects.filter(
        customer__gte=first, customer__lte=last, at__lte=until, group=TouchGroup.CONTACTED
    )
    if since is not None:
        rows = rows.filter(at__gte=since)
    for row in rows.values_list("customer", "at", "campaign__channel", "campaign__code"):
        yield TouchRow(*row)
