"""What a worker does for personalization when it is woken; each task may be lost or doubled."""

from celery import shared_task

from personalization.recommend.nightly import fit_recommendations


@shared_task(name="personalization.fit_recommendations")
def fit_everything() -> None:
    """Fit recommendations, as every night."""
    fit_recommendations()
