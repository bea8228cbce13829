"""The changes that facts explain, and the registry of facts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from alerts.causes.shares import Cause
from core.registries import Registry
from segments.models import ChangeKind, MembershipChange


@dataclass(frozen=True)
class SizeChange:
    """Growth or shrinkage of a segment between two aware instants."""

    segment: int
    code: str
    is_growth: bool
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Share:
    """The part (0 to 1) of a change that a fact explains, and what sentences name of the fact."""

    share: float
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fact:
    """A kind of fact; `find` returns the shares by segment, 0 and more for each it knows of."""

    cause: Cause
    find: Callable[[Sequence[SizeChange]], Mapping[int, Share]]

    @property
    def name(self) -> str:
        """The name of the fact in the registry."""
        return self.cause.value


FACTS: Registry[Fact] = Registry("fact")


def changes_in_direction(changes: Sequence[SizeChange]) -> QuerySet[MembershipChange]:
    """Return the entries of the change log that go in the direction of the changes."""
    grown = [one.segment for one in changes if one.is_growth]
    shrunk = [one.segment for one in changes if not one.is_growth]
    direction = Q(segment__in=grown, kind=ChangeKind.ENTERED)
    direction |= Q(segment__in=shrunk, kind=ChangeKind.LEFT)
    since = min(one.since for one in changes)
    until = max(one.until for one in changes)
    return MembershipChange.objects.filter(direction, at__gt=since, at__lte=until)


def count_by_segment(rows: QuerySet[MembershipChange]) -> dict[int, int]:
    """Return the number of entries by segment."""
    counted = rows.order_by().values_list("segment").annotate(Count("pk"))
    return {int(segment): int(count) for segment, count in counted}


def shares_of(part: QuerySet[MembershipChange], changes: Sequence[SizeChange]) -> dict[int, float]:
    """Return by segment how much of its change the entries `part` are."""
    whole = count_by_segment(changes_in_direction(changes))
    return {
        segment: count / whole[segment]
        for segment, count in count_by_segment(part).items()
        if whole.get(segment)
    }
