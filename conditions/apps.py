"""The conditions app: registers the families, and SQLite's functions on each connection."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class ConditionsConfig(AppConfig):
    name = "conditions"
    verbose_name = _("Conditions")

    def ready(self) -> None:
        from conditions import registry
        from conditions.engines.engine import require_known
        from conditions.families import FAMILIES
        from conditions.names import english, french, german
        from conditions.upkeep import rollup
        from conditions.upkeep.checks import check_columns, check_declared
        from customers.changes.hooks import WHEN_TOUCHED, WHEN_UNNOTICED

        require_known(settings.REFRESH_ENGINE)
        for family in FAMILIES:
            registry.register(family)
        for language, names in (("en", english), ("de", german), ("fr", french)):
            registry.add_names(language, names.NAMES)
        checks.register(check_declared)
        checks.register(check_columns)
        WHEN_TOUCHED.register(rollup.update_touched)
        WHEN_UNNOTICED.register(rollup.build)
        connection_created.connect(_add_functions, dispatch_uid="conditions")


def _add_functions(sender: Any, connection: Any, **kwargs: Any) -> None:
    if connection.vendor == "sqlite":
        from conditions.sql.expressions import add_sqlite_functions

        add_sqlite_functions(connection)
