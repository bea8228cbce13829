"""The schedule of Celery beat and the queues of tasks, which apps add to in `AppConfig.ready()`."""

import logging
from typing import Any

from celery.schedules import crontab
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

# Tasks that wait for servers of others, and long tasks that must not delay a refresh.
WEBHOOKS, PREDICTIONS = "tranche-webhooks", "tranche-predictions"
REFRESH = "tranche-refresh"


def schedule_task(
    task: str,
    every: float | crontab,
    *,
    name: str = "",
    expires: float | None = None,
    check: str = "",
) -> None:
    """Have beat send `task` `every` so many seconds, or at the times of a crontab.

    `check` is the path of a function that returns whether the task may find work (`has_work`).

    Workers drop a message older than `expires` seconds: by default the interval, and never for a
    crontab. `name` is that of the entry in the schedule, by default the task's.
    """
    seconds = every if expires is None and not isinstance(every, crontab) else expires
    entry: dict[str, Any] = {"task": task, "schedule": every}
    if seconds is not None:
        entry["options"] = {"expires": seconds}
    settings.CELERY_BEAT_SCHEDULE[name or task] = entry
    if check:
        settings.BEAT_CHECKS[task] = check


def has_work(task: str) -> bool:
    """Return whether `task` may find work; True where that cannot be told.

    Only SQLite is asked, where a query costs less than a message that finds nothing to do. A server
    may be slow or away, and beat must not wait for it.
    """
    path = settings.BEAT_CHECKS.get(task)
    if path is None or connection.vendor != "sqlite":
        return True
    try:
        return bool(import_string(path)())
    except Exception:  # Any exception would end beat, and with it all work.
        logger.warning("The check of %s failed", task, exc_info=True)
        return True


def route_tasks(queue: str, *tasks: str) -> None:
    """Have the workers of `queue` carry out `tasks`."""
    settings.CELERY_TASK_ROUTES.update({task: {"queue": queue} for task in tasks})
