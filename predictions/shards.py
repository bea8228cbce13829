"""Shards of scoring runs: ranges of customer keys, each leased to one worker at a time.

The shard of a customer does not affect their scores: all shards use the same limits.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import Max, Min, Q, QuerySet

from core.clock import now
from customers.models import Customer
from predictions.models import ScoringRun, ScoringShard

# The number of keys in a shard, unless the caller gives the number of shards.
KEYS = 50_000
# Shards that are not done; among them those that wait for the first pass, and for scoring.
LEFT = Q(is_done=False)
TO_LOOK_AT, TO_SCORE = Q(is_ready=False, found__isnull=True), LEFT & Q(is_ready=True)


def cut_shards(run: ScoringRun, count: int | None) -> list[int]:
    """Cut all customers into `count` shards of equally many keys; return the keys of the shards.

    The last shard has no upper bound, so that it also holds customers who are created later.
    `count` None: one shard per 50,000 keys.
    """
    ends = Customer.objects.aggregate(_first=Min("pk"), _last=Max("pk"))
    first, last = ends["_first"] or 0, ends["_last"] or 0
    if count is None:
        count = 1 + (last - first) // KEYS
    bounds = [first - 1 + (last - first + 1) * number // count for number in range(count)]
    made = ScoringShard.objects.bulk_create(
        ScoringShard(run=run, after=after, until=until)
        for after, until in zip(bounds, [*bounds[1:], None], strict=True)
    )
    return [one.pk for one in made]


def claim(run: ScoringRun, wanted: Q, pk: int | None = None) -> ScoringShard | None:
    """Lease a free shard, the one with key `pk` if given; None where no such shard is free.

    `wanted`: TO_LOOK_AT or TO_SCORE.
    """
    free = ScoringShard.objects.filter(is_free(), wanted, run=run).defer("found").order_by("pk")
    holder = str(uuid4())
    for found in free if pk is None else free.filter(pk=pk):
        taken = free.filter(pk=found.pk).update(holder=holder, seen_at=now())
        if taken:
            return _rows().filter(pk=found.pk, holder=holder).first()
    return None


def hold(shard: ScoringShard) -> ScoringShard | None:
    """Lock the row of a shard until the end of the transaction; None if the lease was lost."""
    rows = _rows().select_for_update().filter(pk=shard.pk, is_done=False)
    return rows.filter(holder=shard.holder).first()


def release(shard: ScoringShard) -> None:
    """Give up the lease of a shard, so that another worker may claim it."""
    ScoringShard.objects.filter(pk=shard.pk, holder=shard.holder).update(holder="", seen_at=None)


def live(shard: ScoringShard) -> bool:
    """Renew the lease of a shard; return False if another worker holds it."""
    return bool(_rows().filter(pk=shard.pk, holder=shard.holder).update(seen_at=now()))


def note_found(shard: ScoringShard, result: Any) -> None:
    """Store the result of the first pass and release the shard; do nothing if the lease is lost."""
    rows = _rows().filter(pk=shard.pk, holder=shard.holder)
    rows.update(found=result, holder="", seen_at=None)


def all_found(run: ScoringRun) -> Iterator[Any]:
    """Yield the results of the first pass, shard by shard."""
    found = ScoringShard.objects.filter(run=run).order_by("pk")
    yield from found.values_list("found", flat=True).iterator(chunk_size=1)


def make_ready(run: ScoringRun) -> list[int]:
    """Open all shards of a run for scoring, once its limits are stored; return keys in order."""
    found = ScoringShard.objects.filter(run=run)
    found.update(found=None, is_ready=True)
    return list(found.order_by("pk").values_list("pk", flat=True))


def done(run: ScoringRun) -> list[ScoringShard]:
    """Return the shards of a run that are done."""
    return list(_rows().filter(run=run, is_done=True))


def are_left(run: ScoringRun, wanted: Q) -> bool:
    """Return whether the run has shards that match `wanted`."""
    return ScoringShard.objects.filter(wanted, run=run).exists()


def end(runs: Iterable[int]) -> None:
    """Delete the shards of `runs`; waits for batches that are being written."""
    ScoringShard.objects.filter(run__in=list(runs)).delete()


def hold_all() -> None:
    """Lock all unfinished shards until the transaction ends: no batch is written until then."""
    rows = ScoringShard.objects.select_for_update().filter(is_done=False)
    list(rows.order_by("pk").values_list("pk", flat=True))


def _rows() -> QuerySet[ScoringShard]:
    # The results of the first pass are large.
    return ScoringShard.objects.defer("found")


def is_silent() -> Q:
    """Return the filter for runs or shards whose lease has expired."""
    return Q(seen_at__lte=now() - timedelta(seconds=settings.LEASE_SECONDS))


def is_free() -> Q:
    """Return the filter for shards that no worker holds, or whose lease has expired."""
    return Q(holder="") | is_silent()
