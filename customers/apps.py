"""The customers app."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Shop data")

    def ready(self) -> None:
        post_migrate.connect(_refold, sender=self, dispatch_uid="customers.refold")


def _refold(using: str, **kwargs: Any) -> None:
    """After a migration, where Python's Unicode or the rule of folding is another than before."""
    from customers.models import StoredFolding
    from customers.refolding import refold_if_changed

    # A migration backwards may have taken the table away.
    if StoredFolding._meta.db_table in connections[using].introspection.table_names():
        refold_if_changed(using=using)
