"""Deletes segments, unless others refer to them."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from core.audit import account_of, record
from core.resources.resource import InUse
from core.text.formats import in_quotes
from customers.models import AuditAction, AuditSubject
from segments.database.locks import lock_definitions, lock_members
from segments.models import Membership, MembershipChange, Segment
from segments.rules.definition import document_of
from segments.rules.users import Uses, uses_of
from segments.rules.website_limits.websites import check_segment


class SegmentInUse(InUse):
    """The segment is in use and is not deleted; the message names the usages.

    `users` are the codes of the usages that the user may see.
    """

    def __init__(self, segment: Segment, uses: Sequence[Uses]) -> None:
        rows = [use for one in uses if one.are_named for use in one.rows]
        names = ", ".join(
            in_quotes(name) if one.are_named else name for one in uses for name in one.names()
        )
        super().__init__(segment.name, names, [use.code for use in rows])


def delete_segments(segments: Sequence[Segment], *, author: Any = None) -> None:
    """Delete all `segments` and their rows, for `author`, in one transaction.

    Raises SegmentInUse for the first segment with a usage by anything but `segments` (see
    `segments.rules.users`), and OutsideWebsites where `author` may not change a segment.
    """
    with transaction.atomic():
        lock_definitions()
        # Another transaction may have deleted some of them meanwhile.
        segments = list(Segment.objects.filter(pk__in=[one.pk for one in segments]).order_by("pk"))
        for segment in segments:
            check_segment(author, segment)
            lock_members(segment.pk)
            uses = uses_of(segment, account_of(author), besides=segments, holding=True)
            if uses:
                raise SegmentInUse(segment, uses)
            record(
                author,
                AuditAction.DELETED,
                AuditSubject.SEGMENT,
                segment.code,
                before=document_of(segment),
            )
        # Delete from the big tables directly, so that Django does not load their rows.
        for model in (MembershipChange, Membership):
            rows = model._default_manager.filter(segment__in=segments)
            rows._raw_delete(rows.db)
        Segment.objects.filter(pk__in=[segment.pk for segment in segments]).delete()
