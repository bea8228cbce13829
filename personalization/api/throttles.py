"""Rate limits for behaviour, analytics and experiences, per user."""

import time
from typing import Any

from rest_framework.request import Request

from core.api.throttles import ApiRate
from personalization.experiences.serving.worker_pool import run_within

# The timeout (seconds) for counting a request in the cache; after it, the request is let through.
PATIENCE = 0.02


class TrackRate(ApiRate):
    """`settings.TRACK_RATE` requests a minute that send behaviour."""

    setting = "TRACK_RATE"


class AnalyticsRate(ApiRate):
    """`settings.ANALYTICS_RATE` requests a minute for analytics."""

    setting = "ANALYTICS_RATE"


class ServeRate(ApiRate):
    """`settings.SERVE_RATE` requests a minute; not limited while the cache hangs."""

    setting = "SERVE_RATE"

    def allow_request(self, request: Request, view: Any) -> bool:
        """Return whether this request is within the rate, or the cache did not answer in time."""
        found: list[bool] = []

        def count() -> None:
            found.append(super(ServeRate, self).allow_request(request, view))

        run_within(count, time.monotonic() + PATIENCE, asks_database=False)
        return all(found)
