"""Refreshes big segments in shards: ranges of customers that several workers process in parallel.

Each shard is matched in a transaction and under a lease of its own, and stores the members that it
finds in a separate table. When the last shard is done, one transaction compares and writes, as for
any segment, so that readers see the old members until then. The database decides which shard is the
last. While a run is in shards, changed customers are marked for its segment again
(`engine.live_changes`), and are evaluated once more after the new members are stored.
"""

from collections.abc import Iterator
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, Q, QuerySet

from core.clock import now
from core.database.lease import free_lease
from core.load.timing import note_duration
from customers.models import Customer
from segments.engine.backlogs import SHARD
from segments.engine.members.stored_members import wanted_by
from segments.engine.refreshes.runs import will_see_owed
from segments.lease import LeaseLost, Progress, beating, length, owner_name
from segments.models import RefreshRun, RefreshShard, RunPhase, Segment, WantedMember
from segments.rules.evaluation.rule import rule_of


class DefinitionChanged(Exception):
    """The segment was edited after its shards were planned, so they must be planned again."""


def are_wanted() -> bool:
    """Return whether there are enough customers for a refresh in shards; PostgreSQL only."""
    # SQLite has one writer at a time, so shards would not run in parallel.
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return False
    beyond = Customer.objects.order_by()[settings.SHARD_CUSTOMERS : settings.SHARD_CUSTOMERS + 1]
    return beyond.exists()


def segments_in_shards() -> QuerySet[RefreshShard, int]:
    """Return the ids of the segments that are being refreshed in shards."""
    under_way = RefreshShard.objects.filter(run__outcome="")
    return under_way.values_list("run__segment_id", flat=True).distinct()


def plan(run: RefreshRun) -> None:
    """Divide the claimed `run` into shards, unless it has some; wake workers for open shards."""
    with transaction.atomic():
        version = Segment.objects.values_list("version", flat=True).get(pk=run.segment_id)
        if run.shards.exclude(version=version).exists():
            forget(run)
        if not run.shards.exists():
            as_of = run.as_of or now()
            will_see_owed(run)
            RefreshShard.objects.bulk_create(
                RefreshShard(run=run, first_id=first, last_id=last, as_of=as_of, version=version)
                for first, last in _stretches()
            )
        total = Customer.objects.count()
        RefreshRun.objects.filter(pk=run.pk).update(version=version, total=total)
        waiting = list(run.shards.filter(finished_at=None).values_list("pk", flat=True))
        for pk in waiting:
            transaction.on_commit(
                partial(current_app.send_task, "segments.refresh_shard", args=[pk]), robust=True
            )


def are_done(run: RefreshRun) -> bool:
    """Return whether `run` has shards and all are done, by the current definition."""
    version = Segment.objects.values_list("version", flat=True).get(pk=run.segment_id)
    shards = RefreshShard.objects.filter(run=run)
    return (
        shards.exists() and not shards.exclude(finished_at__isnull=False, version=version).exists()
    )


def execute_shard(shard_id: int) -> RefreshRun | None:
    """Find the members in a shard, unless it is done or another worker holds it.

    Return the run, claimed by this worker for writing, where this shard was the run's last; else
    None. Raises LeaseLost where another worker has taken over, RunCancelled where the run was
    cancelled, and DefinitionChanged where the segment was edited after the shards were planned.
    """
    shard = _claim(shard_id)
    if shard is None:
        return None
    with (
        note_duration(SHARD),
        beating(partial(_beat, shard)) as progress,
        transaction.atomic(),
    ):
        _match(shard)
        progress.check()
        if not _held(shard).update(finished_at=now(), lease_expires_at=None):
            raise LeaseLost(shard.pk)
        progress.end()
    return _claim_if_last(shard)


def found_members(run: RefreshRun) -> QuerySet[Customer]:
    """Return the customers that the shards of `run` have found."""
    found = WantedMember.objects.filter(run_id=run.pk)
    return Customer.objects.filter(pk__in=found.values("customer_id"))


def forget(run: RefreshRun) -> None:
    """Delete the shards of `run` and the members that they have found."""
    found = WantedMember.objects.filter(run_id=run.pk)
    found._raw_delete(found.db)
    run.shards.all().delete()


def _stretches() -> Iterator[tuple[int, int]]:
    """Yield ranges of internal ids, each with about `settings.SHARD_CUSTOMERS` customers."""
    all_ids = Customer.objects.aggregate(first=Min("pk"), last=Max("pk"), count=Count("pk"))
    if not all_ids["count"]:
        return
    number = -(-all_ids["count"] // settings.SHARD_CUSTOMERS)
    width = -(-(all_ids["last"] - all_ids["first"] + 1) // number)
    for start in range(all_ids["first"], all_ids["last"] + 1, width):
        yield start, start + width - 1


def _claim(shard_id: int) -> RefreshShard | None:
    at = now()
    claimed = RefreshShard.objects.filter(
        free_lease(at),
        pk=shard_id,
        finished_at=None,
        run__outcome="",
        run__cancel_requested_at=None,
    ).update(fencing=F("fencing") + 1, lease_expires_at=at + length())
    if not claimed:
        return None
    return RefreshShard.objects.select_related("run__segment").filter(pk=shard_id).first()


def _match(shard: RefreshShard) -> None:
    segment = Segment.objects.get(pk=shard.run.segment_id)
    rule = rule_of(segment)
    if segment.version != shard.version:
        raise DefinitionChanged(segment.code)
    stretch = Q(pk__gte=shard.first_id, pk__lte=shard.last_id)
    only = Customer.objects.filter(stretch).values("pk")
    sql, params = wanted_by(shard.run_id, rule.customers(as_of=shard.as_of, only=only))
    # An earlier attempt of the shard has left no rows: its transaction was rolled back.
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {WantedMember._meta.db_table} (run_id, customer_id) {sql} ORDER BY 2",
            params,
        )


def _beat(shard: RefreshShard, progress: Progress) -> bool:
    """Write the heartbeat of the shard and its run; return False where the work is over."""
    expires = now() + length()
    progress.lost = not _held(shard).update(lease_expires_at=expires)
    run = RefreshRun.objects.unfinished().filter(pk=shard.run_id)
    progress.lost = progress.lost or not run.update(heartbeat_at=now(), lease_expires_at=expires)
    progress.cancelled = run.filter(cancel_requested_at__isnull=False).exists()
    return not (progress.lost or progress.cancelled)


def _held(shard: RefreshShard) -> QuerySet[RefreshShard]:
    return RefreshShard.objects.filter(pk=shard.pk, fencing=shard.fencing, finished_at=None)


def _claim_if_last(shard: RefreshShard) -> RefreshRun | None:
    """Update the run's progress; claim and return the run if all its shards are done."""
    shards = RefreshShard.objects.filter(run=shard.run_id)
    waiting = shards.filter(finished_at=None).count()
    run = RefreshRun.objects.unfinished().filter(pk=shard.run_id, phase=RunPhase.MATCHING)
    if waiting:
        run.update(done=F("total") * (shards.count() - waiting) / shards.count())
        return None
    at = now()
    claimed = run.update(
        phase=RunPhase.COMPARING,
        owner=owner_name(),
        fencing=F("fencing") + 1,
        heartbeat_at=at,
        lease_expires_at=at + length(),
    )
    return RefreshRun.objects.get(pk=shard.run_id) if claimed else None
