"""The admin's confirmation before deleting segments, without loading their members."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _

from core.access.website_limits import limit_rows
from segments.models import MembershipOverride, ScheduledExport, Segment
from segments.rules.users import SEGMENTS, Uses, uses_of
from segments.rules.website_limits.websites import count_members, members_count_of


def consequences(
    segments: Iterable[Segment], user: User | AnonymousUser
) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
    """Return the data for Django's confirmation page: names, counts, no missing permissions, and
    obstacles."""
    segments = list(segments)
    count_members(segments, user)
    overrides = MembershipOverride.objects.filter(segment__in=segments)
    counts = {
        str(Segment._meta.verbose_name_plural): len(segments),
        _("memberships (the customers stay)"): sum(map(members_count_of, segments)),
        str(MembershipOverride._meta.verbose_name_plural): limit_rows(
            overrides, user, "customer__website"
        ).count(),
        str(ScheduledExport._meta.verbose_name_plural): ScheduledExport.objects.filter(
            segment__in=segments
        ).count(),
    }
    names = [str(segment) for segment in segments]
    shown = {name: number for name, number in counts.items() if number}
    return names, shown, set(), uses_by_others(segments, user, holding=True)


def uses_by_others(
    segments: Iterable[Segment], user: User | AnonymousUser, *, holding: bool = False
) -> list[str]:
    """Return a sentence for each usage of `segments` by anything else that `user` may see.

    `holding`: only for usages that prevent the deletion.
    """
    segments = list(segments)
    return [
        _("“%(user)s” refers to “%(name)s”") % {"user": name, "name": segment.name} + more
        for segment in segments
        for uses in uses_of(segment, user, besides=segments, holding=holding)
        for name, more in _named(uses)
    ]


def _named(uses: Uses) -> list[tuple[str, str]]:
    """Return the rows' names and descriptions; a segment's sentence would be too long."""
    if not uses.are_named or uses.users is SEGMENTS:
        return [(name, "") for name in uses.names()]
    return [(use.name, f" ({use.says})" if use.says else "") for use in uses.rows]
