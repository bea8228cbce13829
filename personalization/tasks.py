"""What a worker does for personalization when it is woken; each task may be lost or doubled."""

from celery import shared_task

from personalization import live
from personalization.recommend.nightly import fit_recommendations


@shared_task(name="personalization.follow_profiles")
def follow_profiles() -> None:
    """Write the profiles that wait or whose time has come; everybody's where that is owed."""
    live.follow()


@shared_task(name="personalization.write_profiles")
def write_profiles() -> None:
    """Compute what all are interested in and write everybody's profile, as every night."""
    live.write_every_night()


@shared_task(name="personalization.fit_recommendations")
def fit_everything() -> None:
    """Fit recommendations, as every night."""
    fit_recommendations()
