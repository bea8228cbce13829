"""Scores who waits: customers whose data has changed since they were scored.

They are judged by the figures of the shop of the last full scoring. Who is no longer of the
population, having refused personalization or been deleted, loses their scores here too.
"""

from collections.abc import Collection

from django.conf import settings
from django.db.models import Q

from core.clock import now
from core.database.silence import end_soon_when_silent
from core.load.timing import timed
from predictions import shards
from predictions.conditions.flipped import Questions, questions
from predictions.history.batches import BATCH, batch_of
from predictions.history.population import population
from predictions.kinds import KINDS
from predictions.kinds.kind import Limits
from predictions.models import CustomerPrediction, PredictionModel, WaitingCustomer
from predictions.refusals import Refused
from predictions.scoring.deployed_scorers import Judge, judge_of
from predictions.scoring.runs import owe_what_was_left, score_models
from predictions.scoring.writing import (
    Tally,
    in_transaction,
    lock_models,
    mark_if_asked_since,
    write_scores,
)

# What a batch of those who wait is timed as.
RESCORING = "rescoring"


def note_changed(*, customers: Collection[int] | None, **_what: object) -> None:
    """Let those wait whose data has changed (None: everybody), in the transaction that finds it."""
    if customers is None:
        if settings.PREDICTIONS_LIVE_MINUTES:
            PredictionModel.objects.update(is_owed=True)
        return
    at = now()
    WaitingCustomer.objects.bulk_create(
        (WaitingCustomer(customer_id=key, at=at) for key in customers), ignore_conflicts=True
    )


def rescore_changed() -> int:
    """Score all who wait, and return how many that were; everybody where that is owed."""
    owe_what_was_left()
    owed = PredictionModel.objects.filter(
        Q(is_owed=True) | Q(as_of=None), kind__in=KINDS, is_active=True
    ).exclude(deployed=None)
    codes = list(owed.values_list("code", flat=True))
    done = 0
    if codes:
        run = score_models(codes, as_of=None)
        done += max((one["scored"] for one in run.counts.values()), default=0)
    while count := _rescore_batch():
        done += count
    return done


def _rescore_batch() -> int:
    if not WaitingCustomer.objects.exists():
        return 0  # As a rule; no lock is taken for it.
    with timed(RESCORING):
        count, asked = in_transaction(_rescore_part)
    mark_if_asked_since(asked.keys)
    return count


def _rescore_part() -> tuple[int, Questions]:
    as_of, asked = now(), questions()
    judges = _judges()
    # Others may wait for what this holds. What the judges need is loaded by now.
    end_soon_when_silent()
    # Of two who score the same customer the later one has to have read the later data.
    shards.hold_all()
    keys = list(WaitingCustomer.objects.order_by("at").values_list("pk", flat=True)[:BATCH])
    # Before anything is read of them: who changes from now on waits again.
    WaitingCustomer.objects.filter(pk__in=keys).delete()
    rows = CustomerPrediction.objects.filter(pk__in=keys)
    there = population(as_of).filter(pk__in=keys)
    if not settings.PREDICTIONS_LIVE_MINUTES:
        # Switched off, only those are looked at who are to lose their scores.
        rows = rows.exclude(pk__in=there.order_by().values("pk"))
        there = there.none()
    write_scores(batch_of(there, as_of), rows, judges, asked, Tally())
    return len(keys), asked


def _judges() -> list[Judge]:
    """Return the deployed versions that have seen everybody, with the limits that this gave."""
    codes = PredictionModel.objects.filter(kind__in=KINDS).values_list("code", flat=True)
    found = []
    for model in lock_models(codes):
        # Those of another version are of no use to this one, whose first scoring is owed.
        limits = model.limits or {}
        if model.deployed is None or limits.get("version") != model.deployed.number:
            continue
        try:
            judge = judge_of(model, Limits.of_json(limits))
        except Refused:
            continue  # What it has stored stays; the scoring run says what is wrong.
        if judge is not None:
            found.append(judge)
    return found
