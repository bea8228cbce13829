"""Counts the members that a segment would gain and lose by a new rule."""

import time
from dataclasses import dataclass

from django.conf import settings

from core.clock import now
from core.database.snapshot import read_snapshot
from core.database.time_limit import time_limit
from segments.models import Membership, Segment
from segments.rules.evaluation.rule import Rule


@dataclass(frozen=True)
class MemberChanges:
    """The numbers of stored members, of members by a rule, and of gained and lost members."""

    before: int
    after: int
    entering: int
    leaving: int


def members_by(rule: Rule, segment: Segment | None) -> MemberChanges:
    """Count the members of `segment` (None: a new one) now and by `rule`, exactly, at one moment.

    Raises TookTooLong after `settings.PREVIEW_TIMEOUT_SECONDS`, and DatabaseError where the query
    fails.
    """
    deadline = time.monotonic() + settings.PREVIEW_TIMEOUT_SECONDS
    with read_snapshot():
        wanted = rule.customers(as_of=now())
        members = Membership.objects.filter(segment=segment and segment.pk)
        with time_limit(deadline):
            before = members.count()
        with time_limit(deadline):
            after = wanted.count()
        with time_limit(deadline):
            staying = wanted.filter(pk__in=members.values("customer")).count() if before else 0
    return MemberChanges(before, after, after - staying, before - staying)
