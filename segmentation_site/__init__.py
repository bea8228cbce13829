"""Composition root: settings, addresses and the Celery application."""

from segmentation_site.celery import app as celery_app

__all__ = ["celery_app"]
