"""Switches segments on and off."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from customers.audit import record
from customers.models import AuditAction, AuditSubject
from segments.dependents import refresh_dependents
from segments.locks import lock_definitions
from segments.models import Segment


def set_active(segments: Iterable[Segment], is_active: bool, *, author: Any = None) -> int:
    """Make `segments` active or not, for `author`, and return how many were not yet so.

    Stored members stay; for those who ask, an inactive segment has none, so that segments which
    refer to it are refreshed.
    """
    with transaction.atomic():
        lock_definitions()
        changed = list(
            Segment.objects.filter(
                pk__in=[segment.pk for segment in segments], is_active=not is_active
            )
        )
        Segment.objects.filter(pk__in=[segment.pk for segment in changed]).update(
            is_active=is_active
        )
        for segment in changed:
            record(
                author,
                AuditAction.CHANGED,
                AuditSubject.SEGMENT,
                segment.code,
                before={"is_active": not is_active},
                after={"is_active": is_active},
            )
        refresh_dependents(changed)
    return len(changed)
