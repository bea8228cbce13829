"""The segments app."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate, pre_delete, pre_migrate
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "segments"
    verbose_name = _("Segments")

    def ready(self) -> None:
        from conditions import registry
        from conditions.upkeep.stored_trees import STORED_TREES
        from core.admin.menu import hang_up
        from core.api.routes.parts import PARTS, Part
        from core.audit import SUBJECTS, with_words
        from core.load.backlog import BACKLOGS
        from customers.changes.declared import Marked, declare
        from customers.privacy.elsewhere import REMOVALS, SHARES
        from segments.admin.menu import PAGES
        from segments.audit import SEGMENT
        from segments.audit import SUBJECTS as OURS
        from segments.database import stays
        from segments.editing.priority_lists import USED_BY_LISTS
        from segments.engine import backlogs, held_about_customers
        from segments.export.background.files import forget_person
        from segments.export.background.schedule import USED_BY_EXPORTS
        from segments.export.shares import exports_with
        from segments.models import Stay
        from segments.rules.between_versions import outline_text
        from segments.rules.in_conditions.references import TREES_OF_SEGMENTS
        from segments.rules.in_conditions.stays import FAMILY
        from segments.rules.users import USERS
        from segments.webhooks import endpoints
        from segments.webhooks.backlog import DELIVERIES

        # Their tabs come before those of other apps.
        for module in (
            *("pages", "customer.activity", "customer.segments", "customer.overview"),
            *("customer.segment_count", "customer.filtered_list"),
        ):
            import_module(f"segments.admin.{module}")
        # `segments.engine.members.stored_members`, which writes the log, marks the customers.
        declare(Marked(Stay, ("customer",), by_writer=True))
        registry.register(FAMILY)
        STORED_TREES.register(TREES_OF_SEGMENTS)
        held_about_customers.register()
        backlogs.register()
        BACKLOGS.register(DELIVERIES)
        pre_migrate.connect(stays.before_migration, sender=self, dispatch_uid="segments.stays")
        post_migrate.connect(stays.after_migration, sender=self, dispatch_uid="segments.stays")
        user = settings.AUTH_USER_MODEL
        pre_delete.connect(endpoints.keep_limit, sender=user, dispatch_uid="segments.webhooks")
        PARTS.register(Part("segments", "segments.api.urls"))
        hang_up(PAGES)
        REMOVALS.register(forget_person)
        SHARES.register(exports_with)
        USERS.register(USED_BY_EXPORTS)
        USERS.register(USED_BY_LISTS)
        SUBJECTS.register(*with_words(OURS, SEGMENT, {"conditions": outline_text}))
