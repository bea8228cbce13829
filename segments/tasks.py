"""What a worker does when it is woken; each task calls one function."""

from celery import shared_task

from segments.models import RefreshRun
from segments.refresh import execute_run
from segments.schedule import refresh_all as refresh_all_segments


@shared_task(name="segments.refresh_run")
def refresh_run(run_id: int) -> None:
    """Execute a queued run; nothing to do where it is gone with its segment."""
    run = RefreshRun.objects.filter(pk=run_id).first()
    if run is not None:
        execute_run(run)


@shared_task(name="segments.refresh_all")
def refresh_all() -> None:
    """Refresh every active segment whose mode is automatic."""
    refresh_all_segments()
