"""Celery tasks; each calls one function, and it does no harm if a message is lost or doubled."""

from celery import shared_task

from segments.engine import maintenance, totals
from segments.engine.live_changes import costly_segments
from segments.engine.live_changes.changed_customers import process_changes as process
from segments.engine.refreshes.execution import execute_run, execute_shard
from segments.engine.tick import tick as do_what_is_due
from segments.export.background import requests as background
from segments.export.background import schedule
from segments.export.background.files import purge_files
from segments.models import RefreshRun
from segments.webhooks import delivery


@shared_task(name="segments.tick")
def tick() -> None:
    """Do the work that is due: runs, changed customers, passing time, schedules."""
    do_what_is_due()


@shared_task(name="segments.process_changes")
def process_changes() -> None:
    """Process changed customers without waiting for the next tick."""
    process()


@shared_task(name="segments.process_costly")
def process_costly() -> None:
    """Update the segments in a lane of their own that are due."""
    costly_segments.process_costly()


@shared_task(name="segments.refresh_run")
def refresh_run(run_id: int) -> None:
    """Execute a queued run; do nothing where the run was deleted with its segment."""
    run = RefreshRun.objects.filter(pk=run_id).first()
    if run is not None:
        execute_run(run)


@shared_task(name="segments.refresh_shard")
def refresh_shard(shard_id: int) -> None:
    """Find the members in one shard of a run."""
    execute_shard(shard_id)


@shared_task(name="segments.exports")
def exports() -> None:
    """Begin the scheduled exports that are due, and wake workers for waiting exports."""
    schedule.begin_due()
    background.wake_waiting()


@shared_task(name="segments.write_export")
def write_export(export_id: int) -> None:
    """Write a queued export; do nothing where it was deleted or has ended."""
    background.execute_export(export_id)


@shared_task(name="segments.webhooks")
def webhooks() -> None:
    """Wake workers for the webhooks that have something to deliver."""
    delivery.wake_waiting()


@shared_task(name="segments.deliver_webhooks")
def deliver_webhooks(endpoint_id: int) -> None:
    """Deliver the waiting changes to a webhook."""
    delivery.deliver(endpoint_id)


@shared_task(name="segments.keep_totals")
def keep_totals() -> None:
    """Count all customers for the pages of a big shop, if that is due."""
    totals.keep_totals_if_due()


@shared_task(name="segments.keep_partitions")
def keep_partitions() -> None:
    """Create and drop partitions of the change log."""
    maintenance.keep_partitions()


@shared_task(name="segments.purge")
def purge() -> None:
    """Delete runs, changes, sizes, files and deliveries that are older than the settings keep."""
    maintenance.purge()
    purge_files()
    delivery.purge_deliveries()


@shared_task(name="segments.reconcile")
def reconcile() -> None:
    """Compare the customers' roll-ups with freshly computed ones, and correct them."""
    maintenance.reconcile()
