"""The app of mail; when Django is ready it hangs in all that others show of it."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

# Seconds between two looks at what is due.
TICK = 5.0
# Seconds between two looks at what syncs have to tell.
SYNC = 60.0


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from campaigns import held_about_customers, price_rules, segments
        from campaigns.admin.segment import MAIL
        from campaigns.audit import ACTIONS as OUR_ACTIONS
        from campaigns.audit import SUBJECTS as OURS
        from campaigns.suppression import suppressed_among
        from campaigns.syncs import held_about_customers as held_by_syncs
        from customers.audit import ACTIONS, SUBJECTS
        from customers.public import PUBLIC
        from customers.rest.parts import PARTS, Part
        from price_rules.users import USERS as USERS_OF_RULES
        from segments.admin.tabs import SEGMENT_TABS
        from segments.export.mail import SUPPRESSED
        from segments.rules.users import USERS as USERS_OF_SEGMENTS

        for subject in OURS:
            SUBJECTS.register(subject)
        for action in OUR_ACTIONS:
            ACTIONS.register(action)
        held_about_customers.register()
        held_by_syncs.register()
        USERS_OF_SEGMENTS.register(segments.USED_BY_CAMPAIGNS)
        USERS_OF_SEGMENTS.register(segments.USED_BY_SYNCS)
        USERS_OF_RULES.register(price_rules.USED_BY_CAMPAIGNS)
        SEGMENT_TABS.register(MAIL)
        SUPPRESSED.register(suppressed_among)
        PARTS.register(Part("campaigns", "campaigns.api.urls"))
        PUBLIC.register(Part("campaigns", "campaigns.pages.urls"))
        # What the description of the API calls choices that several calls have.
        choices: Any = settings.SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"]
        choices |= {
            "CampaignState": "campaigns.models.CampaignState",
            "MessageState": "campaigns.models.MessageState",
            "MailFormat": "campaigns.models.TemplateFormat",
            "SegmentsMatch": "campaigns.models.Match",
            "SuppressionReason": "campaigns.models.SuppressionReason",
            "SyncTarget": "campaigns.models.SyncTarget",
            "SyncState": "campaigns.models.SyncState",
            "SyncMemberState": "campaigns.models.SyncMemberState",
        }
        settings.CELERY_BEAT_SCHEDULE["campaigns.tick"] = {
            "task": "campaigns.tick",
            "schedule": TICK,
            "options": {"expires": TICK},
        }
        # It waits for other people's servers.
        settings.CELERY_TASK_ROUTES["campaigns.sync"] = {"queue": "tranche-webhooks"}
        settings.CELERY_BEAT_SCHEDULE["campaigns.sync"] = {
            "task": "campaigns.sync",
            "schedule": SYNC,
            "options": {"expires": SYNC},
        }
