"""The weights of running bandits, as the process knows them; stored batches never change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.registries import Registry, dotted_name
from personalization.bandit import BatchSchedule
from personalization.models import BanditBatch, Experiment, Mode, OnWinner

if TYPE_CHECKING:
    from personalization.experiences.serving.catalogue import Running

# Makes the batches of an experiment, by its key, that have begun at an aware instant.
BatchMaker = Callable[[int, datetime], None]
BATCH_MAKERS: Registry[BatchMaker] = Registry("maker of batches", dotted_name)


@dataclass(frozen=True)
class Batch:
    """The weights of a batch, in the order of the variants, and the winner by then ('': none)."""

    weights: Sequence[int]
    winner: str


@dataclass(frozen=True)
class Bandit:
    """The data of a bandit for assignments. `known` grows by batches that are read when needed."""

    schedule: BatchSchedule
    reward_window: timedelta
    on_winner: str
    known: dict[int, Batch] = field(default_factory=dict)

    def batch_at(self, key: int, at: datetime) -> Batch | None:
        """Return the batch of the experiment `key` at an aware instant, made if it is due.

        None where there is none: the experiment was stopped, or `at` lies in the future.
        """
        number = self.schedule.number_at(at)
        if number not in self.known:
            self._read(key, number)
        if number not in self.known:
            for make in BATCH_MAKERS:
                make(key, at)
            self._read(key, number)
        return self.known.get(number)

    def _read(self, key: int, number: int) -> None:
        row = BanditBatch.objects.filter(experiment=key, number=number).first()
        if row is not None:
            self.known[number] = Batch(row.weights, row.winner)


def bandit_of(row: Experiment) -> Bandit | None:
    """Return the bandit of a running experiment; None where the weights are fixed."""
    if row.mode != Mode.BANDIT or row.started_at is None:
        return None
    schedule = BatchSchedule(row.started_at, row.batch_hours, row.planned_batches)
    return Bandit(schedule, timedelta(hours=row.reward_hours), row.on_winner)


def at_batch(experiment: "Running", at: datetime) -> "Running | None":
    """Return `experiment` with the weights of the batch at an aware instant; None: nobody joins."""
    bandit = experiment.bandit
    if bandit is None:
        return experiment
    batch = bandit.batch_at(experiment.pk, at)
    if batch is None or (batch.winner and bandit.on_winner == OnWinner.STOP):
        return None
    return replace(experiment, variants=_with_weights(experiment.variants, batch.weights))


def final_winner(experiment: "Running", assigned_at: datetime, at: datetime) -> str | None:
    """Return the winner that a customer assigned at `assigned_at` gets at `at`; None: their own.

    After the planned end everybody gets the winner, once the customer's reward hours are over:
    until then the estimate needs the variant that was assigned.
    """
    bandit = experiment.bandit
    if bandit is None or bandit.on_winner != OnWinner.REST:
        return None
    if at < max(bandit.schedule.end, assigned_at + bandit.reward_window):
        return None
    batch = bandit.batch_at(experiment.pk, at)
    return batch.winner or None if batch is not None else None


def _with_weights(
    variants: Sequence[Mapping[str, Any]], weights: Sequence[int]
) -> list[Mapping[str, Any]]:
    return [{**one, "weight": weight} for one, weight in zip(variants, weights, strict=True)]
