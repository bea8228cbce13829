"""How old shop snapshots are, for /metrics."""

import re
from collections.abc import Iterator

from core.clock import now
from core.gauges import Gauge
from customers.models import Snapshot

# An address may name who we are there, with a password.
WHO = re.compile(r"(?<=://)[^/@]*@")


def ages() -> Iterator[tuple[str, float | None]]:
    """Yield each place with the seconds since the moment that its shop snapshot is of."""
    at = now()
    for location, as_of in Snapshot.objects.order_by("location").values_list("location", "as_of"):
        yield WHO.sub("", location), (at - as_of).total_seconds() if as_of else None


AGE = Gauge(
    "shop_snapshot_age_seconds", "Since the moment that a shop snapshot is of.", "place", ages
)
