"""What workers do for personalization."""

from celery import shared_task

from customers.clock import now
from personalization.experiences.counting import count


@shared_task(name="personalization.count_exposures", ignore_result=True)
def count_exposures() -> None:
    """Count what was shown and what came of it, up to now."""
    count(now())
