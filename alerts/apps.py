"""The alerts app; when Django is ready it hangs in all that others show of it."""

from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models.signals import pre_delete
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
        from alerts.channels.queueing import turn_off_channels
        from alerts.facts.changes import FACTS
        from alerts.facts.definitions import DEFINITIONS
        from alerts.facts.imports import IMPORTS, notice_import
        from alerts.facts.missing_rows import MISSING_ROWS
        from alerts.failures import deliveries, intake, refreshes
        from alerts.failures.findings import FAILURES
        from alerts.retention import RULES as OUR_RULES
        from core.admin.menu import hang_up
        from core.api.routes.parts import PARTS, Part, name_choices
        from core.audit import SUBJECTS
        from core.load.schedule import WEBHOOKS, route_tasks, schedule_task
        from customers.privacy.retention import RULES
        from customers.signals import shop_imported
        from segments.admin.cards import CARDS
        from segments.admin.tabs import SEGMENT_TABS

        SUBJECTS.register(*OURS)
        RULES.register(*OUR_RULES)
        FACTS.register(DEFINITIONS, IMPORTS, MISSING_ROWS)
        FAILURES.register(
            *(refreshes.QUARANTINED, refreshes.STALE, deliveries.WEBHOOKS, deliveries.EXPORTS),
            intake.INTAKE,
        )
        if apps.is_installed("campaigns"):
            from alerts.facts.mail import MAIL
            from alerts.failures.syncs import SYNCS

            FACTS.register(MAIL)
            FAILURES.register(SYNCS)
        if apps.is_installed("price_rules"):
            from alerts.facts.price_rules import PRICE_RULES

            FACTS.register(PRICE_RULES)
        if apps.is_installed("predictions"):
            from alerts.failures.drift import DRIFT

            FAILURES.register(DRIFT)
        shop_imported.connect(notice_import, dispatch_uid="alerts.notice_import")
        user = settings.AUTH_USER_MODEL
        pre_delete.connect(turn_off_channels, sender=user, dispatch_uid="alerts.channels")
        CARDS.register(CARD)
        SEGMENT_TABS.register(TAB)
        PARTS.register(Part("alerts", "alerts.api.urls"))
        hang_up(PAGES)
        name_choices(
            AlertKind="alerts.models.AlertKind",
            AlertState="alerts.models.AlertState",
            ChannelKind="alerts.models.ChannelKind",
            AlertDigest="alerts.models.Digest",
            AlertMessageState="alerts.models.MessageState",
            AlertCause="alerts.causes.shares.Cause",
        )
        schedule_task("alerts.check", CHECK)
        # It waits for other people's servers.
        route_tasks(WEBHOOKS, "alerts.send")
        schedule_task("alerts.send", SEND)
