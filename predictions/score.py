"""Scores everybody: in batches by internal key, each written by itself, so that a kill loses one.

A second run changes nothing where nothing has changed. A run that begins while another is at work
overtakes it, as a deploy does: the earlier one stops at its next batch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction

from customers.clock import checked_clock, now
from customers.models import Customer
from predictions.existing import population
from predictions.histories import BATCH, stretch_of
from predictions.judges import Judge, having_seen_all, judge_of
from predictions.models import (
    CustomerPrediction,
    PredictionModel,
    ScoringRun,
    ScoringState,
    WaitingCustomer,
)
from predictions.refused import Refused
from predictions.registry import model_named, models
from predictions.signals import everybody_scored
from predictions.turned import Asked, Questions, questions
from predictions.writing import (
    Counted,
    Tally,
    in_transaction,
    lock_models,
    mark_if_asked_since,
    mark_if_days_are_counted,
    write_scores,
)

BETWEEN_SIGNS = timedelta(seconds=5)


class _Overtaken(Exception):
    pass


def score(code: str | None = None, *, as_of: datetime | None = None) -> ScoringRun:
    """Score the population by the model `code`, or by all, as of an aware instant (default: now).

    Returns the run, which is completed, or was overtaken by another. Models without a deployed
    version are left out. Raises `registry.Unknown`, and ValueError for an `as_of` without a time
    zone.
    """
    return score_models(None if code is None else [code], as_of=as_of)


def score_models(codes: Iterable[str] | None, *, as_of: datetime | None) -> ScoringRun:
    """Score the population by the models `codes`, or by those switched on, as `score` does."""
    if codes is None:
        found = list(models().filter(is_active=True))
    else:
        found = [model_named(code) for code in dict.fromkeys(codes)]
    moment = now() if as_of is None else checked_clock(as_of)
    run, judges = _begin(found, moment)
    try:
        tally = _score_all(run, judges)
    except _Overtaken:
        return _end(run, ScoringState.OVERTAKEN)
    except BaseException:
        _end(run, ScoringState.FAILED)
        raise
    run.counts = {code: asdict(counted) for code, counted in tally.by_model.items()}
    run.marked_customers = tally.marked
    _end(run, ScoringState.COMPLETED)
    everybody_scored.send_robust(ScoringRun, run=run)
    return run


def _begin(found: Sequence[PredictionModel], moment: datetime) -> tuple[ScoringRun, list[Judge]]:
    codes = [model.code for model in found]
    judges = []
    with transaction.atomic():
        at = now()
        run = ScoringRun(codes=codes, as_of=moment, started_at=at, seen_at=at)
        for model in lock_models(codes):
            try:
                judge = judge_of(model)
            except Refused as error:
                run.problems[model.code] = {"code": error.code, "message": str(error)}
                continue
            if judge is not None:
                run.versions[model.code] = judge.version.number
                judges.append(judge)
        run.save()
        PredictionModel.objects.filter(code__in=codes).update(run=run.pk, is_owed=False)
    return run, judges


def _end(run: ScoringRun, state: ScoringState) -> ScoringRun:
    run.state = state
    run.finished_at = now()
    run.save(update_fields=["state", "finished_at", "counts", "marked_customers"])
    return run


def _score_all(run: ScoringRun, judges: Sequence[Judge]) -> Tally:
    tally = Tally({judge.code: Counted() for judge in judges})
    if not judges:
        return tally
    judges = _with_limits(run, judges)
    answered = questions().keys
    after: int | None = 0
    while after is not None:
        _live(run)
        part = partial(_score_part, run, judges, after)
        counted, asked, after = in_transaction(part)
        tally.add(counted)
        answered &= asked.keys
    _finish(run, judges, tally, answered)
    return tally


def owe_what_was_left() -> None:
    """Have those models scored again whose run's worker has died, and say so of the run."""
    silent = now() - timedelta(seconds=settings.LEASE_SECONDS)
    left = ScoringRun.objects.filter(state=ScoringState.RUNNING, seen_at__lte=silent)
    for run in left:
        with transaction.atomic():
            lock_models(run.codes)
            PredictionModel.objects.filter(run=run.pk).update(is_owed=True)
            ScoringRun.objects.filter(pk=run.pk, state=ScoringState.RUNNING).update(
                state=ScoringState.FAILED, finished_at=now()
            )


def _live(run: ScoringRun) -> None:
    """Write a sign of life, every few seconds."""
    at = now()
    if run.seen_at is None or at - run.seen_at >= BETWEEN_SIGNS:
        run.seen_at = at
        ScoringRun.objects.filter(pk=run.pk).update(seen_at=at)


def _with_limits(run: ScoringRun, judges: Sequence[Judge]) -> list[Judge]:
    """Return `judges` with the limits that everybody of their population gives, and store these.

    Stored at once: who changes from now on is judged by them too.
    """
    found = having_seen_all(judges, run.as_of, note=partial(_live, run))
    with transaction.atomic():
        _check(run, judges)
        for judge in found:
            assert judge.limits is not None
            PredictionModel.objects.filter(pk=judge.model.pk).update(
                limits={"version": judge.version.number, **judge.limits.as_json()}
            )
    return found


def _score_part(
    run: ScoringRun, judges: Sequence[Judge], after: int
) -> tuple[Tally, Questions, int | None]:
    """Score the customers whose keys come next; return the last key, None at the end of all."""
    _check(run, judges)
    keys = Customer.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    found = list(keys[:BATCH])
    last = found[-1] if len(found) == BATCH else None
    stretch = {"pk__gt": after} | ({} if last is None else {"pk__lte": last})
    # Before anything is read of them: who changes from now on waits again.
    WaitingCustomer.objects.filter(**stretch).delete()
    asked, tally = questions(), Tally()
    batch = stretch_of(population(run.as_of).filter(**stretch), run.as_of)
    rows = CustomerPrediction.objects.filter(**stretch)
    write_scores(batch, rows, judges, asked, tally)
    return tally, asked, last


def _check(run: ScoringRun, judges: Sequence[Judge]) -> None:
    """Raise where another run has begun or another version was deployed; nobody does until then."""
    ours = {judge.model.pk: judge.version.pk for judge in judges}
    for model in lock_models([judge.code for judge in judges]):
        if model.run != run.pk or model.deployed_id != ours[model.pk]:
            raise _Overtaken


def _finish(
    run: ScoringRun, judges: Sequence[Judge], tally: Tally, answered: frozenset[Asked | str]
) -> None:
    with transaction.atomic():
        _check(run, judges)
        for judge in judges:
            PredictionModel.objects.filter(pk=judge.model.pk).update(
                as_of=run.as_of,
                scored_at=now(),
                customers_scored=tally.of(judge.code).scored,
            )
        mark_if_asked_since(answered)
        mark_if_days_are_counted([judge.kind for judge in judges])
