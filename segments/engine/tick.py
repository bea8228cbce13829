"""What a worker does each second: looks into the database for what is due, in short steps.

The database is the queue. The message that brings a worker here is a wake-up: one that is lost is
made good by the next, one that comes twice finds nothing to do.
"""

import logging
import time
from datetime import timedelta

from django.db import OperationalError

from core.clock import now
from core.database.silence import is_deadlock
from core.load.timing import note_timing
from segments.engine.backlogs import MARKS
from segments.engine.changed_customers import process_batch, tell_others
from segments.engine.costly_segments import wake_costly
from segments.engine.passing_time import sweep
from segments.engine.runs import wake_waiting
from segments.engine.schedule import request_due
from segments.engine.workers import note_alive
from segments.models.watermark import Work, is_time_for, swept_until
from segments.rules.judging import BATCH

logger = logging.getLogger(__name__)

# How often, in the shortest case, each thing is looked at.
SWEEP_EVERY = timedelta(seconds=15)
REGULAR_EVERY = timedelta(seconds=20)
# A tick that has worked for so long leaves the rest to the next one (seconds).
LONGEST = 20.0


def tick() -> None:
    """Do what is due: passing time, changed customers, waiting runs, schedules, sign of life."""
    deadline = time.monotonic() + LONGEST
    at = now()
    swept = swept_until()
    if swept is None or swept <= at - SWEEP_EVERY or swept > at:
        sweep()
    # What came in the meantime waits for the next tick: many changed customers cost hardly more
    # than one, and to go on for each would keep the database busy.
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


def _batch() -> int:
    """Bring one batch up to date; one that an erasure or an import has crossed is left for later.

    Who waits for whom in a circle, PostgreSQL finds out, and undoes one of them.
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
