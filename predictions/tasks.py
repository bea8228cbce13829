"""What a worker does for scores when it is woken; each task may be lost or doubled."""

from celery import shared_task

from predictions.analytics.computation.defaults import keep
from predictions.lifecycle import train
from predictions.lifecycle.retrain import retrain_weekly
from predictions.monitoring import drift
from predictions.scoring import live
from predictions.scoring import runs as scoring


@shared_task(name="predictions.score")
def score_everybody() -> None:
    """Score everybody by all models, as every night."""
    scoring.score()


@shared_task(name="predictions.look_at_shard")
def look_at_shard(shard_id: int) -> None:
    """Look at the customers of a shard; nothing to do where they were seen, or somebody does."""
    scoring.look_at_shard(shard_id)


@shared_task(name="predictions.score_shard")
def score_shard(shard_id: int) -> None:
    """Score the customers of a shard; nothing to do where it is done, or somebody is at it."""
    scoring.score_shard(shard_id)


@shared_task(name="predictions.finish_scoring")
def finish_scoring(run_id: int) -> None:
    """End a run whose shards are all done; nothing to do where it has ended."""
    scoring.finish_scoring(run_id)


@shared_task(name="predictions.rescore_changed")
def rescore_changed() -> None:
    """Score those who wait because something about them has changed; wake trainings that wait."""
    train.wake_waiting()
    live.rescore_changed()


@shared_task(name="predictions.train_run")
def train_run(run_id: int) -> None:
    """Do a training; nothing to do where it is gone or done."""
    train.execute_training(run_id)


@shared_task(name="predictions.train_deep_run")
def train_deep_run(run_id: int) -> None:
    """Do a training that may fit networks, on a worker with torch."""
    train.execute_training(run_id)


@shared_task(name="predictions.retrain")
def retrain() -> None:
    """Ask for the trainings of the week; each is a task of its own."""
    retrain_weekly()


@shared_task(name="predictions.check_drift")
def check_drift() -> None:
    """Look whether customers are still like those of the trainings, as every night."""
    drift.check_drift()


@shared_task(name="predictions.keep_views")
def keep_views(run_id: int) -> None:
    """Keep what computed views show of a scoring; nothing to do where a later one has begun."""
    keep(run_id)
