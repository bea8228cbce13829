"""Deletes segments, unless others refer to them."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from conditions.language.types import in_quotes
from customers.audit import record
from customers.models import AuditAction, AuditSubject
from segments.database.locks import lock_definitions, lock_members
from segments.models import Membership, MembershipChange, Segment
from segments.rules.definition import as_json, definition_of
from segments.rules.references import referring_segments


class SegmentInUse(ValueError):
    """A segment that others refer to is not deleted; the message names them."""

    def __init__(self, segment: Segment, users: Sequence[Segment]) -> None:
        self.users = list(users)
        names = ", ".join(in_quotes(user.name) for user in users)
        super().__init__(
            _("“%(name)s” is used by %(users)s.") % {"name": segment.name, "users": names}
        )


def delete_segments(segments: Sequence[Segment], *, author: Any = None) -> None:
    """Delete `segments` with all that belongs to them, for `author`, or none of them.

    Raises SegmentInUse for the first one that a segment outside of `segments` refers to.
    """
    with transaction.atomic():
        lock_definitions()
        for segment in sorted(segments, key=lambda segment: segment.pk):
            lock_members(segment.pk)
            users = [user for user in referring_segments(segment) if user not in segments]
            if users:
                raise SegmentInUse(segment, users)
            record(
                author,
                AuditAction.DELETED,
                AuditSubject.SEGMENT,
                segment.code,
                before=as_json(definition_of(segment)),
            )
        # The big tables first and directly, so that Django loads none of their rows.
        for model in (MembershipChange, Membership):
            rows = model._default_manager.filter(segment__in=segments)
            rows._raw_delete(rows.db)
        Segment.objects.filter(pk__in=[segment.pk for segment in segments]).delete()
