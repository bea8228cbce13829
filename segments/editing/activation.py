"""Activates and deactivates segments."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core.audit import record
from customers.models import AuditAction, AuditSubject
from segments.database.locks import lock_definitions
from segments.engine.dependents import dependents_of
from segments.engine.refreshes.runs import leave_to_refresh
from segments.models import ChangeReason, Segment
from segments.rules.followers import tell_switched_on
from segments.rules.website_limits.websites import check_segment


def set_active(segments: Iterable[Segment], is_active: bool, *, author: Any = None) -> int:
    """Activate or deactivate `segments` for `author`; return how many changed.

    Stored members stay, but an inactive segment counts as one without members, so the segments that
    refer to it are refreshed. Raises OutsideWebsites where `author` may not change a segment.
    """
    with transaction.atomic():
        lock_definitions()
        changed = list(_read(segments).filter(is_active=not is_active))
        for segment in changed:
            check_segment(author, segment)
        _read(changed).update(is_active=is_active)
        for segment in changed:
            record(
                author,
                AuditAction.CHANGED,
                AuditSubject.SEGMENT,
                segment.code,
                before={"is_active": not is_active},
                after={"is_active": is_active},
            )
            if is_active:
                tell_switched_on(segment)
        on_again = Segment.objects.automatic().filter(pk__in=[segment.pk for segment in changed])
        owed = [*dependents_of(changed), *on_again]
        leave_to_refresh(owed, reason=ChangeReason.DEFINITION)
    return len(changed)


def _read(segments: Iterable[Segment]) -> QuerySet[Segment]:
    return Segment.objects.filter(pk__in=[segment.pk for segment in segments]).order_by("pk")
