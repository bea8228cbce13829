"""Where the pages of alerts stand in the menu."""

from django.utils.translation import gettext_lazy as _

from core.admin.menu import MenuPage

PAGES = (
    MenuPage(
        "alerts.alerts",
        "insights",
        _("Alerts"),
        45,
        "alerts.alert",
        words=_("warning problem unusual size failed"),
    ),
    MenuPage(
        "alerts.channels",
        "settings",
        _("Alert channels"),
        53,
        "alerts.alertchannel",
        card="connections",
    ),
)
