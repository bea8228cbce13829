"""The app of mail; when Django is ready it hangs in all that others show of it."""

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate, pre_delete, pre_migrate
from django.utils.translation import gettext_lazy as _

# Seconds between two checks for due work.
TICK = 5.0
# Seconds between two checks for changes that syncs have to send.
SYNC = 60.0


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from campaigns import privacy
        from campaigns.admin.customer import MAIL_TO_CUSTOMER, MAILS
        from campaigns.admin.home import MAIL_CARD
        from campaigns.admin.menu import PAGES
        from campaigns.admin.segment import MAIL
        from campaigns.audit import ACTIONS as OUR_ACTIONS
        from campaigns.audit import SUBJECTS as OURS
        from campaigns.conditions import gallery
        from campaigns.conditions.families import FAMILIES
        from campaigns.conditions.following import forget_refused, mark_mailbox
        from campaigns.conditions.names import NAMES
        from campaigns.consent.suppression import (
            ends_of_suppressions,
            remember_refusal,
            remember_refusals,
            remember_refused_address,
        )
        from campaigns.database import unsubscribing
        from campaigns.editing import experiments, price_rule_usages, segment_usages
        from campaigns.models import Campaign, Message, Suppression
        from campaigns.results import incremental, touches, uplift_trials
        from campaigns.results.history import FILES
        from campaigns.sequences.quiet_hours import hours_of
        from campaigns.sequences.reactivation import follow_again
        from campaigns.syncs import privacy as syncs_privacy
        from conditions import registry
        from core.admin.menu import hang_up
        from core.api.routes.parts import PARTS, PUBLIC, Part, name_choices
        from core.audit import ACTIONS, SUBJECTS
        from core.load.schedule import WEBHOOKS, route_tasks, schedule_task
        from customers.admin.tabs import MAIL_ROWS
        from customers.changes.declared import By, Marked, declare
        from customers.changes.hooks import WHEN_PROCESSED
        from customers.imports import further_files
        from customers.models import Customer
        from customers.signals import address_refused, mailboxes_left
        from price_rules.users import USERS as USERS_OF_RULES
        from segments.admin.cards import CARDS
        from segments.admin.customer.rows import ROWS
        from segments.admin.tabs import SEGMENT_TABS
        from segments.export.mail import SUPPRESSED
        from segments.rules.followers import WHEN_SWITCHED_ON
        from segments.rules.gallery import GROUPS
        from segments.rules.users import USERS as USERS_OF_SEGMENTS

        hours_of(settings.MAIL_QUIET_HOURS)
        declare(Marked(Message, ("customer",), fields=Message.asked_for))
        declare(Marked(Campaign, by=(By(Message, "campaign"),), fields=("code",)))
        # The writer of the list marks the owners of the address (`campaigns.consent.suppression`).
        declare(Marked(Suppression, by_writer=True))
        for family in FAMILIES:
            registry.register(family)
        for language, names in NAMES.items():
            registry.add_names(language, names)
        WHEN_PROCESSED.register(forget_refused)
        WHEN_PROCESSED.register(mark_mailbox)
        further_files.FILES.register(*FILES)
        pre_migrate.connect(unsubscribing.before_migration, sender=self)
        post_migrate.connect(unsubscribing.after_migration, sender=self)
        pre_delete.connect(remember_refusal, sender=Customer)
        mailboxes_left.connect(remember_refusals, sender=Customer)
        address_refused.connect(remember_refused_address, sender=Customer)
        SUBJECTS.register(*OURS)
        ACTIONS.register(*OUR_ACTIONS)
        privacy.register()
        touches.register()
        incremental.register()
        uplift_trials.register()
        experiments.register()
        syncs_privacy.register()
        USERS_OF_SEGMENTS.register(
            segment_usages.USED_BY_CAMPAIGNS,
            segment_usages.USED_BY_SEQUENCES,
            segment_usages.USED_BY_SYNCS,
        )
        USERS_OF_RULES.register(
            price_rule_usages.USED_BY_CAMPAIGNS,
            price_rule_usages.USED_BY_SEQUENCES,
        )
        WHEN_SWITCHED_ON.register(follow_again)
        SEGMENT_TABS.register(MAIL)
        CARDS.register(MAIL_CARD)
        GROUPS.register(gallery.MAIL)
        MAIL_ROWS.register(MAIL_TO_CUSTOMER)
        ROWS.register(MAILS)
        SUPPRESSED.register(ends_of_suppressions)
        PARTS.register(Part("campaigns", "campaigns.api.urls"))
        hang_up(PAGES)
        PUBLIC.register(Part("campaigns", "campaigns.pages.urls"))
        name_choices(
            CampaignState="campaigns.models.CampaignState",
            MessageState="campaigns.models.MessageState",
            MailFormat="campaigns.models.TemplateFormat",
            SequenceTrigger="campaigns.models.Trigger",
            SequenceReentry="campaigns.models.Reentry",
            SegmentsMatch="campaigns.models.Match",
            SuppressionReason="campaigns.models.SuppressionReason",
            SyncTarget="campaigns.models.SyncTarget",
            SyncState="campaigns.models.SyncState",
            SyncMemberState="campaigns.models.SyncMemberState",
        )
        schedule_task("campaigns.tick", TICK, check="campaigns.tasks.has_mail")
        # It waits for other people's servers.
        route_tasks(WEBHOOKS, "campaigns.sync")
        schedule_task("campaigns.sync", SYNC)
