"""Row locks on sequences until the end of the transaction; the segments are read, not locked."""

from collections.abc import Collection

from django.db.models import QuerySet

from campaigns import models


def lock_sequence(pk: int) -> models.Sequence:
    """Return the stored sequence, locked; raises Sequence.DoesNotExist."""
    return _lock_rows().get(pk=pk)


def lock_sequences(segment_ids: Collection[int]) -> dict[tuple[int | None, str], models.Sequence]:
    """Return the sequences of these segments, locked, by (segment, trigger)."""
    rows = _lock_rows().filter(segment__in=segment_ids).order_by("pk")
    return {(one.segment_id, one.trigger): one for one in rows}


def _lock_rows() -> QuerySet[models.Sequence]:
    rows: QuerySet[models.Sequence] = models.Sequence.objects.select_related("segment")
    return rows.select_for_update(no_key=True, of=("self",))
