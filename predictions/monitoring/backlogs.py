"""Backlogs of scorings and trainings for /metrics."""

from datetime import datetime
from functools import partial

from django.db.models import Q, QuerySet

from core.load.backlog import Backlog, CountedBacklog, Waiting, leased_backlog, timed_waiting
from core.load.schedule import PREDICTIONS
from core.load.timing import median_seconds
from predictions.deep.availability import QUEUE
from predictions.history.batches import BATCH
from predictions.kinds.deep_algorithms import fits_networks
from predictions.models import ScoringShard, ScoringState, TrainingRun, WaitingCustomer
from predictions.scoring.live import RESCORING
from predictions.scoring.runs import SCORING
from predictions.shards import is_free

# More customers than these are not counted.
MOST_CUSTOMERS = 100_000


def waiting_shards(at: datetime) -> QuerySet[ScoringShard]:
    """Return the shards of the running scorings that no worker works on."""
    return ScoringShard.objects.filter(is_free(), is_done=False, run__state=ScoringState.RUNNING)


def waiting_customers(at: datetime) -> Waiting:
    """Return the batches of customers who wait for new scores, `MOST_CUSTOMERS` at most."""
    waiting = WaitingCustomer.objects.order_by("at")
    oldest = waiting.values_list("at", flat=True).first()
    items = waiting[:MOST_CUSTOMERS].count() if oldest else 0
    return timed_waiting(RESCORING, items, oldest, batch=BATCH)


def fits_no_networks() -> Q:
    """Return the condition of the training runs that every worker of the predictions may take."""
    return ~fits_networks()


WAITING = (
    CountedBacklog(
        "scoring_shards",
        PREDICTIONS,
        waiting_shards,
        "run__started_at",
        partial(median_seconds, SCORING),
    ),
    Backlog("waiting_scores", PREDICTIONS, waiting_customers),
    leased_backlog("trainings", PREDICTIONS, TrainingRun, fits_no_networks),
    leased_backlog("deep_trainings", QUEUE, TrainingRun, fits_networks),
)
