"""How long the latest pieces of work took, of the kinds whose own rows do not say it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from django.db import models

# The median is of so many of each kind; up to as many older ones are still there.
LATEST = 100


class WorkTiming(models.Model):
    """That a piece of work of one kind has taken so many seconds."""

    kind = models.CharField(max_length=32)
    seconds = models.FloatField()

    class Meta:
        app_label = "customers"
        indexes = [models.Index(fields=["kind", "-id"], name="work_timing_idx")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.seconds:.3f} s"


@contextmanager
def timed(kind: str) -> Iterator[None]:
    """Note how long the block takes, unless it raises."""
    started = time.monotonic()
    yield
    note_timing(kind, time.monotonic() - started)


def note_timing(kind: str, seconds: float) -> None:
    """Note that one more piece of work has taken `seconds`; older ones are deleted now and then."""
    row = WorkTiming.objects.create(kind=kind, seconds=seconds)
    if row.pk % LATEST == 0:
        _rows(kind).filter(pk__lt=row.pk - _span(kind)).delete()


def median_seconds(kind: str) -> float | None:
    """Return the median of the latest `LATEST`; None where there are none."""
    latest = list(_rows(kind).values_list("seconds", flat=True)[:LATEST])
    return median(latest) if latest else None


def _rows(kind: str) -> models.QuerySet[WorkTiming]:
    return WorkTiming.objects.filter(kind=kind).order_by("-pk")


def _span(kind: str) -> int:
    """Return how far the keys of the latest `LATEST` reach: other kinds lie between them."""
    keys = list(_rows(kind).values_list("pk", flat=True)[:LATEST])
    return keys[0] - keys[-1]
