"""Run a sync for a while: store who has to be added and removed, and send that to the target.

One worker at a time holds a sync by a lease. Each block is committed, so that nothing is lost by a
kill, by a target that is down, or when somebody turns the sync off.
"""

import logging
import time
from datetime import datetime, timedelta
from functools import partial

from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from campaigns.models import AudienceSync
from campaigns.syncs.account import note_account
from campaigns.syncs.lease import Deactivated, claim, go_on, release, write
from campaigns.syncs.pushing import tell_next
from campaigns.syncs.remote import Busy, Stopped, keepers_beside, remote_list
from campaigns.syncs.segment_comparison import begin_round, go_round, read_changes
from campaigns.transports.server_texts import remove_addresses
from core.clock import now
from core.database.lease import free_lease, is_due
from core.text.sentences import Sentence, keep_verbatim
from segments.lease import WAKE_AGAIN, LeaseLost

logger = logging.getLogger(__name__)

# After this many seconds with one sync, a worker lets others have their turn.
LONGEST = 45.0
# The waits if the target names none, by the number of failures in a row.
WAITS = tuple(timedelta(minutes=one) for one in (1, 2, 5, 15, 60))
# A longer wait than this, as named by the target, is cut.
LONGEST_WAIT = timedelta(days=1)


def wake_due(at: datetime) -> None:
    """Wake a worker for each active sync that is due and that no worker holds."""
    lately = Q(woken_at=None) | Q(woken_at__lte=at - WAKE_AGAIN)
    due = AudienceSync.objects.filter(free_lease(at), is_due(at), lately, is_active=True)
    for pk in due.order_by("pk").values_list("pk", flat=True):
        wake(pk, at)


def wake(pk: int, at: datetime) -> None:
    """Wake a worker for this sync on commit."""
    AudienceSync.objects.filter(pk=pk).update(woken_at=at)
    message = partial(current_app.send_task, "campaigns.sync", args=[pk])
    transaction.on_commit(message, robust=True)


def run_sync(pk: int, *, seconds: float = LONGEST) -> bool:
    """Run a sync for about `seconds`; return whether there is more to do at once.

    Does nothing if another worker holds the sync, if it is off, or before its retry is due.
    """
    sync = claim(pk, now())
    if sync is None:
        return False
    is_more = False
    try:
        if sync.not_before is None or sync.not_before <= now():
            is_more = _work(sync, seconds)
    except Deactivated:
        logger.info("Sync %s was turned off", pk)
    except (LeaseLost, AudienceSync.DoesNotExist):
        logger.warning("Sync %s: its lease was lost", pk)
    finally:
        release(sync)
    return is_more


def _work(sync: AudienceSync, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    write(sync, ran_at=now())
    begin_round(sync, now())
    try:
        _check_alone(sync)
        remote = remote_list(sync, partial(go_on, sync))
        note_account(sync)
        while True:
            has_changes = read_changes(sync)
            is_round = go_round(sync)
            was_told = tell_next(sync, remote)
            if sync.error:
                write(sync, error="", failures=0, not_before=None)
            if not (has_changes or is_round or was_told):
                return False
            if time.monotonic() >= ends:
                return True
            go_on(sync)
    except Busy as busy:
        said = _storable(busy.reason)
        logger.warning("Sync %s waits: %s", sync.pk, said)
        wait = WAITS[min(sync.failures, len(WAITS) - 1)] if busy.wait is None else busy.wait
        write(
            sync,
            error=said,
            failures=min(sync.failures + 1, len(WAITS)),
            not_before=now() + min(wait, LONGEST_WAIT),
        )
    except Stopped as stopped:
        said = _storable(stopped.reason)
        logger.error("Sync %s is off: %s", sync.pk, said)
        write(sync, error=said, is_active=False)
    return False


def _storable(reason: Sentence | str) -> Sentence:
    """Return a reason as it is stored: texts of programs without addresses, and as they are."""
    return reason if isinstance(reason, Sentence) else keep_verbatim(remove_addresses(reason))


def _check_alone(sync: AudienceSync) -> None:
    """Raise Stopped if an older active sync keeps the same list with the same key."""
    for one in keepers_beside(sync, sync.segment):
        if one.is_active and one.pk < sync.pk:
            text = gettext_noop("Sync %(number)s keeps this list already, by the same key.")
            raise Stopped(Sentence(text, {"number": str(one.pk)}))
