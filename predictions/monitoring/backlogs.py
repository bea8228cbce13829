"""Backlogs of scorings and trainings for /metrics."""

from datetime import datetime
from functools import partial

from core.load.backlog import Backlog, Waiting, leased_waiting, timed_waiting
from core.load.schedule import PREDICTIONS
from predictions.deep.availability import QUEUE
from predictions.history.batches import BATCH
from predictions.kinds.deep_algorithms import fits_networks
from predictions.models import ScoringShard, ScoringState, TrainingRun, WaitingCustomer
from predictions.scoring.live import RESCORING
from predictions.scoring.runs import SCORING
from predictions.shards import is_free

# More customers than these are not counted.
MOST_CUSTOMERS = 100_000


def waiting_shards(at: datetime) -> Waiting:
    """Return the shards of the running scorings that no worker works on."""
    shards = ScoringShard.objects.filter(
        is_free(), is_done=False, run__state=ScoringState.RUNNING
    ).order_by("pk")
    oldest = shards.values_list("run__started_at", flat=True).first()
    return timed_waiting(SCORING, shards.count() if oldest else 0, oldest)


def waiting_customers(at: datetime) -> Waiting:
    """Return the batches of customers who wait for new scores, `MOST_CUSTOMERS` at most."""
    waiting = WaitingCustomer.objects.order_by("at")
    oldest = waiting.values_list("at", flat=True).first()
    items = waiting[:MOST_CUSTOMERS].count() if oldest else 0
    return timed_waiting(RESCORING, items, oldest, batch=BATCH)


def waiting_trainings(at: datetime, *, is_deep: bool) -> Waiting:
    """Return the trainings that may fit networks (`is_deep`), or the others, that wait."""
    deep = fits_networks()
    return leased_waiting(TrainingRun, at, deep if is_deep else ~deep)


WAITING = (
    Backlog("scoring_shards", PREDICTIONS, waiting_shards),
    Backlog("waiting_scores", PREDICTIONS, waiting_customers),
    Backlog("trainings", PREDICTIONS, partial(waiting_trainings, is_deep=False)),
    Backlog("deep_trainings", QUEUE, partial(waiting_trainings, is_deep=True)),
)
