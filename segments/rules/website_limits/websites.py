"""Segments for users who are limited to websites: what they see, change and count.

A user sees a segment that covers a website of the limit. They may change it if it names websites
and all of these are in the limit.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Count, Max, Model, Q, QuerySet, prefetch_related_objects

from conditions.sql.scope import Scope, scope_of
from core.access.website_limits import (
    OutsideWebsites,
    Websites,
    check_covers,
    may_change,
    rows_within,
    websites_of,
)
from customers.models import Customer, Website
from segments.models import Membership, MembershipChange, RefreshRun, Segment

Rows = TypeVar("Rows", bound=Model)
# The key in a segment's `__dict__` for the number of members that a limited user may count.
OWN_COUNT = "own_members_count"


def seen_by(segments: QuerySet[Rows], user: Any, path: str = "") -> QuerySet[Rows]:
    """Return those of `segments`, or of rows with a segment at `path`, that `user` may see."""
    return seen_within(segments, websites_of(user), path)


def seen_within(segments: QuerySet[Rows], websites: Websites, path: str = "") -> QuerySet[Rows]:
    """Return those of `segments`, or of rows with a segment at `path`, that cover `websites`.

    None: all of them. Otherwise the segment must name no website or one of `websites`.
    """
    if websites is None:
        return segments
    through = Segment.websites.through.objects
    of_them = through.filter(website__in=sorted(websites)).values("segment")
    named = through.values("segment")
    key = f"{path}__pk__in" if path else "pk__in"
    return segments.filter(Q(**{key: of_them}) | ~Q(**{key: named}))


def scope_within(
    websites: Collection[str] | None,
    customer_groups: Collection[str] | None,
    applies_to: str,
    allowed_websites: Websites,
) -> Scope:
    """Return the scope of these codes, restricted to `allowed_websites` (None: all).

    Raises OutsideWebsites where the scope becomes empty, and InvalidTree as `scope_of` does. With a
    limit, unknown websites are left out like those outside of the limit, so that a user with a
    limit cannot find out whether a website exists.
    """
    if allowed_websites is not None:
        own = Website.objects.filter(pk__in=sorted(allowed_websites)).order_by("pk")
        if websites:
            own = own.filter(code__in=list(websites))
        websites = list(own.values_list("code", flat=True))
        if not websites:
            raise OutsideWebsites
    return scope_of(websites, customer_groups, applies_to)


def hidden_segments(codes: Iterable[str], user: Any) -> frozenset[str]:
    """Return those of `codes` whose segments exist but must not be seen by `user`."""
    return hidden_within(codes, websites_of(user))


def hidden_within(codes: Iterable[str], websites: Websites) -> frozenset[str]:
    """Return those of `codes` whose segments exist but cover none of `websites`."""
    if websites is None:
        return frozenset()
    named = Segment.objects.filter(code__in=list(codes))
    seen = seen_within(named, websites).values("pk")
    return frozenset(named.exclude(pk__in=seen).values_list("code", flat=True))


def website_ids_of(segment: Segment) -> frozenset[int]:
    """Return the internal keys of the websites of `segment`; empty means all websites."""
    return frozenset(website.pk for website in segment.websites.all())


def check_segment(user: Any, segment: Segment) -> None:
    """Raise OutsideWebsites unless `user` may change `segment`."""
    if websites_of(user) is not None:
        check_covers(user, website_ids_of(segment))


def may_change_within(user: Any, segment: Segment) -> bool:
    """Return whether all websites of `segment` are within the limit of `user`, if there is one."""
    websites = websites_of(user)
    return websites is None or may_change(website_ids_of(segment), websites)


def members_within(rows: QuerySet[Membership], websites: Websites) -> QuerySet[Membership]:
    """Return those of the memberships whose customers are of `websites` (None: all)."""
    return rows_within(rows, websites, "customer__website")


def changes_within(websites: Websites) -> Q | None:
    """Return the condition for changes by customers of `websites`; None: no condition.

    The change of a deleted or erased customer belongs to no website any more.
    """
    if websites is None:
        return None
    customers = Customer.objects.filter(website__in=sorted(websites))
    return Q(customer_id__in=customers.values("pk"))


def changes_seen_by(user: Any, *, of_all: bool = False) -> Q | None:
    """Return the condition for changes that `user` may see; None: no condition.

    With `of_all`, for the changes of all segments, otherwise for those of a segment they may see.
    """
    among = changes_within(websites_of(user))
    if among is None or not of_all:
        return among
    return among & Q(segment__in=seen_by(Segment.objects.all(), user).values("pk"))


def segments_within(segments: Iterable[Segment], websites: Websites) -> list[Segment]:
    """Return those of `segments` all of whose members are of `websites` (None: of any).

    A segment of these websites alone may have others: by an include, a list, or until its refresh.
    """
    found = list(segments)
    if websites is None:
        return found
    prefetch_related_objects(found, "websites")
    found = [one for one in found if may_change(website_ids_of(one), websites)]
    others = Membership.objects.filter(segment__in=found)
    others = others.exclude(customer__website__in=sorted(websites))
    mixed = set(others.order_by().values_list("segment", flat=True).distinct())
    return [one for one in found if one.pk not in mixed]


def last_changes_of_others(
    segments: Iterable[Segment], websites: Websites, since: datetime | None = None
) -> dict[int, datetime]:
    """Return when a customer of other websites last entered or left each segment, by its key.

    Segments without such a change, or none after `since` (aware), are absent. `websites` None:
    there are no others.
    """
    if websites is None:
        return {}
    others = Customer.objects.exclude(website__in=sorted(websites)).values("pk")
    changes = MembershipChange.objects.filter(segment__in=list(segments), customer_id__in=others)
    if since is not None:
        changes = changes.filter(at__gte=since)
    return dict(changes.order_by().values_list("segment").annotate(Max("at")))


def runs_seen_by(user: Any, segment: Segment) -> QuerySet[RefreshRun]:
    """Return the runs of `segment`, whose websites `user` may see, that counted no others."""
    runs: QuerySet[RefreshRun] = segment.runs.all()
    last = last_changes_of_others([segment], websites_of(user)).get(segment.pk)
    return runs if last is None else runs.filter(created_at__gt=last)


def count_members(segments: Iterable[Segment], user: Any) -> None:
    """Store at each of `segments` how many of its members `user` may count, by one query."""
    websites = websites_of(user)
    if websites is None:
        return
    listed: Sequence[Segment] = list(segments)
    rows = members_within(Membership.objects.filter(segment__in=listed), websites)
    counted = rows.order_by().values_list("segment").annotate(Count("pk"))
    counts: dict[int, int] = dict(counted)
    for segment in listed:
        segment.__dict__[OWN_COUNT] = counts.get(segment.pk, 0)


def members_count_of(segment: Segment) -> int:
    """Return the number of members of `segment` that the user of `count_members` may count."""
    count: int = segment.__dict__.get(OWN_COUNT, segment.members_count)
    return count
