"""Full scoring of the population, in batches by internal key.

Each batch is a transaction of its own, so that a killed process loses one batch at most. A first
pass over the population computes the limits by which the second pass scores each customer.

A second run over unchanged data writes nothing. A run that begins while another is running
overtakes it, as a deploy does: the earlier run stops at its next batch. The population is cut into
shards: the process that began the run works on one shard after the other, and other workers help.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial

from celery import current_app
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Q, QuerySet

from core.clock import checked_clock, now
from core.database.idle_timeouts import end_soon_when_silent
from core.load.timing import note_duration
from customers.models import Customer
from predictions import shards
from predictions.conditions.flipped import Asked, questions
from predictions.history.batches import BATCH, stretch_of
from predictions.history.population import population
from predictions.kinds.kind import Limits
from predictions.models import (
    CustomerPrediction,
    PredictionModel,
    ScoringRun,
    ScoringShard,
    ScoringState,
    WaitingCustomer,
)
from predictions.refusals import Refused
from predictions.registry import model_named, models
from predictions.scoring.deployed_scorers import Judge, judge_of
from predictions.scoring.population_pass import Look
from predictions.scoring.writing import (
    Counted,
    Tally,
    in_transaction,
    lock_models,
    mark_if_asked_since,
    mark_if_days_are_counted,
    write_scores,
)
from predictions.signals import everybody_scored

# The name under which the duration of scoring a shard is measured.
SCORING = "scoring_shard"
BETWEEN_SIGNS = timedelta(seconds=5)
SECONDS_BETWEEN_LOOKS = 0.2
# The model whose limits need the sales of all customers: its runs also store an overview of them.
WITH_OVERVIEW = "rfm"


class _Overtaken(Exception):
    pass


def score(code: str | None = None, *, as_of: datetime | None = None) -> ScoringRun:
    """Score the population by the model `code`, or by all, as of an aware instant (default: now).

    Return the run, which is completed or was overtaken by another run. Models without a deployed
    version are left out. Raises `registry.Unknown` for an unknown code, and ValueError for an
    `as_of` without a time zone.
    """
    return score_models(None if code is None else [code], as_of=as_of)


def score_models(
    codes: Iterable[str] | None, *, as_of: datetime | None, count: int | None = None
) -> ScoringRun:
    """Score the population by the models `codes`, or by those switched on, as `score` does.

    `count` is the number of shards; None: by the number of keys.
    """
    if codes is None:
        found = list(models().filter(is_active=True))
    else:
        found = [model_named(code) for code in dict.fromkeys(codes)]
    moment = now() if as_of is None else checked_clock(as_of)
    run, judges = _begin(found, moment, count)
    try:
        if judges:
            judges = _with_limits(run, judges)
            _score_all(run, judges)
        finish_scoring(run.pk)
    except _Overtaken:
        _end(run, ScoringState.OVERTAKEN)
    except (DatabaseError, InterfaceError):
        # The database may have ended the transaction of a stopped process, and another run begun.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        if _is_running(run):
            _end(run, ScoringState.FAILED)
            raise
    except BaseException:
        _end(run, ScoringState.FAILED)
        raise
    return _runs().get(pk=run.pk)


def look_at_shard(pk: int) -> None:
    """Do the first pass over a shard, unless another worker does or has done so."""
    with _shard(pk, shards.TO_LOOK_AT) as shard:
        if shard is not None:
            _look_at_shard(shard.run, _judges_of(shard.run), shard)


def score_shard(pk: int) -> None:
    """Score the customers of a shard, unless another worker does; the last shard ends the run."""
    with _shard(pk, shards.TO_SCORE) as shard:
        if shard is not None:
            _score_shard(shard.run, _with_stored_limits(_judges_of(shard.run)), shard)
            finish_scoring(shard.run.pk)


@contextmanager
def _shard(pk: int, wanted: Q) -> Iterator[ScoringShard | None]:
    """Claim a shard of a run that another process began; None where it is not free or not `wanted`.

    The shard is released after an error, and nothing is raised where the run was overtaken.
    """
    run = _runs().filter(shards__pk=pk).first()
    shard = None if run is None else shards.claim(run, wanted, pk)
    try:
        yield shard
    except _Overtaken:
        return
    except BaseException:
        if shard is not None:
            shards.release(shard)
        raise


def finish_scoring(pk: int) -> None:
    """End a run whose shards are all done, unless the run has ended; safe to call twice."""
    run = _runs().get(pk=pk)
    with transaction.atomic():
        found = lock_models(run.versions)
        done = shards.done(run)
        if shards.are_left(run, shards.LEFT) or not _is_running(run):
            return
        if len(done) != run.shards_count or not _may_write(run, found):
            _end(run, ScoringState.OVERTAKEN)
            return
        tally = Tally({code: Counted() for code in run.versions})
        for shard in done:
            tally.add(_tally_of(shard))
        for model in found:
            PredictionModel.objects.filter(pk=model.pk).update(
                as_of=run.as_of,
                scored_at=now(),
                customers_scored=tally.counts_of(model.code).scored,
            )
        mark_if_days_are_counted({model.kind for model in found})
        run.counts = {code: asdict(counted) for code, counted in tally.by_model.items()}
        run.marked_customers = tally.marked
        _end(run, ScoringState.COMPLETED)
    everybody_scored.send_robust(ScoringRun, run=run)


def _begin(
    found: Sequence[PredictionModel], moment: datetime, count: int | None
) -> tuple[ScoringRun, list[Judge]]:
    """Take over the models and cut the population into shards, which other workers may claim.

    A running run of one of these models is overtaken; its other models are owed a scoring.
    """
    codes = [model.code for model in found]
    judges = []
    with transaction.atomic():
        at = now()
        run = ScoringRun(codes=codes, as_of=moment, started_at=at, seen_at=at)
        # Lock all models, in one order: an earlier run may score models that this one does not.
        locked = lock_models(models().values_list("code", flat=True))
        mine = [model for model in locked if model.code in codes]
        for model in mine:
            try:
                judge = judge_of(model)
            except Refused as error:
                run.problems[model.code] = {"code": error.code, "message": error.stored()}
                continue
            if judge is not None:
                run.versions[model.code] = judge.version.number
                judges.append(judge)
        run.save()
        _overtake({model.run for model in mine if model.run is not None}, at)
        PredictionModel.objects.filter(code__in=codes).update(run=run.pk, is_owed=False)
        if judges:
            made = shards.cut_shards(run, count)
            run.shards_count = len(made)
            run.save(update_fields=["shards_count"])
            _wake("predictions.look_at_shard", made)
    return run, judges


def _overtake(runs: Collection[int], at: datetime) -> None:
    """End `runs`, whose models are locked, even if the process of a run has died."""
    shards.end(runs)
    running = _runs().filter(pk__in=runs, state=ScoringState.RUNNING)
    PredictionModel.objects.filter(run__in=list(running.values_list("pk", flat=True))).update(
        is_owed=True
    )
    running.update(state=ScoringState.OVERTAKEN, finished_at=at, overview=None)


def _end(run: ScoringRun, state: ScoringState) -> None:
    """Store the final state of a run, unless another process has ended the run already."""
    run.state = state
    run.finished_at = now()
    kept = {} if state == ScoringState.COMPLETED else {"overview": None}
    ended = ScoringRun.objects.filter(pk=run.pk, state=ScoringState.RUNNING).update(
        state=state,
        finished_at=run.finished_at,
        counts=run.counts,
        marked_customers=run.marked_customers,
        **kept,
    )
    if ended and state == ScoringState.OVERTAKEN:
        # These are the models that the overtaking run does not score.
        PredictionModel.objects.filter(run=run.pk).update(is_owed=True)
    shards.end([run.pk])


def _runs() -> QuerySet[ScoringRun]:
    # The overview is large and few callers need it.
    return ScoringRun.objects.defer("overview")


def _is_running(run: ScoringRun) -> bool:
    return ScoringRun.objects.filter(pk=run.pk, state=ScoringState.RUNNING).exists()


def _may_write(run: ScoringRun, found: Iterable[PredictionModel]) -> bool:
    """Return whether no other run has begun and no other version was deployed since."""
    return all(
        model.run == run.pk
        and model.deployed is not None
        and model.deployed.number == run.versions[model.code]
        for model in found
    )


def _judges_of(run: ScoringRun) -> list[Judge]:
    """Return the judges of a run that another process began, without limits.

    Raises _Overtaken where the run may not write any more.
    """
    found = list(models().select_related("deployed__segment").filter(code__in=list(run.versions)))
    if not _may_write(run, found):
        raise _Overtaken
    judges = [judge_of(model) for model in found]
    return [judge for judge in judges if judge is not None]


def _with_stored_limits(judges: Iterable[Judge]) -> list[Judge]:
    """Return judges with the limits that the first pass of their run has stored."""
    found = []
    for judge in judges:
        assert judge.model.limits is not None
        found.append(replace(judge, limits=Limits.of_json(judge.model.limits)))
    return found


def _wake(task: str, made: Sequence[int]) -> None:
    """Send a task for each shard but the first to other workers, after commit."""
    for pk in made[1:]:
        wake = partial(current_app.send_task, task, [pk])
        transaction.on_commit(wake, robust=True)


def _look_at_shard(run: ScoringRun, judges: Sequence[Judge], shard: ScoringShard) -> None:
    look = _look(run, judges)
    look.see(_stretch(shard.after, shard.until), note=partial(_live, run, shard))
    shards.note_found(shard, look.as_json())


def _with_limits(run: ScoringRun, judges: Sequence[Judge]) -> list[Judge]:
    """Do the first pass, store the limits that it finds, and return `judges` with these limits.

    The limits are stored before scoring begins, so that customers who change from now on are judged
    by them too. Then other workers get tasks to score shards. Raises _Overtaken.
    """
    for shard in _claimed_shards(run, shards.TO_LOOK_AT):
        _look_at_shard(run, judges, shard)
    look = _look(run, judges)
    for part in shards.all_found(run):
        look.join(part)
    found = look.judges()
    with transaction.atomic():
        if not _may_write(run, lock_models(run.versions)):
            raise _Overtaken
        for judge in found:
            assert judge.limits is not None
            PredictionModel.objects.filter(pk=judge.model.pk).update(
                limits={"version": judge.version.number, **judge.limits.as_json()}
            )
        if WITH_OVERVIEW in run.versions:
            overview = look.overview().as_json()
            ScoringRun.objects.filter(pk=run.pk).update(overview=overview)
        _wake("predictions.score_shard", shards.make_ready(run))
    return found


def _look(run: ScoringRun, judges: Iterable[Judge]) -> Look:
    return Look(judges, run.as_of, with_overview=WITH_OVERVIEW in run.versions)


def _score_all(run: ScoringRun, judges: Sequence[Judge]) -> None:
    for shard in _claimed_shards(run, shards.TO_SCORE):
        _score_shard(run, judges, shard)


def _claimed_shards(run: ScoringRun, wanted: Q) -> Iterator[ScoringShard]:
    """Yield one claimed shard after the other, and wait for the shards of other workers."""
    while shards.are_left(run, wanted):
        shard = shards.claim(run, wanted)
        if shard is None:
            _live(run)
            time.sleep(SECONDS_BETWEEN_LOOKS)
        else:
            yield shard


def _score_shard(run: ScoringRun, judges: Sequence[Judge], shard: ScoringShard) -> None:
    answered, is_done = questions().keys, False
    with note_duration(SCORING):
        while not is_done:
            _live(run)
            asked, is_done = in_transaction(partial(_score_part, run, judges, shard))
            answered &= asked
    mark_if_asked_since(answered)


def _score_part(
    run: ScoringRun, judges: Sequence[Judge], shard: ScoringShard
) -> tuple[frozenset[Asked | str], bool]:
    """Score the next batch of a shard; return the conditions asked, and whether it was the last.

    Raises _Overtaken where this process does not hold the shard any more.
    """
    # A new run, a deploy or an erasure may wait for the row locks of this transaction.
    end_soon_when_silent()
    held = shards.hold(shard)
    if held is None:
        raise _Overtaken
    shard = held
    keys = Customer.objects.filter(pk__gt=shard.after).order_by("pk")
    if shard.until is not None:
        keys = keys.filter(pk__lte=shard.until)
    found = list(keys.values_list("pk", flat=True)[:BATCH])
    is_done = len(found) < BATCH
    last = shard.until if is_done else found[-1]
    stretch = _stretch(shard.after, last)
    # Delete before reading the customers: those who change from now on are queued again.
    WaitingCustomer.objects.filter(**stretch).delete()
    asked, tally = questions(), Tally({judge.code: Counted() for judge in judges})
    batch = stretch_of(population(run.as_of).filter(**stretch), run.as_of)
    write_scores(batch, CustomerPrediction.objects.filter(**stretch), judges, asked, tally)
    tally.add(_tally_of(shard))
    ScoringShard.objects.filter(pk=shard.pk).update(
        after=shard.after if last is None else last,
        is_done=is_done,
        seen_at=now(),
        counts={code: asdict(counted) for code, counted in tally.by_model.items()},
        marked_customers=tally.marked,
    )
    return asked.keys, is_done


def _stretch(after: int, until: int | None) -> dict[str, int]:
    """Return the filters of keys above `after`, up to and with `until` (None: to the end)."""
    return {"pk__gt": after} | ({} if until is None else {"pk__lte": until})


def _tally_of(shard: ScoringShard) -> Tally:
    """Return the counts of a shard so far."""
    counted = {code: Counted(**counts) for code, counts in shard.counts.items()}
    return Tally(counted, shard.marked_customers)


def owe_what_was_left() -> None:
    """Mark runs whose workers have died as failed; their models are owed a scoring."""
    left = _runs().filter(shards.is_silent(), state=ScoringState.RUNNING)
    for run in left:
        with transaction.atomic():
            lock_models(run.codes)
            PredictionModel.objects.filter(run=run.pk).update(is_owed=True)
            _end(run, ScoringState.FAILED)


def _live(run: ScoringRun, shard: ScoringShard | None = None) -> None:
    """Renew the lease of a run, and of a shard in the first pass, at most every few seconds.

    While a shard is scored, each batch renews its lease. Raises _Overtaken where another worker has
    the lease of the shard.
    """
    at = now()
    if run.seen_at is None or at - run.seen_at >= BETWEEN_SIGNS:
        run.seen_at = at
        ScoringRun.objects.filter(pk=run.pk).update(seen_at=at)
        if shard is not None and not shards.live(shard):
            raise _Overtaken
