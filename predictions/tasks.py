"""Celery tasks of predictions; each may safely be lost or run twice."""

from celery import shared_task

from predictions.analytics.computation.defaults import keep
from predictions.lifecycle import train
from predictions.lifecycle.retrain import retrain_weekly
from predictions.monitoring import drift
from predictions.scoring import live
from predictions.scoring import runs as scoring


@shared_task(name="predictions.score")
def score_everybody() -> None:
    """Score the population by all models; scheduled every night."""
    scoring.score()


@shared_task(name="predictions.look_at_shard")
def look_at_shard(shard_id: int) -> None:
    """Do the first pass over a shard, unless it is done or another worker does it."""
    scoring.look_at_shard(shard_id)


@shared_task(name="predictions.score_shard")
def score_shard(shard_id: int) -> None:
    """Score the customers of a shard, unless it is done or another worker scores it."""
    scoring.score_shard(shard_id)


@shared_task(name="predictions.finish_scoring")
def finish_scoring(run_id: int) -> None:
    """End a run whose shards are all done, unless it has ended."""
    scoring.finish_scoring(run_id)


@shared_task(name="predictions.rescore_changed")
def rescore_changed() -> None:
    """Score waiting customers, whose data has changed; send tasks for waiting trainings."""
    train.wake_waiting()
    live.rescore_changed()


@shared_task(name="predictions.train_run")
def train_run(run_id: int) -> None:
    """Execute a training, unless it was deleted or has ended."""
    train.execute_training(run_id)


@shared_task(name="predictions.train_deep_run")
def train_deep_run(run_id: int) -> None:
    """Execute a training that may fit networks, on a worker with torch."""
    train.execute_training(run_id)


@shared_task(name="predictions.retrain")
def retrain() -> None:
    """Request the weekly trainings; each runs in a task of its own."""
    retrain_weekly()


@shared_task(name="predictions.check_drift")
def check_drift() -> None:
    """Check the drift of deployed versions; scheduled every night."""
    drift.check_drift()


@shared_task(name="predictions.keep_views")
def keep_views(run_id: int) -> None:
    """Store the results of computed views for a scoring, unless a later scoring has begun."""
    keep(run_id)
