"""Celery tasks of personalization; each task may be lost or run twice."""

from celery import shared_task

from core.clock import now
from personalization.conversions.queue import attribute_all, note_missing, note_recent
from personalization.experiences.counting import count, count_after_conversions
from personalization.experiments.bandits.batches import make_all_batches
from personalization.experiments.results.lifts import measure
from personalization.incremental_revenue.days import note_days
from personalization.incremental_revenue.holdout_log import note_share
from personalization.models import Offer
from personalization.offers.scoring.shares import store_shop_shares
from personalization.profiles import live
from personalization.recommend.nightly import fit_recommendations
from predictions.deep.availability import is_offered


@shared_task(name="personalization.follow_profiles")
def follow_profiles() -> None:
    """Write the profiles that are due, and attribute the conversions that wait."""
    live.follow()
    attribute_all()
    count_after_conversions(now())


@shared_task(name="personalization.make_batches")
def make_batches() -> None:
    """Make the batches of bandit experiments that have begun."""
    make_all_batches()


@shared_task(name="personalization.note_holdout")
def note_holdout() -> None:
    """Note the size of the holdout group, if the size has changed since the last note."""
    note_share()


@shared_task(name="personalization.note_engagement")
def note_engagement() -> None:
    """Note the engagement figures of the days that are over."""
    note_days()


@shared_task(name="personalization.write_profiles")
def write_profiles() -> None:
    """Compute the shop's interests and shares of offers, and all profiles, as every night."""
    live.write_every_night()
    store_shop_shares(Offer.objects.filter(is_active=True), now())
    note_missing()
    note_recent()


@shared_task(name="personalization.fit_recommendations")
def fit_everything() -> None:
    """Fit recommendations, as every night; then the network, where workers have PyTorch."""
    fit_recommendations()
    if is_offered():
        fit_network.delay()


@shared_task(name="personalization.fit_sequence")
def fit_network() -> None:
    """Fit the network `sequence` after the nightly fit, and write its candidates."""
    # Only workers of the queue for deep models have PyTorch, and import it.
    from personalization.recommend.sequence.fitting import fit_sequence

    fit_sequence()


@shared_task(name="personalization.count_exposures")
def count_exposures() -> None:
    """Count exposures and their results up to now, and measure experiments."""
    as_of = now()
    count(as_of)
    measure(as_of)
