"""Makes the batches of running bandit experiments: each once, whichever process comes first.

A batch is computed from the data known at its beginning and stored as one row, together with the
consequences of a winner. A killed process leaves whole batches; the next process makes the missing
ones from the same counts.
"""

import logging
from datetime import datetime

from django.db import transaction

from core.audit import record
from core.clock import now
from core.problems import Locked
from personalization.assignment import BUCKETS
from personalization.bandit import p_best, weights, winner
from personalization.experiences.serving.catalogue import change
from personalization.experiments.audit import EXPERIMENT, WON
from personalization.experiments.bandits.outcomes import (
    Outcomes,
    outcomes_of,
    schedule_of,
    split_of,
    totals,
)
from personalization.experiments.running import stop
from personalization.models import BanditBatch, Experiment, ExperimentState, Mode, OnWinner

logger = logging.getLogger(__name__)


def make_all_batches() -> None:
    """Make the batches of every running bandit that have begun by now."""
    running = Experiment.objects.filter(mode=Mode.BANDIT, state=ExperimentState.RUNNING)
    for key in running.order_by("pk").values_list("pk", flat=True):
        make_batches(key, now())


def make_batches(key: int, at: datetime) -> None:
    """Make the batches of a running bandit that have begun at `at` (aware), not in the future.

    A winning variant stops the experiment here if the experiment is set to stop.
    """
    experiment = Experiment.objects.select_related("placement").filter(
        pk=key, mode=Mode.BANDIT, state=ExperimentState.RUNNING
    ).first()  # fmt: skip
    if experiment is None:
        return
    known = list(BanditBatch.objects.filter(experiment=experiment).order_by("number"))
    due = schedule_of(experiment).number_at(min(at, now()))
    for number in range(len(known), due + 1):
        known.append(_store(experiment, _new_batch(experiment, known, number)))
        if known[-1].winner and experiment.on_winner == OnWinner.STOP:
            return


def _new_batch(experiment: Experiment, known: list[BanditBatch], number: int) -> BanditBatch:
    """Return the batch `number`, unsaved; `known` are all before it."""
    count = len(experiment.variants)
    start = schedule_of(experiment).start_of(number)
    if not number:
        zeros = [0] * count
        equal = weights([1.0] * count)
        return BanditBatch(
            experiment=experiment,
            number=0,
            start=start,
            weights=equal,
            successes=zeros,
            units=zeros,
        )
    outcomes = outcomes_of(experiment, start)
    successes, units = totals(outcomes.successes), totals(outcomes.units)
    won = known[-1].winner or _winner(experiment, outcomes, known)
    shares = _shares(experiment, known[-1], won, (successes, units), number)
    return BanditBatch(
        experiment=experiment,
        number=number,
        start=start,
        weights=shares,
        successes=successes,
        units=units,
        winner=won,
    )


def _winner(experiment: Experiment, outcomes: Outcomes, known: list[BanditBatch]) -> str:
    """Return the code of the variant that has won; "" if none has yet, or on a sample ratio
    mismatch.
    """
    place = winner(outcomes.successes, outcomes.units, experiment.alpha)
    if place is None or split_of(outcomes, known).alarm:
        return ""
    return str(experiment.variants[place]["code"])


def _shares(
    experiment: Experiment,
    last: BanditBatch,
    won: str,
    counts: tuple[list[int], list[int]],
    number: int,
) -> list[int]:
    """Return the weights of a batch, or of the time after the planned end."""
    is_over = number == experiment.planned_batches
    if won and experiment.on_winner == OnWinner.REST:
        is_winner = [float(one["code"] == won) for one in experiment.variants]
        if is_over:
            return [round(one * BUCKETS) for one in is_winner]
        return weights(is_winner, experiment.floor)
    if is_over or (won and experiment.on_winner == OnWinner.HOLD):
        return list(last.weights)
    return weights(p_best(*counts), experiment.floor)


def _store(experiment: Experiment, new: BanditBatch) -> BanditBatch:
    """Store a batch unless another process has; return the stored one.

    The consequences of a winner happen once, in the same transaction.
    """
    with transaction.atomic():
        if new.winner and experiment.on_winner == OnWinner.STOP:
            # The stamp's row first: the lock order of starting and stopping an experiment.
            change()
        values = {
            name: getattr(new, name)
            for name in ("start", "weights", "successes", "units", "winner")
        }
        stored, is_new = BanditBatch.objects.get_or_create(
            experiment=experiment, number=new.number, defaults=values
        )
        is_first = not BanditBatch.objects.filter(
            experiment=experiment, number__lt=new.number
        ).exclude(winner="").exists()  # fmt: skip
        if is_new and stored.winner and is_first:
            record(None, WON, EXPERIMENT, experiment.code, after={"winner": stored.winner})
            if experiment.on_winner == OnWinner.STOP:
                _stop(experiment)
    return stored


def _stop(experiment: Experiment) -> None:
    try:
        stop(experiment, author=None)
    except Locked:
        # Another process or a user has stopped the experiment in the meantime.
        logger.info("The experiment %s had been stopped already", experiment.code)
