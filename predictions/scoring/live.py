"""Live scoring: score the waiting customers, whose data has changed since their last score.

Customers are judged by the shop's figures of the last full scoring. Customers who have left the
population, by refusing personalization or by deletion, lose their scores here too.
"""

from collections.abc import Collection

from django.conf import settings
from django.db.models import Q

from core.clock import now
from core.database.idle_timeouts import end_soon_when_silent
from core.load.timing import note_duration
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

# The name under which the duration of a batch is measured.
RESCORING = "rescoring"


def note_changed(*, customers: Collection[int] | None, **_what: object) -> None:
    """Queue customers whose data has changed for scoring, in the transaction of the caller.

    None means all customers: then a full scoring of all models is owed, if live scoring is on.
    """
    if customers is None:
        if settings.PREDICTIONS_LIVE_MINUTES:
            PredictionModel.objects.update(is_owed=True)
        return
    at = now()
    WaitingCustomer.objects.bulk_create(
        (WaitingCustomer(customer_id=key, at=at) for key in customers), ignore_conflicts=True
    )


def rescore_changed() -> int:
    """Score all waiting customers, and all customers by models that are owed a full scoring.

    Return the number of customers scored.
    """
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
        return 0  # The usual case takes no locks.
    with note_duration(RESCORING):
        count, asked = in_transaction(_rescore_part)
    mark_if_asked_since(asked.keys)
    return count


def _rescore_part() -> tuple[int, Questions]:
    as_of, asked = now(), questions()
    judges = _judges()
    # Others may wait for the row locks of this transaction. All data of the judges is loaded.
    end_soon_when_silent()
    # Of two workers that score a customer, the later writer must have read the later data.
    shards.hold_all()
    keys = list(WaitingCustomer.objects.order_by("at").values_list("pk", flat=True)[:BATCH])
    # Delete before reading the customers: those who change from now on are queued again.
    WaitingCustomer.objects.filter(pk__in=keys).delete()
    rows = CustomerPrediction.objects.filter(pk__in=keys)
    there = population(as_of).filter(pk__in=keys)
    if not settings.PREDICTIONS_LIVE_MINUTES:
        # If live scoring is off, only delete the scores of customers who left the population.
        rows = rows.exclude(pk__in=there.order_by().values("pk"))
        there = there.none()
    write_scores(batch_of(there, as_of), rows, judges, asked, Tally())
    return len(keys), asked


def _judges() -> list[Judge]:
    """Return the judges of deployed versions that have done a full scoring, with its limits."""
    codes = PredictionModel.objects.filter(kind__in=KINDS).values_list("code", flat=True)
    found = []
    for model in lock_models(codes):
        # Limits of another version do not apply to this one, whose first full scoring is owed.
        limits = model.limits or {}
        if model.deployed is None or limits.get("version") != model.deployed.number:
            continue
        try:
            judge = judge_of(model, Limits.of_json(limits))
        except Refused:
            continue  # The stored scores stay; the scoring run records the problem.
        if judge is not None:
            found.append(judge)
    return found
