"""How often a user may send behaviour, and ask what a page shows."""

import time
from typing import Any

from rest_framework.request import Request

from core.api.throttles import ApiRate
from personalization.experiences.serving.worker_pool import within

# So long (seconds) a cache may take to count a call of a page; then nobody is held up.
PATIENCE = 0.02


class TrackRate(ApiRate):
    """`settings.TRACK_RATE` calls a minute of those that send behaviour."""

    setting = "TRACK_RATE"


class AnalyticsRate(ApiRate):
    """`settings.ANALYTICS_RATE` calls a minute of those that ask what it is worth."""

    setting = "ANALYTICS_RATE"


class ServeRate(ApiRate):
    """`settings.SERVE_RATE` calls a minute, counted besides while a cache hangs: not at all."""

    setting = "SERVE_RATE"

    def allow_request(self, request: Request, view: Any) -> bool:
        """Return whether this call is within the rate, as far as the cache says so in time."""
        found: list[bool] = []

        def count() -> None:
            found.append(super(ServeRate, self).allow_request(request, view))

        within(count, time.monotonic() + PATIENCE, asks_database=False)
        return all(found)
