"""Celery tasks of mail and syncs; each task may be lost or run twice."""

import time
from contextlib import ExitStack

from celery import shared_task

from campaigns.audience.freezing import freeze_due
from campaigns.audience.projection import project_next
from campaigns.models import Campaign, Message, Sequence, SequenceCursor
from campaigns.sending import send_due
from campaigns.sequences import advance
from campaigns.syncs.sync_runs import run_sync, wake_due
from core.clock import now
from core.database.prepared import has_row

# A tick ends before the next one comes.
SECONDS = 4.0


def has_mail() -> bool:
    """Return whether anything was ever to be sent: there is a campaign, a sequence or a message."""
    kinds = (Campaign, Sequence, SequenceCursor, Message)
    return any(has_row(kind, kind._default_manager.all) for kind in kinds)


@shared_task(name="campaigns.tick")
def tick() -> None:
    """Freeze the recipients of due campaigns, advance sequences, send for a few seconds, count."""
    begun = time.monotonic()
    # If one step raises, the others still run; the task fails all the same.
    with ExitStack() as steps:
        steps.callback(lambda: project_next(now()))
        steps.callback(lambda: send_due(seconds=max(SECONDS - (time.monotonic() - begun), 0.0)))
        steps.callback(lambda: advance(seconds=SECONDS / 2))
        steps.callback(lambda: freeze_due(now()))


@shared_task(name="campaigns.sync")
def sync(pk: int | None = None) -> None:
    """Work on one sync for a while; without a key wake a worker for each sync that is due."""
    if pk is None:
        wake_due(now())
    else:
        run_sync(pk)
