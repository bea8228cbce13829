"""The Celery application; its settings are the `CELERY_*` ones of `settings.py`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
# `migrate` has run the checks. In a worker they would load every page and the whole API.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# Addresses that begin with `filesystem:` mean our own transport, not kombu's.
TRANSPORT_ALIASES["filesystem"] = "segmentation_site.workers.file_queue:Transport"

app = Celery("tranche")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# By name: web processes import this module, but do not load the steps and their imports.
app.steps["worker"].add("segmentation_site.workers.heartbeat:WorkerLife")
app.steps["worker"].add("segmentation_site.monitoring.capacity:WorkerCapacity")


@task_prerun.connect
@task_postrun.connect
def release_connections_of_task(sender: Any, **_given: Any) -> None:
    """Release the worker's connections, in the place of Celery: see `CELERY_DB_REUSE_MAX`.

    Tasks that the caller runs itself leave the caller's connections alone.
    """
    if not sender.request.is_eager:
        from core.processes import release_connections

        release_connections()


@setup_logging.connect
def keep_logging(**_given: Any) -> None:
    """Leave logging as `LOGGING` has it: Celery would put its own level in place of LOG_LEVEL."""
