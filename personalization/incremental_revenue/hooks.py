"""Registrations of incremental revenue with other apps; run once, when Django is ready."""

from celery.schedules import crontab

from core.api.routes.parts import PARTS, Part
from core.load.schedule import PREDICTIONS, route_tasks, schedule_task
from personalization.behavior.touches import SOURCES
from personalization.incremental_revenue.campaigns import CAMPAIGNS, IMPORTED
from predictions.attribution import register_touches


def register() -> None:
    """Hang everything in."""
    CAMPAIGNS.register(IMPORTED)
    for name, rows in SOURCES.items():
        register_touches(name, rows)
    PARTS.register(Part("personalization.worth", "personalization.api.incremental_revenue.urls"))
    route_tasks(PREDICTIONS, "personalization.note_engagement")
    schedule_task("personalization.note_holdout", 60.0, name="personalization-holdout")
    # Every hour: days end at another time in each time zone.
    schedule_task(
        "personalization.note_engagement",
        crontab(minute="35"),
        name="personalization-engagement",
        expires=3600,
    )
