"""What a worker does when it is woken; each task calls one function and may be lost or doubled."""

from celery import shared_task

from segments.engine import costly_segments, maintenance, totals
from segments.engine.changed_customers import process_changes as process
from segments.engine.execution import execute_run, execute_shard
from segments.engine.tick import tick as do_what_is_due
from segments.export import background, schedule
from segments.export.files import purge_files
from segments.models import RefreshRun
from segments.webhooks import delivery


@shared_task(name="segments.tick")
def tick() -> None:
    """Look for what is due: runs, changed customers, passing time, schedules."""
    do_what_is_due()


@shared_task(name="segments.process_changes")
def process_changes() -> None:
    """Bring changed customers up to date, without waiting for the next tick."""
    process()


@shared_task(name="segments.process_costly")
def process_costly() -> None:
    """Work changes into the costly segments whose turn it is."""
    costly_segments.process_costly()


@shared_task(name="segments.refresh_run")
def refresh_run(run_id: int) -> None:
    """Execute a queued run; nothing to do where it is gone with its segment."""
    run = RefreshRun.objects.filter(pk=run_id).first()
    if run is not None:
        execute_run(run)


@shared_task(name="segments.refresh_shard")
def refresh_shard(shard_id: int) -> None:
    """Find the members among a stretch of customers, for a run in shards."""
    execute_shard(shard_id)


@shared_task(name="segments.exports")
def exports() -> None:
    """Look for exports that are due."""
    schedule.begin_due()
    background.wake_waiting()


@shared_task(name="segments.write_export")
def write_export(export_id: int) -> None:
    """Write a queued export; nothing to do where it is gone or done."""
    background.execute_export(export_id)


@shared_task(name="segments.webhooks")
def webhooks() -> None:
    """Look for webhooks that have something to be told."""
    delivery.wake_waiting()


@shared_task(name="segments.deliver_webhooks")
def deliver_webhooks(endpoint_id: int) -> None:
    """Tell a webhook who entered and left."""
    delivery.deliver(endpoint_id)


@shared_task(name="segments.keep_totals")
def keep_totals() -> None:
    """Count everybody for the pages of a big shop, where that is due."""
    totals.keep_totals_if_due()


@shared_task(name="segments.keep_partitions")
def keep_partitions() -> None:
    """See to the partitions of the change log."""
    maintenance.keep_partitions()


@shared_task(name="segments.purge")
def purge() -> None:
    """Delete runs, changes, sizes, files and deliveries that are older than the settings keep."""
    maintenance.purge()
    purge_files()
    delivery.purge_deliveries()


@shared_task(name="segments.reconcile")
def reconcile() -> None:
    """Compare the customers' figures with freshly computed ones, and correct them."""
    maintenance.reconcile()
