"""The personalization app; when Django is ready it hangs in all that others show of it."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class PersonalizationConfig(AppConfig):
    name = "personalization"
    verbose_name = _("Personalization")

    def ready(self) -> None:
        from celery.schedules import crontab

        from customers import audit
        from customers.privacy.holdings import HOLDINGS, Holding
        from customers.rest.parts import PARTS, Part
        from personalization.audit import ACTIONS, SUBJECTS
        from personalization.models import BehaviorEvent
        from personalization.users import USED_BY_RULES
        from segments.rules.users import USERS

        PARTS.register(Part("personalization", "personalization.api.urls"))
        USERS.register(USED_BY_RULES)
        HOLDINGS.register(Holding(BehaviorEvent, "customer"))
        for subject in SUBJECTS:
            audit.SUBJECTS.register(subject)
        for action in ACTIONS:
            audit.ACTIONS.register(action)
        connection_created.connect(_add_function, dispatch_uid="personalization")
        task = "personalization.fit_recommendations"
        # It takes long: no refresh is to wait for it.
        settings.CELERY_TASK_ROUTES[task] = {"queue": "tranche-predictions"}
        settings.CELERY_BEAT_SCHEDULE["personalization-recommendations"] = {
            "task": task,
            "schedule": crontab(hour="5", minute="10"),
        }


def _add_function(connection: Any, **kwargs: Any) -> None:
    from personalization.buckets import add_sqlite_function

    add_sqlite_function(connection)
