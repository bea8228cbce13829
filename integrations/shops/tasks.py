"""Celery tasks for imports of shops; a task may be lost or run twice."""

from celery import shared_task

from integrations.shops import following
from integrations.shops.runs import execution, files, lifecycle


@shared_task(name=lifecycle.TASK)
def execute_import(pk: int) -> None:
    """Plan or carry out an import; do nothing if the import is gone or done."""
    execution.execute_import(pk)


@shared_task(name="shops.look_after_imports")
def look_after_imports() -> None:
    """Wake workers for imports that wait; delete files that are no longer needed."""
    lifecycle.wake_waiting()
    files.purge_files()


@shared_task(name=following.TASK)
def sync_shops() -> None:
    """Read what has changed in every shop whose settings are there."""
    following.sync_configured_shops()
