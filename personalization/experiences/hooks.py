"""Registrations of experiences with other apps; called once, when Django is ready."""

from celery.schedules import crontab
from django.db.models.signals import post_delete, post_save

from core.api.routes.parts import PARTS, Part
from core.audit import SUBJECTS
from core.gauges import GAUGES
from core.load.schedule import schedule_task
from customers.changes.hooks import WHEN_PROCESSED
from customers.privacy import retention
from customers.privacy.holdings import HOLDINGS, Holding
from personalization.experiences.audit import SUBJECTS as OURS
from personalization.experiences.gauges import DEADLINES
from personalization.experiences.retention import RULES
from personalization.experiences.serving.catalogue import change
from personalization.experiences.usages import USED_BY_VARIANTS
from personalization.goals.evidence import forget_explored, keep_first_exposures, note_clicks
from personalization.intake.stored_hooks import WHEN_STORED
from personalization.models import (
    ContentItem,
    ExperienceVariant,
    Experiment,
    ExploredExposure,
    Exposure,
    Placement,
)
from segments.rules.users import USERS


def register() -> None:
    """Register everything."""
    SUBJECTS.register(*OURS)
    HOLDINGS.register(Holding(Exposure, "customer"))
    HOLDINGS.register(Holding(ExploredExposure, "customer", before_move=keep_first_exposures))
    WHEN_PROCESSED.register(forget_explored)
    WHEN_STORED.register(note_clicks)
    retention.RULES.register(*RULES)
    GAUGES.register(DEADLINES)
    USERS.register(USED_BY_VARIANTS)
    PARTS.register(Part("personalization.experiences", "personalization.api.experiences.urls"))
    schedule_task(
        "personalization.count_exposures",
        crontab(minute="20"),
        name="personalization-exposures",
        expires=3600,
    )
    for model in (Placement, ExperienceVariant, ContentItem, Experiment):
        for signal in (post_save, post_delete):
            signal.connect(change, sender=model, dispatch_uid=f"experiences.{model.__name__}")
