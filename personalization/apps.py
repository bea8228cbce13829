"""The personalization app; when Django is ready it hangs in all that others show of it."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class PersonalizationConfig(AppConfig):
    name = "personalization"
    verbose_name = _("Personalization")

    def ready(self) -> None:
        from customers.privacy.holdings import HOLDINGS, Holding
        from personalization.models import BehaviorEvent

        HOLDINGS.register(Holding(BehaviorEvent, "customer"))
        connection_created.connect(_add_function, dispatch_uid="personalization")


def _add_function(connection: Any, **kwargs: Any) -> None:
    from personalization.buckets import add_sqlite_function

    add_sqlite_function(connection)
