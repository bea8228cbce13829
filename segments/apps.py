"""The segments app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "segments"
    verbose_name = _("Segments")

    def ready(self) -> None:
        from conditions import registry
        from conditions.upkeep.stored_trees import STORED_TREES
        from core.admin.menu import hang_up
        from core.api.routes.parts import PARTS, Part
        from core.audit import SUBJECTS, Subject
        from customers.privacy.elsewhere import REMOVALS, SHARES
        from segments.admin.menu import PAGES
        from segments.editing.priority_lists import SUBJECT, USED_BY_LISTS
        from segments.engine import held_about_customers
        from segments.export.files import forget_person
        from segments.export.schedule import USED_BY_EXPORTS
        from segments.export.shares import exports_with
        from segments.rules.priority_lists import FAMILY
        from segments.rules.references import TREES_OF_SEGMENTS
        from segments.rules.users import USERS

        registry.register(FAMILY)
        STORED_TREES.register(TREES_OF_SEGMENTS)
        held_about_customers.register()
        PARTS.register(Part("segments", "segments.api.urls"))
        hang_up(PAGES)
        REMOVALS.register(forget_person)
        SHARES.register(exports_with)
        USERS.register(USED_BY_EXPORTS)
        USERS.register(USED_BY_LISTS)
        SUBJECTS.register(Subject(SUBJECT, _("priority list")))
        SUBJECTS.register(Subject("webhook", _("webhook")))
        SUBJECTS.register(Subject("scheduled_export", _("scheduled export")))
