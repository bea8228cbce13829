"""The heartbeat of the workers: which of them were lately seen at work."""

import os
import socket
from datetime import datetime, timedelta

from django.db.models import Max

from core.clock import now
from segments.models import Worker

# Without a sign of life for so long, nobody is at work.
MISSING_AFTER = timedelta(minutes=2)
FORGOTTEN_AFTER = timedelta(days=1)


def note_alive() -> None:
    """Note that this process is at work."""
    at = now()
    Worker.objects.update_or_create(
        name=f"{socket.gethostname()}:{os.getpid()}", defaults={"seen_at": at}
    )
    Worker.objects.filter(seen_at__lt=at - FORGOTTEN_AFTER).delete()


def last_seen() -> datetime | None:
    """Return when a worker was last seen at work; None where there never was one."""
    seen: datetime | None = Worker.objects.aggregate(seen=Max("seen_at"))["seen"]
    return seen


def is_missing() -> bool:
    """Return whether no worker has been seen for `MISSING_AFTER`."""
    seen = last_seen()
    return seen is None or seen < now() - MISSING_AFTER
