"""Durations of the latest work, for kinds of work whose own rows do not store them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from django.db import OperationalError, models

from core.database.idle_timeouts import fail_if_locked, is_busy

# The median is taken over so many rows of a kind; up to as many older rows are kept.
LATEST = 100


class WorkTiming(models.Model):
    """The duration of one piece of work, in seconds, by kind."""

    kind = models.CharField(max_length=32)
    seconds = models.FloatField()

    class Meta:
        app_label = "customers"
        indexes = [models.Index(fields=["kind", "-id"], name="work_timing_idx")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.seconds:.3f} s"


@contextmanager
def note_duration(kind: str) -> Iterator[None]:
    """Store the duration of the block, unless the block raises."""
    started = time.monotonic()
    yield
    note_timing(kind, time.monotonic() - started)


def note_timing(kind: str, seconds: float) -> None:
    """Store the duration `seconds` of one piece of work; delete older rows now and then.

    Store nothing where another writer keeps the database locked: the work is done, and what follows
    it must neither wait nor fail for its duration.
    """
    try:
        with fail_if_locked():
            row = WorkTiming.objects.create(kind=kind, seconds=seconds)
            if row.pk % LATEST == 0:
                _rows(kind).filter(pk__lt=row.pk - _span(kind)).delete()
    except OperationalError as error:
        if not is_busy(error):
            raise


def median_seconds(kind: str) -> float | None:
    """Return the median of the latest `LATEST`; None where there are none."""
    latest = list(_rows(kind).values_list("seconds", flat=True)[:LATEST])
    return median(latest) if latest else None


def _rows(kind: str) -> models.QuerySet[WorkTiming]:
    return WorkTiming.objects.filter(kind=kind).order_by("-pk")


def _span(kind: str) -> int:
    """Return the range of keys of the latest `LATEST` rows, which has rows of other kinds, too."""
    keys = list(_rows(kind).values_list("pk", flat=True)[:LATEST])
    return keys[0] - keys[-1]
