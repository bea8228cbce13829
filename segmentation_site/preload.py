"""Loads what the processes of one machine have in common, before they are forked."""

import gc
from importlib import import_module

import django
from django.urls import URLPattern, URLResolver, get_resolver

from core.build import revision, version

# What the processes import by name.
MODULES = [
    f"segmentation_site.{name}"
    for name in (
        "monitoring.capacity",
        "web.gunicorn_worker",
        "workers.file_queue",
        "workers.heartbeat",
        "workers.unknown_tasks",
    )
]


def preload() -> None:
    """Load Django with all views and tasks, without opening a connection or starting a thread.

    Processes forked afterwards share the memory of these objects until they write to it.
    """
    django.setup()
    # It starts reading settings, which `setup` has prepared.
    from segmentation_site.celery import app

    app.loader.import_default_modules()
    _load(get_resolver())
    # Files may be replaced while the processes run: those forked later have the same code, and say
    # the same version.
    for module in MODULES:
        import_module(module)
    version(), revision()
    # A collection writes to every object that it examines, and a write to shared memory copies it.
    gc.collect()
    gc.freeze()


def _load(resolver: URLResolver) -> None:
    """Import the views of a resolver and of those that it includes."""
    children: list[URLPattern | URLResolver] = resolver.url_patterns
    for child in children:
        if isinstance(child, URLResolver):
            _load(child)
