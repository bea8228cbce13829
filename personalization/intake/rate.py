"""So many behaviours a minute of one shopper: what is more is no shopper's doing."""

import logging
from datetime import datetime

from django.conf import settings
from django.core.cache import cache

from core.load.cache_failures import cache_failures
from core.text.hashes import keyed_hash

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60


def is_within_rate(shopper: int, at: datetime) -> bool:
    """Count a behaviour of the customer with this key; return whether the minute has room for it.

    `settings.TRACK_RATE_PER_MINUTE` in each minute of the clock, 0: no limit. Counted in the cache
    that the web processes share; where it does not answer, nothing is left out.
    """
    rate: int = settings.TRACK_RATE_PER_MINUTE
    if not rate:
        return True
    minute = int(at.timestamp()) // WINDOW_SECONDS
    # The cache does not identify the shopper.
    key = f"personalization.rate:{keyed_hash('rate', f'{minute} {shopper}')}"
    try:
        cache.add(key, 0, 2 * WINDOW_SECONDS)
        return int(cache.incr(key)) <= rate
    except ValueError:  # It was pushed out just now.
        return True
    except cache_failures():
        logger.exception("The cache does not answer; behaviours are not counted")
        return True
