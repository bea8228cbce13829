"""What measuring hangs in elsewhere; called once, when Django is ready."""

from celery.schedules import crontab
from django.conf import settings

from core.api.routes.parts import PARTS, Part
from personalization.behavior.touches import SOURCES
from personalization.incremental_revenue.campaigns import CAMPAIGNS, IMPORTED
from predictions.attribution import register_touches


def register() -> None:
    """Hang everything in."""
    CAMPAIGNS.register(IMPORTED)
    for name, rows in SOURCES.items():
        register_touches(name, rows)
    PARTS.register(Part("personalization.worth", "personalization.api.incremental_revenue.urls"))
    settings.CELERY_TASK_ROUTES["personalization.note_engagement"] = {
        "queue": "tranche-predictions"
    }
    settings.CELERY_BEAT_SCHEDULE["personalization-holdout"] = {
        "task": "personalization.note_holdout",
        "schedule": 60.0,
        "options": {"expires": 60},
    }
    # Every hour: days end at another time in each time zone.
    settings.CELERY_BEAT_SCHEDULE["personalization-engagement"] = {
        "task": "personalization.note_engagement",
        "schedule": crontab(minute="35"),
        "options": {"expires": 3600},
    }
