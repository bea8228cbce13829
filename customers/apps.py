"""The customers app."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Shop data")

    def ready(self) -> None:
        from core.access.origin import check_proxies
        from core.access.website_limits import load_limits_with_users
        from core.admin.menu import hang_up
        from core.api.idempotency.stored_response import delete_responses_about, expired_responses
        from core.api.routes.parts import PARTS, Part
        from core.audit import SUBJECTS, AuditSubject, Subject
        from core.extras import check_extras
        from core.gauges import GAUGES
        from core.registries import check_permissions
        from core.tracing import setup as tracing
        from core.tracing.stored_context import expired_contexts
        from customers.admin.menu import PAGES
        from customers.changes.checks import check_marked
        from customers.changes.migrating import after_migration, before_migration, check_triggers
        from customers.events.receiving.received import expired_events
        from customers.privacy import shop_data
        from customers.privacy.checks import check_holdings
        from customers.privacy.elsewhere import REMOVALS
        from customers.privacy.retention import RULES, Rule
        from customers.snapshots import shop_data as tables_of_snapshots
        from customers.snapshots.ages import AGE
        from customers.snapshots.erasing import forget_person

        # Their tabs come before those of other apps.
        for module in ("overview", "privacy"):
            import_module(f"customers.admin.{module}")
        load_limits_with_users()
        shop_data.register()
        tables_of_snapshots.register()
        REMOVALS.register(forget_person)
        REMOVALS.register(delete_responses_about)
        GAUGES.register(AGE)
        RULES.register(Rule("customers.receivedevent", expired_events))
        RULES.register(Rule("customers.keptresponse", expired_responses))
        RULES.register(Rule("customers.keptcontext", expired_contexts))
        kind = AuditSubject.CUSTOMER
        fields = {
            "consent": _("consent"),
            "source": _("source"),
            "erasure": _("number of the deletion"),
            "left_out": _("left out"),
            "orders": _("orders"),
        }
        SUBJECTS.register(
            Subject(kind, kind.label, True, fields=fields, model="customers.Customer")
        )
        tracing.register()
        PARTS.register(Part("customers", "customers.api.urls"))
        hang_up(PAGES)
        pre_migrate.connect(before_migration, sender=self, dispatch_uid="customers.triggers")
        post_migrate.connect(_refold, sender=self, dispatch_uid="customers.refold")
        post_migrate.connect(after_migration, sender=self, dispatch_uid="customers.triggers")
        checks.register(check_marked)
        checks.register(check_permissions)
        checks.register(check_extras)
        checks.register(check_holdings)
        checks.register(check_triggers, checks.Tags.database)
        checks.register(check_proxies, checks.Tags.security)


def _refold(using: str, **kwargs: Any) -> None:
    """After a migration, where Python's Unicode or the rule of folding is another than before."""
    from customers.models import StoredFolding
    from customers.refolding import refold_if_changed

    # A migration backwards may have taken the table away.
    if StoredFolding._meta.db_table in connections[using].introspection.table_names():
        refold_if_changed(using=using)
