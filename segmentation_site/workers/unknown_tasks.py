"""A Celery consumer that puts the tasks of a newer release back for a newer worker.

While a release is rolled out, its beat and web servers send tasks that workers of the release
before do not know. Such a message waits a moment here, unacknowledged, and goes back to its
queue until a worker that knows the task takes the message. It is given up after `GIVEN_UP` seconds,
since the database has the due work and a later tick finds it.
"""

import logging
import time
from collections import OrderedDict
from datetime import datetime
from typing import Any

from celery.worker.consumer import Consumer as CelerysConsumer

from core.clock import now

logger = logging.getLogger(__name__)

PAUSE = 1.0
GIVEN_UP = 3600.0
# So many messages have their first arrival remembered; the oldest is forgotten first.
MOST = 10_000


class Consumer(CelerysConsumer):
    """Celery's consumer, which would drop unknown tasks and log their arguments."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # When a message first came, by its id.
        self._unknown: OrderedDict[str, float] = OrderedDict()

    # Of Celery's own, whose stubs lack them.
    connection_errors: tuple[type[Exception], ...]
    qos: Any
    timer: Any

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:
        """Log the message in one line when it first comes, and put it back after a pause."""
        name, number = _name_of(message)
        since = self._unknown.get(number)
        if since is None:
            logger.warning("There is no task %r here: put back for another worker", name)
            since = self._unknown[number] = time.monotonic()
            if len(self._unknown) > MOST:
                self._unknown.popitem(last=False)
        is_old = time.monotonic() - since > GIVEN_UP
        if is_old or _is_expired(message):
            if is_old:
                logger.warning("No worker knew the task %r for an hour: given up", name)
            del self._unknown[number]
            message.reject_log_error(logger, self.connection_errors)
            return
        # The prefetch count grows, so that a waiting message takes no place of a known task.
        self.qos.increment_eventually()
        self.timer.call_after(PAUSE, self._put_back, (message,))

    def _put_back(self, message: Any) -> None:
        # At once, by the timer: this worker's own loop would put it back and take it in one go.
        try:
            message.requeue()
        except self.connection_errors as error:
            # The broker gives it to another worker by itself.
            logger.debug("Not put back: %s", error)
        self.qos.decrement_eventually()


def _name_of(message: Any) -> tuple[str, str]:
    """Return name and id of a message's task, one line each."""
    found = message.headers if "task" in message.headers else message.payload
    return str(found["task"])[:200], str(found["id"])


def _is_expired(message: Any) -> bool:
    """Return whether the task has expired; the tasks of beat have an expiry time."""
    expires = message.headers.get("expires")
    try:
        return bool(expires) and datetime.fromisoformat(expires) < now()
    except (TypeError, ValueError):
        return False
