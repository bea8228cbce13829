"""The alerts app; when Django is ready it hangs in all that others show of it."""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.utils.translation import gettext_lazy as _

# Seconds between two looks at what is due or fails.
CHECK = 300.0
# Seconds between two looks at what is to be sent.
SEND = 60.0


class AlertsConfig(AppConfig):
    name = "alerts"
    verbose_name = _("Alerts")

    def ready(self) -> None:
        from alerts.admin.menu import PAGES
        from alerts.admin.panels import CARD, TAB
        from alerts.audit import SUBJECTS as OURS
        from alerts.facts.definitions import DEFINITIONS
        from alerts.facts.imports import IMPORTS, notice_import
        from alerts.facts.missing_rows import MISSING_ROWS
        from alerts.failures import deliveries, intake, refreshes
        from alerts.retention import RULES as OUR_RULES
        from core.admin.menu import hang_up
        from core.api.routes.parts import PARTS, Part
        from core.audit import SUBJECTS
        from customers.privacy.retention import RULES
        from customers.signals import shop_imported
        from segments.admin.cards import CARDS
        from segments.admin.tabs import SEGMENT_TABS

        for subject in OURS:
            SUBJECTS.register(subject)
        for rule in OUR_RULES:
            RULES.register(rule)
        _register_facts(DEFINITIONS, IMPORTS, MISSING_ROWS)
        _register_failures(
            *(refreshes.QUARANTINED, refreshes.STALE, deliveries.WEBHOOKS, deliveries.EXPORTS),
            intake.INTAKE,
        )
        if apps.is_installed("campaigns"):
            from alerts.facts.mail import MAIL
            from alerts.failures.syncs import SYNCS

            _register_facts(MAIL)
            _register_failures(SYNCS)
        if apps.is_installed("price_rules"):
            from alerts.facts.price_rules import PRICE_RULES

            _register_facts(PRICE_RULES)
        if apps.is_installed("predictions"):
            from alerts.failures.drift import DRIFT

            _register_failures(DRIFT)
        shop_imported.connect(notice_import, dispatch_uid="alerts.notice_import")
        CARDS.register(CARD)
        SEGMENT_TABS.register(TAB)
        PARTS.register(Part("alerts", "alerts.api.urls"))
        hang_up(PAGES)
        choices: Any = settings.SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"]
        choices |= {
            "AlertKind": "alerts.models.AlertKind",
            "AlertState": "alerts.models.AlertState",
            "ChannelKind": "alerts.models.ChannelKind",
            "AlertDigest": "alerts.models.Digest",
            "AlertMessageState": "alerts.models.MessageState",
            "AlertCause": "alerts.causes.shares.Cause",
        }
        settings.CELERY_BEAT_SCHEDULE["alerts.check"] = {
            "task": "alerts.check",
            "schedule": CHECK,
            "options": {"expires": CHECK},
        }
        # It waits for other people's servers.
        settings.CELERY_TASK_ROUTES["alerts.send"] = {"queue": "tranche-webhooks"}
        settings.CELERY_BEAT_SCHEDULE["alerts.send"] = {
            "task": "alerts.send",
            "schedule": SEND,
            "options": {"expires": SEND},
        }


def _register_facts(*facts: Any) -> None:
    from alerts.facts.changes import FACTS

    for fact in facts:
        FACTS.register(fact)


def _register_failures(*failures: Any) -> None:
    from alerts.failures.findings import FAILURES

    for failure in failures:
        FAILURES.register(failure)
