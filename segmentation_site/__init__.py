"""Composition root: settings, addresses and the Celery application."""

import gc

# A process starts with objects that it keeps. By Python's usual thresholds the collector examines
# them hundreds of times, which took a fifth of the start of a web process.
gc.set_threshold(50_000, 20, 100)

from segmentation_site.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
