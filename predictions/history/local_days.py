"""Days and hours of instants in a time zone, of many at once.

As `conditions.language.windows` decides about them; a day is its number (`date.toordinal`), an
instant the whole seconds since 1970 that have passed.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np

from conditions.language.windows import local_hour, local_offset, shift_day, start_of_day
from predictions.history.columns import Whole

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY, LAST_DAY = EPOCH.toordinal(), date.max.toordinal()
# The number of UTC days that are looked up in the calendar at once.
BLOCK = 128
SECOND = timedelta(seconds=1)
HOUR, DAY = 3600, 86_400
# Before and after every instant that there is, in seconds.
ALWAYS, NEVER = -(2**62), 2**62


def seconds_of(instant: datetime) -> int:
    """Return an aware instant as it is taken here."""
    return (instant - EPOCH) // SECOND


def local_days(seconds: Whole, zone: str) -> tuple[Whole, Whole]:
    """Return the days, by number, and the hours (0 to 23) of instants in `zone`."""
    utc_days = seconds // DAY
    blocks, places = utc_days // BLOCK, utc_days % BLOCK
    found = np.zeros((3, len(seconds)), dtype=np.int64)
    for block in np.unique(blocks).tolist():
        inside = np.flatnonzero(blocks == block)
        found[:, inside] = _block(block, zone)[:, places[inside]]
    begins, ends, offsets = found
    # A local day lies at most one beside the one of the same date in UTC.
    days = utc_days + FIRST_DAY - 1 + (begins <= seconds) + (ends <= seconds)
    hours = (seconds + offsets) % DAY // HOUR
    for changing in np.flatnonzero(offsets == NEVER).tolist():
        hours[changing] = local_hour(EPOCH + int(seconds[changing]) * SECOND, zone)
    return days, hours


@lru_cache(maxsize=1024)
def _block(block: int, zone: str) -> Whole:
    """Return what `_utc_day` does for so many days that follow each other, as (3, days)."""
    found = np.zeros((3, BLOCK), dtype=np.int64)
    for place in range(BLOCK):
        number = block * BLOCK + place
        if 1 <= number + FIRST_DAY <= LAST_DAY:
            found[:, place] = _utc_day(number, zone)
    return found


def _utc_day(number: int, zone: str) -> tuple[int, int, int]:
    """Return when the local day of the same date begins and ends, in seconds, and its offset.

    `number` counts the days of UTC since 1970. The offset from UTC is NEVER where it changes
    within that day of UTC.
    """
    day = date.fromordinal(number + FIRST_DAY)
    following = shift_day(day, 1)
    begins = _seconds(start_of_day(day, zone), ALWAYS)
    ends = NEVER if following is None else _seconds(start_of_day(following, zone), ALWAYS)
    first = datetime(day.year, day.month, day.day, tzinfo=UTC)
    offsets = [local_offset(at, zone) for at in (first, first + timedelta(seconds=DAY - 1))]
    same = offsets[0] == offsets[1]
    return begins, ends, offsets[0] // SECOND if same else NEVER


def _seconds(instant: datetime | None, otherwise: int) -> int:
    return otherwise if instant is None else seconds_of(instant)
