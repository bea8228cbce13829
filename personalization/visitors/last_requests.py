"""When storefronts last reported, and which page was last refused, in the shared cache.

With a cache of its own (the embedded default) each web process only knows its own requests. Nothing
depends on this but the page “Storefront connection”; a failure of the cache is only logged.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.core.cache import cache

from core.load.cache_failures import cache_failures

logger = logging.getLogger(__name__)

KEPT = timedelta(days=30)
REFUSED = "personalization.refused_origin"
LONGEST_ORIGIN = 255


@dataclass(frozen=True)
class RefusedOrigin:
    """The address of a page that may not report, and the aware instant at which it tried."""

    origin: str
    at: datetime


def note_request(site_key: int, at: datetime) -> None:
    """Keep `at` (aware) as the last request of the tracking site with this primary key."""
    _set(_key(site_key), at)


def note_refusal(origin: str, at: datetime) -> None:
    """Keep `origin` as the last one refused, if it is the address of a website at all."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return
    if parts.scheme in {"http", "https"} and parts.hostname and len(origin) <= LONGEST_ORIGIN:
        _set(REFUSED, RefusedOrigin(origin, at))


def last_requests(site_keys: Collection[int]) -> dict[int, datetime]:
    """Return the last known request of each tracking site by its primary key."""
    try:
        found = cache.get_many([_key(one) for one in site_keys])
    except cache_failures():
        logger.exception("The cache does not answer; nobody knows when storefronts reported")
        return {}
    return {one: found[_key(one)] for one in site_keys if _key(one) in found}


def last_refusal() -> RefusedOrigin | None:
    """Return the page that was refused last, if any is known."""
    try:
        found: RefusedOrigin | None = cache.get(REFUSED)
    except cache_failures():
        logger.exception("The cache does not answer; nobody knows which page was refused")
        return None
    return found


def _set(key: str, value: object) -> None:
    try:
        cache.set(key, value, int(KEPT.total_seconds()))
    except cache_failures():
        logger.exception("The cache does not answer; the last request is not noted")


def _key(site_key: int) -> str:
    return f"personalization.last_request:{site_key}"
