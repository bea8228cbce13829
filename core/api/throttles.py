"""Limits how many requests a user may send in a minute; other users are not slowed down."""

import logging
import math
from typing import Any, ClassVar

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core import clock
from core.load.cache_failures import cache_failures

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60


class ApiRate(BaseThrottle):
    """Allows `settings.API_RATE` requests in the minute that begins with the first; 0: no limit.

    The web processes share the count in the cache; without a shared cache (`CACHE_URL`), each
    process counts for itself. While the cache does not answer, all requests pass.
    """

    setting: ClassVar = "API_RATE"

    def __init__(self) -> None:
        self._seconds_left = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Return whether this call is within the rate, and count it."""
        rate: int = getattr(settings, self.setting)
        if not rate or request.user.pk is None:
            return True
        try:
            return self._count(f"{self.setting}:{request.user.pk}") <= rate
        except cache_failures():
            logger.exception("The cache does not answer; calls are not counted")
            return True

    def wait(self) -> float:
        """Return after how many seconds the next minute begins."""
        return max(math.ceil(self._seconds_left), 1)

    def _count(self, key: str) -> int:
        """Count a request, and return its number within the current minute."""
        at = clock.now().timestamp()
        ends: float | None = cache.get(f"{key}:ends")
        # A clock that was set back must not extend the minute.
        if ends is None or not at < ends <= at + WINDOW_SECONDS:
            ends = at + WINDOW_SECONDS
            cache.set(f"{key}:ends", ends, WINDOW_SECONDS)
            cache.set(f"{key}:calls", 0, WINDOW_SECONDS)
        self._seconds_left = ends - at
        try:
            return int(cache.incr(f"{key}:calls"))
        except ValueError:
            # It has just expired.
            return 1


class PreviewRate(ApiRate):
    """Allows `settings.PREVIEW_RATE` requests a minute that count customers."""

    setting = "PREVIEW_RATE"
