"""Shards of scoring runs: how everybody is cut into stretches, and who may work on one.

Which customers are in which does not matter to any score: all are judged by the same limits.
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

# So many keys make a shard, where nobody says how many there are to be.
KEYS = 50_000
# Those that are not done; of them those to be looked at, and those to be scored.
LEFT = Q(is_done=False)
TO_LOOK_AT, TO_SCORE = Q(is_ready=False, found__isnull=True), LEFT & Q(is_ready=True)


def cut(run: ScoringRun, count: int | None) -> list[int]:
    """Cut everybody into so many shards of as many keys each, and return their keys.

    Whoever comes later, with a key above all others, is in the last one.
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
    """Take a shard that nobody works on, this one if `pk` is given; None where there is none.

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
    """Hold the row of a shard to the end of the transaction, and return it; None: not ours now."""
    rows = _rows().select_for_update().filter(pk=shard.pk, is_done=False)
    return rows.filter(holder=shard.holder).first()


def release(shard: ScoringShard) -> None:
    """Let somebody else work on it."""
    ScoringShard.objects.filter(pk=shard.pk, holder=shard.holder).update(holder="", seen_at=None)


def live(shard: ScoringShard) -> bool:
    """Write a sign of life; return whether it is still ours."""
    return bool(_rows().filter(pk=shard.pk, holder=shard.holder).update(seen_at=now()))


def note_found(shard: ScoringShard, found: Any) -> None:
    """Store what the look at it has found, and let it go; nothing if it is not ours."""
    rows = _rows().filter(pk=shard.pk, holder=shard.holder)
    rows.update(found=found, holder="", seen_at=None)


def all_found(run: ScoringRun) -> Iterator[Any]:
    """Yield what was found in each."""
    found = ScoringShard.objects.filter(run=run).order_by("pk")
    yield from found.values_list("found", flat=True).iterator(chunk_size=1)


def make_ready(run: ScoringRun) -> list[int]:
    """Let them be scored, now that the limits are stored; return their keys, in order."""
    found = ScoringShard.objects.filter(run=run)
    found.update(found=None, is_ready=True)
    return list(found.order_by("pk").values_list("pk", flat=True))


def done(run: ScoringRun) -> list[ScoringShard]:
    """Return those that are done."""
    return list(_rows().filter(run=run, is_done=True))


def are_left(run: ScoringRun, wanted: Q) -> bool:
    """Return whether there are some that are `wanted`."""
    return ScoringShard.objects.filter(wanted, run=run).exists()


def end(runs: Iterable[int]) -> None:
    """Take the shards of `runs` away; waits for the batches that are being written."""
    ScoringShard.objects.filter(run__in=list(runs)).delete()


def hold_all() -> None:
    """Hold all shards to the end of the transaction: no batch is written until then."""
    rows = ScoringShard.objects.select_for_update().filter(is_done=False)
    list(rows.order_by("pk").values_list("pk", flat=True))


def _rows() -> QuerySet[ScoringShard]:
    # What was found is large.
    return ScoringShard.objects.defer("found")


def is_silent() -> Q:
    """Return the test that whoever works on a run or a shard has lost its lease."""
    return Q(seen_at__lte=now() - timedelta(seconds=settings.LEASE_SECONDS))


def is_free() -> Q:
    """Return the test that nobody works on a shard."""
    return Q(holder="") | is_silent()
