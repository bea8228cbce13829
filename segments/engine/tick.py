"""The work of each second: looks into the database for work that is due, in short steps.

The database is the queue. The Celery message only wakes a worker: a lost message is made up for by
the next one, and a duplicate finds nothing to do.
"""

import logging
import time
from datetime import timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError
from django.db.models import Exists, QuerySet

from core.clock import now
from core.database.idle_timeouts import is_deadlock
from core.database.prepared import rows_by_key
from core.load.timing import note_timing
from customers.models import DirtyCustomer, UncheckedText
from segments.engine.backlogs import MARKS
from segments.engine.live_changes.changed_customers import process_batch, tell_others
from segments.engine.live_changes.costly_segments import wake_costly
from segments.engine.live_changes.passing_time import sweep
from segments.engine.refreshes.runs import wake_waiting
from segments.engine.refreshes.schedule import request_due
from segments.engine.workers import note_alive
from segments.models import RefreshRun, Watermark
from segments.models.work.watermark import Work, is_time_for, swept_until
from segments.rules.evaluation.judging import BATCH

logger = logging.getLogger(__name__)

# The shortest intervals of the sweep and of regular work.
SWEEP_EVERY = timedelta(seconds=15)
REGULAR_EVERY = timedelta(seconds=20)
# A tick that has worked for so long leaves the rest to the next one (seconds).
LONGEST = 20.0


def tick() -> None:
    """Do the work that is due: passing time, changed customers, runs, schedules, heartbeat."""
    if not is_work_due():
        return
    deadline = time.monotonic() + LONGEST
    at = now()
    swept = swept_until()
    if swept is None or swept <= at - SWEEP_EVERY or swept > at:
        sweep()
    # Changes that arrive meanwhile wait for the next tick: many changed customers cost hardly more
    # than one, so going on for each one would keep the database busy.
    done = count = _batch()
    while count >= BATCH and time.monotonic() < deadline:
        done += (count := _batch())
    if is_time_for(Work.REGULAR, every=REGULAR_EVERY):
        note_alive()
        request_due()
    wake_waiting()
    wake_costly()
    if done:
        tell_others()


def is_work_due() -> bool:
    """Return whether there may be work; one query, since nothing is due in most seconds.

    Marks that rest and runs that wait count as well: the steps decide what is due of them.
    """
    at = now()
    times = {}
    for name, done_at, *waiting in rows_by_key("work of a tick", DEFAULT_DB_ALIAS, _waiting_work):
        times[name] = done_at
        if any(waiting):
            return True
    swept, regular = times.get(Work.SWEEP), times.get(Work.REGULAR)
    return (
        swept is None
        or regular is None
        or not at - SWEEP_EVERY < swept <= at
        or regular <= at - REGULAR_EVERY
    )


def _waiting_work() -> QuerySet[Any]:
    """Return name and time of the regular kinds of work, each with what waits of the others."""
    return Watermark.objects.filter(name__in=[Work.SWEEP, Work.REGULAR]).values_list(
        "name",
        "at",
        Exists(DirtyCustomer.objects.all()),
        Exists(UncheckedText.objects.all()),
        Exists(RefreshRun.objects.unfinished()),
    )


def _batch() -> int:
    """Process one batch and return its size; 0 after a deadlock with an erasure or an import.

    PostgreSQL detects the deadlock and rolls one of the transactions back; the marks of the batch
    are then processed by a later tick.
    """
    started = time.monotonic()
    try:
        if count := process_batch():
            note_timing(MARKS, time.monotonic() - started)
        return count
    except OperationalError as error:
        if not is_deadlock(error):
            raise
        logger.warning("A batch of changed customers met another transaction; it comes again")
        return 0
