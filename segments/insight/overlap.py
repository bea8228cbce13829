"""Counts every intersection of the stored members of several segments exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from django.db import connections
from django.db.models import Case, Sum, Value, When

from conditions.sql.statement import statement_of
from core.access.website_limits import Websites
from core.database.replicas import read, reading_alias
from segments.models import Membership, Segment
from segments.rules.website_limits.websites import members_within

FEWEST, MOST = 2, 6


@dataclass(frozen=True)
class Intersection:
    """The number of customers in all of `segments`, and of those `only` in these."""

    segments: tuple[Segment, ...]
    count: int
    only: int


@dataclass(frozen=True)
class Overlap:
    """The intersections of segments; `total` customers are in at least one of them."""

    segments: tuple[Segment, ...]
    intersections: tuple[Intersection, ...]
    total: int

    def shared_by(self, *segments: Segment) -> Intersection:
        """Return the intersection of `segments` (of one: the segment itself)."""
        wanted = set(segments)
        return next(one for one in self.intersections if set(one.segments) == wanted)


def overlap(segments: Sequence[Segment], *, allowed_websites: Websites = None) -> Overlap:
    """Return all 2^n - 1 intersections of 2 to 6 different segments, single ones first.

    One statement counts all of them; only customers of `allowed_websites` (None: all) count.
    Raises ValueError for fewer, more or repeated segments.
    """
    if not FEWEST <= len(segments) <= MOST or len(set(segments)) < len(segments):
        raise ValueError(f"between {FEWEST} and {MOST} different segments are compared")
    regions = read(lambda: _regions(segments, allowed_websites))
    subsets = [
        subset
        for size in range(1, len(segments) + 1)
        for subset in combinations(range(len(segments)), size)
    ]
    intersections = []
    for subset in subsets:
        wanted = sum(1 << index for index in subset)
        intersections.append(
            Intersection(
                segments=tuple(segments[index] for index in subset),
                count=sum(count for mask, count in regions.items() if mask & wanted == wanted),
                only=regions.get(wanted, 0),
            )
        )
    return Overlap(tuple(segments), tuple(intersections), sum(regions.values()))


def _regions(segments: Sequence[Segment], allowed_websites: Websites) -> dict[int, int]:
    """Return the number of customers by the bit mask of the `segments` in which they are."""
    bits = Case(*(When(segment=one, then=Value(1 << bit)) for bit, one in enumerate(segments)))
    members = members_within(Membership.objects.filter(segment__in=segments), allowed_websites)
    customers = members.values("customer_id").annotate(mask=Sum(bits))
    connection = connections[reading_alias()]
    sql, params = statement_of(customers.values("mask"))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT mask, count(*) FROM ({sql}) AS customer GROUP BY mask", params)
        return dict(cursor.fetchall())
