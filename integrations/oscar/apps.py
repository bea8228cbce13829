"""The adapter as an app of the shop's project: `integrations.oscar`, behind Oscar's own."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OscarAdapterConfig(AppConfig):
    name = "integrations.oscar"
    label = "tranche_oscar"
    verbose_name = _("Segments in offers")
    default_auto_field = "django.db.models.BigAutoField"
