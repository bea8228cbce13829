"""What the admin says before it deletes segments; the million members are not loaded for it."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from segments.models import Membership, MembershipOverride, Segment
from segments.rules.references import referring_segments


def consequences(
    segments: Iterable[Segment],
) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
    """Return what Django's confirmation page shows: names, counts, nothing forbidden, obstacles."""
    segments = list(segments)
    counts = {
        str(Segment._meta.verbose_name_plural): len(segments),
        str(Membership._meta.verbose_name_plural): sum(each.members_count for each in segments),
        str(MembershipOverride._meta.verbose_name_plural): MembershipOverride.objects.filter(
            segment__in=segments
        ).count(),
    }
    names = [str(segment) for segment in segments]
    return names, counts, set(), uses_by_others(segments)


def uses_by_others(segments: Iterable[Segment]) -> list[str]:
    """Return a sentence for each segment outside of `segments` that builds on one of them."""
    segments = list(segments)
    return [
        _("“%(user)s” refers to “%(name)s”") % {"user": user.name, "name": segment.name}
        for segment in segments
        for user in referring_segments(segment)
        if user not in segments
    ]
