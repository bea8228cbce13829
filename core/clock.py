"""The only reader of the current time; everywhere else the time is a parameter."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

# Clocks between these are so far from the calendar's ends that no condition leads beyond them:
# they count up to 100 years, and end with the year.
FIRST_CLOCK, CLOCKS_END = (datetime(year, 1, 1, tzinfo=UTC) for year in (101, 9900))

# Less is the way to the database and back.
UNNOTICED = timedelta(seconds=1)
# The clocks of two systems may differ by so much.
CLOCKS_APART = timedelta(minutes=5)
# Local time that is read as UTC is ahead by up to 14 hours, and the clock may be fast as well.
ZONES_APART = timedelta(hours=15)


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return timezone.now()


def is_ahead(at: datetime) -> bool:
    """Return whether `at` (aware) is later than now by more than clocks differ."""
    return at > now() + CLOCKS_APART


def checked_clock(as_of: datetime) -> datetime:
    """Return `as_of`; raises ValueError where it has no time zone or is too far away."""
    if as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone")
    if not FIRST_CLOCK <= as_of < CLOCKS_END:
        raise ValueError(f"as_of lies in the years 101 to 9899, unlike {as_of.isoformat()}")
    return as_of


def ahead_of_database(cursor: Any) -> timedelta:
    """Return by how much this machine's clock is ahead of the database's; negative: behind.

    0 for less than a second. Several machines write down when something happened, and none of their
    times may be taken for a later one.
    """
    cursor.execute("SELECT clock_timestamp()")
    (there,) = cursor.fetchone()
    # Not `now`, which tests set: this is about machines.
    ahead = datetime.now(UTC) - there
    return ahead if abs(ahead) >= UNNOTICED else timedelta(0)
