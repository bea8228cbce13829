"""Sessions: a customer's activity in the order of time, cut where nothing happens for long.

A new one begins wherever an activity is more than `SESSION_GAP_SECONDS` after the one before;
midnight, time zones and channels cut nothing (the contract, personalization.md §2). They follow
from the stored rows alone, in whatever order these came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from core.clock import checked_clock, now
from customers.models import Customer
from personalization.behavior.activity import Done, done_by


@dataclass(frozen=True, slots=True)
class Session:
    """A stretch of activity: its first and its last (aware), and how many there were."""

    started_at: datetime
    ended_at: datetime
    activities: int

    @property
    def seconds(self) -> float:
        """How long it lasted, in seconds; 0 of one activity."""
        return (self.ended_at - self.started_at).total_seconds()


def sessions_of(customer: Customer, *, as_of: datetime | None = None) -> list[Session]:
    """Return the sessions of `customer` until `as_of` (aware, now unless given), oldest first.

    Raises ValueError for an `as_of` without a time zone or too far away.
    """
    at = now() if as_of is None else checked_clock(as_of)
    return cut_sessions(done_by([customer.pk], as_of=at).get(customer.pk, ()))


def cut_sessions(done: Iterable[Done]) -> list[Session]:
    """Return the sessions that these make, which are in the order of time."""
    return [Session(some[0].at, some[-1].at, len(some)) for some in group_by_session(done)]


def group_by_session(done: Iterable[Done]) -> list[list[Done]]:
    """Return the activities of each session, from activities in the order of time."""
    gap = timedelta(seconds=settings.SESSION_GAP_SECONDS)
    found: list[list[Done]] = []
    for one in done:
        if not one.is_activity:
            continue
        if not found or one.at - found[-1][-1].at > gap:
            found.append([])
        found[-1].append(one)
    return found
