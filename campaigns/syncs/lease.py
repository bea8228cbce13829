"""The lease of a sync: one worker at a time runs it; a former holder writes nothing."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from campaigns.models import AudienceSync
from core.clock import now
from core.database.lease import free_lease
from segments.lease import LeaseLost, length

# The timeout of a request to a target (seconds).
LONGEST_REQUEST = 10.0


class Deactivated(Exception):
    """A user has turned the sync off: nothing more is sent."""


def claim(pk: int, at: datetime) -> AudienceSync | None:
    """Take the lease of an active sync; return None if another worker has it."""
    free = AudienceSync.objects.filter(free_lease(at), pk=pk, is_active=True)
    with transaction.atomic():
        # The removal of an erased person holds the row lock: skip the sync instead of waiting.
        locked = free.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
        if not list(locked):
            return None
        free.update(fencing=F("fencing") + 1, lease_expires_at=at + lasts())
        return AudienceSync.objects.select_related("segment").get(pk=pk)


def lasts() -> timedelta:
    """Return the length of the lease, which is longer than a request takes."""
    return max(length(), timedelta(seconds=3 * LONGEST_REQUEST))


def write(sync: AudienceSync, **values: Any) -> None:
    """Write `values` and extend the lease; raises LeaseLost if `sync` does not hold it any more."""
    if not _held(sync).update(lease_expires_at=now() + lasts(), **values):
        raise LeaseLost(sync.pk)
    for name, value in values.items():
        setattr(sync, name, value)


def go_on(sync: AudienceSync) -> float:
    """Extend the lease for a request, and return the seconds that the request may take.

    Raises LeaseLost, and Deactivated if somebody has turned the sync off.
    """
    write(sync)
    if not _held(sync).filter(is_active=True).exists():
        raise Deactivated
    return LONGEST_REQUEST


def release(sync: AudienceSync, **values: Any) -> None:
    """Write `values` and release the lease, unless another worker has it by now."""
    _held(sync).update(lease_expires_at=None, woken_at=None, **values)


def _held(sync: AudienceSync) -> QuerySet[AudienceSync]:
    return AudienceSync.objects.filter(pk=sync.pk, fencing=sync.fencing)
