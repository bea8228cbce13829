"""The schedule of Celery beat and the queues of tasks, which apps add to in `AppConfig.ready()`."""

from typing import Any

from celery.schedules import crontab
from django.conf import settings

# Tasks that wait for servers of others, and long tasks that must not delay a refresh.
WEBHOOKS, PREDICTIONS = "tranche-webhooks", "tranche-predictions"
REFRESH = "tranche-refresh"


def schedule_task(
    task: str, every: float | crontab, *, name: str = "", expires: float | None = None
) -> None:
    """Have beat send `task` `every` so many seconds, or at the times of a crontab.

    Workers drop a message older than `expires` seconds: by default the interval, and never for a
    crontab. `name` is that of the entry in the schedule, by default the task's.
    """
    seconds = every if expires is None and not isinstance(every, crontab) else expires
    entry: dict[str, Any] = {"task": task, "schedule": every}
    if seconds is not None:
        entry["options"] = {"expires": seconds}
    settings.CELERY_BEAT_SCHEDULE[name or task] = entry


def route_tasks(queue: str, *tasks: str) -> None:
    """Have the workers of `queue` carry out `tasks`."""
    settings.CELERY_TASK_ROUTES.update({task: {"queue": queue} for task in tasks})
