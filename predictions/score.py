"""Scores everybody: in batches by internal key, each written by itself, so that a kill loses one.

A second run changes nothing where nothing has changed. A run that begins while another is at work
overtakes it: the earlier one stops at its next batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from customers.clock import checked_clock, now
from customers.models import Customer
from predictions.existing import population
from predictions.histories import BATCH, batch_of, batches
from predictions.kinds import KINDS, Kind
from predictions.models import (
    CustomerPrediction,
    PredictionModel,
    ScoringRun,
    ScoringState,
    WaitingCustomer,
)
from predictions.shop_figures import ShopFigures, shop_figures
from predictions.turned import Asked, Questions, questions
from predictions.writing import (
    Counted,
    Tally,
    in_transaction,
    lock_models,
    mark_if_asked_since,
    write_scores,
)


class UnknownModel(ValueError):
    """There is no model of this code; nothing was scored."""


class _Overtaken(Exception):
    pass


def score(code: str | None = None, *, as_of: datetime | None = None) -> ScoringRun:
    """Score the population by the model `code`, or by all, as of an aware instant (default: now).

    Returns the run, which is completed, or was overtaken by another. Raises `UnknownModel`, and
    ValueError for an `as_of` without a time zone.
    """
    return score_models(KINDS if code is None else [code], as_of=as_of)


def score_models(codes: Iterable[str], *, as_of: datetime | None) -> ScoringRun:
    """Score the population by the models `codes`, as `score` does."""
    kinds = [_kind(code) for code in dict.fromkeys(codes)]
    moment = now() if as_of is None else checked_clock(as_of)
    run = _begin(kinds, moment)
    try:
        tally = _score_all(run, kinds)
    except _Overtaken:
        return _end(run, ScoringState.OVERTAKEN)
    except BaseException:
        _end(run, ScoringState.FAILED)
        raise
    run.counts = {code: asdict(counted) for code, counted in tally.by_model.items()}
    run.marked_customers = tally.marked
    return _end(run, ScoringState.COMPLETED)


def _kind(code: str) -> Kind:
    if code not in KINDS:
        message = _("There is no model “%(code)s”, but these: %(known)s.")
        raise UnknownModel(message % {"code": code, "known": ", ".join(KINDS)})
    return KINDS[code]


def _begin(kinds: Sequence[Kind], moment: datetime) -> ScoringRun:
    codes = [kind.code for kind in kinds]
    with transaction.atomic():
        for code in codes:
            PredictionModel.objects.get_or_create(code=code)
        lock_models(kinds)
        run = ScoringRun.objects.create(codes=codes, as_of=moment, started_at=now())
        PredictionModel.objects.filter(code__in=codes).update(run=run.pk, is_owed=False)
    return run


def _end(run: ScoringRun, state: ScoringState) -> ScoringRun:
    run.state = state
    run.finished_at = now()
    run.save(update_fields=["state", "finished_at", "counts", "marked_customers"])
    return run


def _score_all(run: ScoringRun, kinds: Sequence[Kind]) -> Tally:
    shop = shop_figures(batches(population(run.as_of), run.as_of))
    tally = Tally({kind.code: Counted() for kind in kinds})
    answered = questions().keys
    after: int | None = 0
    while after is not None:
        part = partial(_score_part, run, dict.fromkeys(kinds, shop), after)
        counted, asked, after = in_transaction(part)
        tally.add(counted)
        answered &= asked.keys
    _finish(run, kinds, shop, tally, answered)
    return tally


def _score_part(
    run: ScoringRun, kinds: Mapping[Kind, ShopFigures], after: int
) -> tuple[Tally, Questions, int | None]:
    """Score the customers whose keys come next; return the last key, None at the end of all."""
    _check(run, kinds)
    keys = Customer.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    found = list(keys[:BATCH])
    last = found[-1] if len(found) == BATCH else None
    stretch = {"pk__gt": after} | ({} if last is None else {"pk__lte": last})
    # Before anything is read of them: who changes from now on waits again.
    WaitingCustomer.objects.filter(**stretch).delete()
    asked, tally = questions(), Tally()
    batch = batch_of(population(run.as_of).filter(**stretch), run.as_of)
    rows = CustomerPrediction.objects.filter(**stretch)
    write_scores(batch, rows, kinds, asked, tally)
    return tally, asked, last


def _check(run: ScoringRun, kinds: Iterable[Kind]) -> None:
    if any(model.run != run.pk for model in lock_models(kinds)):
        raise _Overtaken


def _finish(
    run: ScoringRun,
    kinds: Sequence[Kind],
    shop: ShopFigures,
    tally: Tally,
    answered: frozenset[Asked | str],
) -> None:
    with transaction.atomic():
        _check(run, kinds)
        for kind in kinds:
            PredictionModel.objects.filter(code=kind.code).update(
                as_of=run.as_of,
                scored_at=now(),
                customers_scored=tally.of(kind).scored,
                limits=asdict(shop),
            )
        mark_if_asked_since(answered)
